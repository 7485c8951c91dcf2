"""Biases are corrected for the mean error of rounded weights, after a calibration and until something is trained."""

import pytest
import torch
from fgspace_quant.correction import MeanInput
from fgspace_quant.deployed import deployed
from fgspace_quant.process import Quant
from nets import Residual, made
from torch import nn

SHAPE = (1, 8, 8)


def mean_error(model, quantised, x):
    with torch.no_grad():
        return float((quantised(x) - model(x)).mean(0).abs().mean())


@pytest.mark.parametrize("groups", [1, 2])
def test_the_correction_is_the_error_of_the_weights_times_the_mean_input(groups):
    layer = nn.Conv2d(4, 6, 1, groups=groups)
    rounded = torch.round(layer.weight * 4) / 4
    mean, x = MeanInput(4), torch.rand(32, 4, 5, 5)
    for batch in x.split(16):
        mean.observe(batch, 1)
    wanted = nn.functional.conv2d(x, layer.weight - rounded, groups=groups).mean((0, 2, 3))
    assert torch.allclose(mean.correction(layer.weight, rounded), wanted, atol=1e-6)


def test_outputs_keep_their_mean(digits):
    model, images = made(Residual), digits[0][:256]
    quantised = Quant(4, 8, first_last="same")(model, SHAPE)
    quantised.calibrate(images.split(64))
    corrected = mean_error(model, quantised, images)
    for weight in quantised.weights.values():
        weight.input.restart()
    assert corrected < 0.4 * mean_error(model, quantised, images)


def test_the_deployed_copy_and_a_state_have_it(digits):
    model, images = made(Residual), digits[0][:64]
    quantised = Quant(4, 8)(model, SHAPE)
    quantised.calibrate([images])
    again = Quant(4, 8)(model, SHAPE)
    again.load_state_dict(quantised.state_dict())
    with torch.no_grad():
        assert torch.equal(again(images), quantised(images))
        assert torch.allclose(deployed(quantised)(images), quantised(images), atol=1e-5)


def test_training_and_new_statistics_of_norms_end_it(digits):
    quantised = Quant(4, 8)(made(Residual), SHAPE)
    quantised.calibrate([digits[0][:64]])
    assert all(weight.input.batches for weight in quantised.weights.values())
    quantised.calibrate([digits[0][:64]], batch_norms=True)
    left = [name for name, weight in quantised.weights.items() if weight.input.batches]
    assert left == ["head"]
    quantised.train()(digits[0][:64])
    assert not any(weight.input.batches for weight in quantised.weights.values())
