"""DoReFa, WRPN, PACT, XNOR and Bi-Real: values by formula, gradients by the papers."""

import pytest
import torch
from fgspace_quant.binary import bireal_activation, bireal_weight, xnor_weight
from fgspace_quant.rounding import dorefa_activation, dorefa_weight, pact_activation, wrpn_weight

WEIGHT = torch.tensor([[0.5, -1.0, 0.1], [2.0, 0.0, -0.3]])


@pytest.mark.parametrize("bits", range(2, 9))
def test_dorefa_weights_are_evenly_spaced_from_minus_one_to_one(bits):
    weight = torch.randn(64, 32)
    squashed = torch.tanh(weight)
    steps = 2**bits - 1
    expected = 2 * torch.round((squashed / (2 * squashed.abs().max()) + 0.5) * steps) / steps - 1
    quantised = dorefa_weight(weight, bits)
    assert torch.allclose(quantised, expected, atol=1e-6)
    assert quantised.abs().max() <= 1 + 1e-6
    assert len(torch.round((quantised + 1) * steps / 2).unique()) <= 2**bits


def test_the_gradient_of_dorefa_weights_is_that_of_the_squashing():
    weight, smooth = WEIGHT.clone().requires_grad_(), WEIGHT.clone().requires_grad_()
    dorefa_weight(weight, 3).sum().backward()
    (torch.tanh(smooth) / torch.tanh(smooth).abs().max()).sum().backward()
    assert torch.allclose(weight.grad, smooth.grad, atol=1e-6)


def test_one_bit_of_dorefa_and_wrpn_is_the_sign_times_the_mean_magnitude_of_the_layer():
    expected = torch.tensor([[1, -1, 1], [1, 0, -1]]) * 0.65
    assert torch.allclose(dorefa_weight(WEIGHT, 1), expected)
    assert torch.allclose(wrpn_weight(WEIGHT, 1), expected)
    assert torch.allclose(bireal_weight(WEIGHT), expected)


def test_xnor_has_a_magnitude_for_each_channel():
    expected = torch.tensor([[1, -1, 1], [1, 0, -1]]) * torch.tensor([[1.6 / 3], [2.3 / 3]])
    assert torch.allclose(xnor_weight(WEIGHT), expected)


def test_wrpn_clips_to_one_and_rounds_to_one_bit_less_a_side():
    assert torch.allclose(wrpn_weight(WEIGHT, 3), torch.tensor([[2 / 3, -1.0, 0.0], [1.0, 0.0, -1 / 3]]))


def test_dorefa_activations_are_clipped_to_the_unit_interval():
    x = torch.tensor([-1.0, 0.2, 0.5, 0.9, 3.0], requires_grad=True)
    y = dorefa_activation(x, 2)
    y.sum().backward()
    assert torch.allclose(y, torch.tensor([0.0, 1 / 3, 2 / 3, 1.0, 1.0]))
    assert x.grad.tolist() == [0, 1, 1, 1, 0]


def test_pact_clips_at_alpha_which_learns_from_what_it_clips():
    x = torch.tensor([-1.0, 0.5, 1.9, 2.0, 7.0], requires_grad=True)
    alpha = torch.tensor(2.0, requires_grad=True)
    y = pact_activation(x, alpha, 2)
    y.sum().backward()
    assert torch.allclose(y, torch.tensor([0.0, 2 / 3, 2.0, 2.0, 2.0]))
    assert alpha.grad.item() == 2
    assert x.grad.tolist() == [0, 1, 1, 0, 0]


def test_bireal_activations_are_signs_with_the_slope_of_a_parabola():
    x = torch.tensor([-2.0, -0.75, -0.25, 0.25, 0.75, 2.0], requires_grad=True)
    y = bireal_activation(x)
    y.sum().backward()
    assert y.tolist() == [-1, -1, -1, 1, 1, 1]
    assert x.grad.tolist() == [0, 0.5, 1.5, 1.5, 0.5, 0]


def test_gradients_pass_signs_of_weights_as_they_are():
    weight = WEIGHT.clone().requires_grad_()
    bireal_weight(weight).sum().backward()
    assert torch.allclose(weight.grad, torch.full_like(weight, 0.65))
