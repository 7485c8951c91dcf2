"""Affine quantisation is bit for bit what torch computes, and its scales are what the formulas say."""

import pytest
import torch
from fgspace_quant.affine import (
    activation_grid,
    fake_quantise,
    rounded_scale,
    scale_and_zero_point,
    symmetric_scale,
    weight_grid,
)
from hypothesis import given
from hypothesis import strategies as st

BITS = range(2, 9)


def spread(*shape: int, seed: int = 0) -> torch.Tensor:
    """Return values of many magnitudes, some of them beyond any grid."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator) * torch.randn(*shape, generator=generator).exp()


def by_formula(x: torch.Tensor, scale: torch.Tensor, zero_point: torch.Tensor, low: int, high: int) -> torch.Tensor:
    """Write out what torch does in float32: multiply by the reciprocal, round half to even, then add the zero point."""
    whole = (torch.round(x * (1 / scale)) + zero_point).clamp(low, high)
    return (whole - zero_point) * scale


@pytest.mark.parametrize("bits", BITS)
def test_weights_are_bit_equal_to_torch_forward_and_backward(bits):
    weight, grid = spread(16, 8, 3, 3), weight_grid(bits)
    scale, zero = symmetric_scale(weight, grid) * 0.7, torch.zeros(16, dtype=torch.int32)
    ours, theirs = weight.clone().requires_grad_(), weight.clone().requires_grad_()
    upstream = torch.randn_like(weight)
    fake_quantise(ours, scale, zero, grid).backward(upstream)
    torch.fake_quantize_per_channel_affine(theirs, scale, zero, 0, grid.low, grid.high).backward(upstream)
    expected = by_formula(weight, scale.reshape(-1, 1, 1, 1), zero.reshape(-1, 1, 1, 1), grid.low, grid.high)
    assert torch.equal(fake_quantise(weight, scale, zero, grid), expected)
    assert torch.equal(ours.grad, theirs.grad)
    inside = torch.round(weight / scale.reshape(-1, 1, 1, 1)).abs() <= grid.high
    assert torch.equal(ours.grad, torch.where(inside, upstream, 0))


@pytest.mark.parametrize("bits", BITS)
@given(seed=st.integers(0, 2**31), low=st.floats(-5, 0), high=st.floats(0.01, 5))
def test_activations_are_bit_equal_to_torch(bits, seed, low, high):
    x, grid = spread(500, seed=seed), activation_grid(bits)
    scale, zero_point = scale_and_zero_point(torch.tensor(low), torch.tensor(high), grid)
    ours = fake_quantise(x, scale, zero_point, grid)
    assert torch.equal(ours, torch.fake_quantize_per_tensor_affine(x, scale, zero_point, grid.low, grid.high))
    assert torch.equal(ours, by_formula(x, scale, zero_point, grid.low, grid.high))


@pytest.mark.parametrize("bits", BITS)
def test_grids_have_the_numbers_that_bits_can_say_and_weights_keep_zero_in_the_middle(bits):
    assert activation_grid(bits).high - activation_grid(bits).low + 1 == 2**bits
    assert weight_grid(bits).low == -weight_grid(bits).high == -(2 ** (bits - 1)) + 1


@given(low=st.floats(-100, 100), high=st.floats(-100, 100), bits=st.sampled_from(BITS), power=st.booleans())
def test_zero_stands_exactly_on_every_grid_and_the_range_fits(low, high, bits, power):
    low, high = min(low, high), max(low, high)
    grid = activation_grid(bits)
    scale, zero_point = scale_and_zero_point(torch.tensor(low), torch.tensor(high), grid, power)
    ends = torch.tensor([0.0, min(low, 0.0), max(high, 0.0)])
    rounded = fake_quantise(ends, scale, zero_point, grid)
    assert rounded[0] == 0
    assert (rounded - ends).abs().max() <= scale * (1.5001 if power else 1.0001)
    assert not power or int(zero_point) % 2 == 0


@given(st.floats(1e-9, 1e9))
def test_a_power_of_two_is_the_next_one_at_or_above(scale):
    rounded = rounded_scale(torch.tensor(scale), True)
    mantissa, _ = torch.frexp(rounded)
    assert mantissa == 0.5
    assert rounded / 2 < torch.tensor(scale) <= rounded


def test_what_is_all_zero_stays_zero():
    weight, grid = torch.zeros(3, 2), weight_grid(4)
    scale = symmetric_scale(weight, grid)
    assert torch.equal(fake_quantise(weight, scale, torch.zeros(3, dtype=torch.int32), grid), weight)
