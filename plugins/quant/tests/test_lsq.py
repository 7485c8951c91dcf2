"""The gradient of the learned step is the paper's, evaluated in float64; torch's own is another."""

import pytest
import torch
from fgspace_quant.affine import Grid, activation_grid, fake_quantise, weight_grid
from fgspace_quant.lsq import first_step, learned_step, scaled_gradient

GRIDS = [weight_grid(2), weight_grid(4), weight_grid(8), activation_grid(3), activation_grid(8)]


def paper(x: torch.Tensor, step: float, zero: int, grid: Grid, upstream: torch.Tensor) -> float:
    """Equation 3 of the paper, element by element."""
    total = 0.0
    for value, slope in zip(x.flatten().tolist(), upstream.flatten().tolist(), strict=True):
        v = value / step + zero
        total += slope * ((grid.low if v <= grid.low else grid.high if v >= grid.high else round(v)) - zero)
        total -= slope * (value / step) if grid.low < v < grid.high else 0.0
    return total


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("zero", [0, 3])
def test_the_gradient_of_the_step_is_the_papers(grid, zero):
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(400, dtype=torch.float64, generator=generator) * 2
    upstream = torch.randn(400, dtype=torch.float64, generator=generator)
    step = torch.tensor(4 / grid.high, dtype=torch.float64, requires_grad=True)
    learned_step(x, step, torch.tensor(zero), grid).backward(upstream)
    assert step.grad.item() == pytest.approx(paper(x, step.item(), zero, grid, upstream), rel=1e-9)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_forward_is_the_affine_quantisation_and_gradients_pass_inside_the_grid(grid):
    x = (torch.randn(1000) * 3).requires_grad_()
    step = torch.tensor(2.0**-4)
    rounded = learned_step(x, step, torch.tensor(0), grid)
    assert torch.equal(rounded, fake_quantise(x, step, torch.tensor(0, dtype=torch.int32), grid))
    rounded.sum().backward()
    assert torch.equal(x.grad, ((x / step >= grid.low) & (x / step <= grid.high)).float())


def test_torchs_learnable_quantisation_has_another_gradient():
    x, upstream = torch.randn(4096) * 2, torch.randn(4096)
    grids, steps = weight_grid(3), []
    for run in (
        lambda step: learned_step(x, step, torch.tensor(0), grids),
        lambda step: torch._fake_quantize_learnable_per_tensor_affine(
            x, step, torch.zeros(1), grids.low, grids.high, 1.0
        ),
    ):
        step = torch.tensor([0.5], requires_grad=True)
        run(step).backward(upstream)
        steps.append(step.grad.item())
    assert steps[0] == pytest.approx(paper(x.double(), 0.5, 0, grids, upstream.double()), rel=1e-4)
    assert abs(steps[0] - steps[1]) > 0.01 * abs(steps[0])


def test_the_gradient_is_scaled_by_the_values_that_share_the_step_and_the_step_is_not():
    step = torch.tensor([0.25], requires_grad=True)
    scaled = scaled_gradient(step, 100, weight_grid(4))
    scaled.sum().backward()
    assert scaled.item() == 0.25
    assert step.grad.item() == pytest.approx((100 * 7) ** -0.5)


def test_the_first_step_is_twice_the_mean_over_the_root_of_the_end():
    weight = torch.tensor([[1.0, -3.0], [0.5, 0.5]])
    assert torch.allclose(first_step(weight, weight_grid(4)), torch.tensor([4.0, 1.0]) / 7**0.5)
