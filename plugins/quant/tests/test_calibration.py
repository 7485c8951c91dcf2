"""Calibration: ranges from batches, and candidates judged by it without training."""

import copy

import pytest
import torch
from fgspace_quant.activations import Activation
from fgspace_quant.affine import activation_grid
from fgspace_quant.observers import OBSERVERS, PERCENTILE
from fgspace_quant.process import Quant
from nets import Residual, made
from training import accuracy, train

SHAPE = (1, 8, 8)


def observed(observer: str, *batches: torch.Tensor, bits: int = 8) -> tuple[float, float]:
    activation = Activation(bits, observer)
    for batch in batches:
        activation.observe(batch)
    return activation.low.item(), activation.high.item()


def test_min_max_keeps_the_extremes_of_all_batches():
    assert observed("minmax", torch.tensor([-1.0, 2.0]), torch.tensor([-3.0, 1.0])) == (-3, 2)


def test_the_moving_average_moves_by_a_tenth():
    low, high = observed("ema", torch.tensor([-1.0, 2.0]), torch.tensor([-2.0, 3.0]))
    assert (low, high) == (pytest.approx(-1.1), pytest.approx(2.1))


def test_percentiles_leave_out_outliers():
    values = torch.cat([torch.linspace(-1, 1, 20_000), torch.tensor([100.0, -50.0])])
    low, high = observed("percentile", values)
    assert high == pytest.approx(1 - 2 * (1 - PERCENTILE), abs=2e-3)
    assert low == pytest.approx(-high, abs=1e-3)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_least_error_is_no_more_than_that_of_any_other_observer(bits):
    values = torch.randn(10_000).relu() ** 2
    grid = activation_grid(bits)
    errors = {}
    for name in OBSERVERS:
        activation = Activation(bits, name).eval()
        activation.observe(values)
        errors[name] = (activation(values) - values).square().mean().item()
    assert errors["mse"] == min(errors.values())
    assert grid.high == 2**bits - 1


def test_weights_of_least_error_are_nearer_than_those_that_keep_the_largest():
    model, x = made(Residual), torch.randn(64, *SHAPE)
    errors = []
    for observer in ("minmax", "mse"):
        quantised = Quant(3, 32, weight_observer=observer, first_last="same")(model, SHAPE)
        quantised.calibrate([x])
        errors.append((quantised(x) - model(x)).norm().item())
    assert errors[1] < errors[0]


def test_what_was_never_calibrated_takes_the_range_of_each_batch():
    model, x = made(Residual), torch.randn(64, *SHAPE)
    fresh, calibrated = Quant(8, 8)(model, SHAPE), Quant(8, 8)(model, SHAPE)
    calibrated.calibrate([x])
    assert torch.allclose(fresh(x), calibrated(x), atol=0.05)
    assert all(not quantiser.batches for quantiser in fresh.activations.values())


def test_calibrating_again_forgets_what_was_found():
    model = made(Residual)
    quantised, other = Quant(8, 8)(model, SHAPE), Quant(8, 8)(model, SHAPE)
    quantised.calibrate([torch.randn(16, *SHAPE) * 9])
    x = torch.randn(16, *SHAPE)
    for each in (quantised, other):
        each.calibrate([x])
    assert torch.equal(quantised(x), other(x))


def test_calibration_leaves_weights_and_modes_as_they_were():
    model = made(Residual).train()
    model.block1.bn1.eval()
    quantised = Quant(4, 4)(model, SHAPE)
    modes = {name: module.training for name, module in quantised.named_modules()}
    before = copy.deepcopy(quantised.model.state_dict())
    quantised.calibrate([torch.randn(16, *SHAPE)])
    assert {name: module.training for name, module in quantised.named_modules()} == modes
    assert all(torch.equal(tensor, before[name]) for name, tensor in quantised.model.state_dict().items())


def test_batch_norms_are_estimated_from_what_the_quantised_layers_give():
    model, x = made(Residual), torch.randn(256, *SHAPE)
    quantised = Quant(2, 8, first_last="same")(model, SHAPE)
    quantised.calibrate([x], batch_norms=True)
    seen = []
    quantised.model.block1.bn1.register_forward_pre_hook(lambda _, args: seen.append(args[0].mean((0, 2, 3))))
    quantised.model.train()
    quantised.weights.train()
    with torch.no_grad():
        quantised(x)
    assert torch.allclose(seen[0], quantised.model.block1.bn1.running_mean, atol=0.2)
    assert quantised.model.block1.bn1.momentum == 0.1


def test_no_batches_are_refused():
    message = "expected at least one batch of images to calibrate with, got none"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Quant()(made(Residual), SHAPE).calibrate([])


def test_eight_bits_lose_nothing_untrained_and_dorefa_reads_by_chance(trained, digits):
    images, labels = digits
    full = accuracy(trained, images[1200:], labels[1200:])
    assert full > 0.95
    read = {}
    for method, bits in (("affine", 8), ("affine", 4), ("dorefa", 8)):
        quantised = Quant(bits, bits, method=method)(trained, SHAPE)
        quantised.calibrate(images[:256].split(64))
        read[method, bits] = accuracy(quantised, images[1200:], labels[1200:])
    assert read["affine", 8] >= full - 0.004
    assert read["affine", 4] >= full - 0.05
    assert read["dorefa", 8] < 0.5


@pytest.mark.parametrize("method", ["affine", "lsq", "pact"])
def test_training_through_the_rounding_regains_what_few_bits_lost(trained, digits, method):
    images, labels = digits
    quantised = Quant(2, 2, method=method)(trained, SHAPE)
    quantised.calibrate(images[:256].split(64))
    before = accuracy(quantised, images[1200:], labels[1200:])
    train(quantised, images[:1200], labels[:1200], epochs=3, rate=0.02)
    after = accuracy(quantised, images[1200:], labels[1200:])
    assert after > 0.85 > before
