"""The scales of 8-bit weights keep sums of two neighbours within 16 bits, and lose as little as that takes."""

import pytest
import torch
from fgspace_quant.neighbours import fit, largest_sums
from fgspace_quant.weights import weight_quantiser
from hypothesis import given
from hypothesis import strategies as st

SHAPES = [(8, 6), (8, 5), (8, 1), (4, 3, 3, 3), (4, 1, 3, 3), (4, 16, 1, 1), (4, 2, 5, 1)]


def whole(quantiser, weight):
    """Return the weights as whole numbers."""
    scale = quantiser.scale(weight, torch.ones(len(weight)))
    rounded = quantiser(weight, scale)
    return torch.round(rounded / scale.reshape(-1, *[1] * (weight.dim() - 1))).int()


def test_neighbours_are_those_of_one_sign_with_the_channels_last():
    weight = torch.tensor([[1.0, 2.0, -4.0, 3.0, -5.0]])
    assert largest_sums(weight).tolist() == [5.0]
    assert largest_sums(-weight).tolist() == [5.0]
    assert largest_sums(torch.tensor([[3.0, 4.0, -1.0, -7.0]])).tolist() == [8.0]
    kernel = torch.tensor([[[[1.0, 10.0]], [[2.0, 20.0]]]])  # two channels: neighbours are 1 and 2, 10 and 20
    assert largest_sums(kernel).tolist() == [30.0]


@pytest.mark.soak
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("observer", ["minmax", "mse"])
@pytest.mark.parametrize("power_of_two", [False, True])
@given(seed=st.integers(0, 2**31), tail=st.floats(0.5, 3))
def test_no_two_neighbours_have_more_than_128_steps(shape, observer, power_of_two, seed, tail):
    draws = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    weight = draws.sign() * draws.abs() ** tail
    inputs = shape[1]
    quantiser = weight_quantiser("affine", 8, shape[0], inputs, observer, power_of_two, full_range=False)
    found = whole(quantiser, weight)
    assert largest_sums(found.float()).max() <= 128
    assert found.abs().max() <= 127
    later = 3 * weight.flip(0, 1) + 0.1  # as after training: the clips were searched for other weights
    assert largest_sums(whole(quantiser, later).float()).max() <= 128


def test_no_more_is_given_up_than_neighbours_ask_for():
    alone = torch.tensor([[4.0, -4.0, 0.0, 4.0], [4.0, 4.0, 0.0, 0.0]])
    quantiser = weight_quantiser("affine", 8, 2, 4, full_range=False)
    assert whole(quantiser, alone).abs().amax(1).tolist() == [127, 64]
    assert whole(weight_quantiser("affine", 8, 2, 4), alone).abs().amax(1).tolist() == [127, 127]
    assert not fit(alone, torch.full((2,), 4 / 127), quantiser.grid)[1]
