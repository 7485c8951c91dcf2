"""Which batch norms are folded into the layer before them."""

import pytest
import torch
from fgspace_quant.process import Quant
from torch import nn


def settled(model: nn.Module, images: torch.Tensor) -> nn.Module:
    """Return a model in evaluation mode whose batch norms differ from channel to channel."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
    with torch.no_grad():
        for _ in range(20):
            model.train()(images)
    return model.eval()


@torch.no_grad()
def error_of(quantised: nn.Module, model: nn.Module, images: torch.Tensor) -> float:
    quantised.calibrate([images])
    return float((quantised(images) - model(images)).norm() / model(images).norm())


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (nn.Sequential(nn.Flatten(2), nn.Linear(16, 3), nn.BatchNorm1d(3)), (3, 4, 4)),
        (nn.Sequential(nn.Flatten(2), nn.Linear(16, 5), nn.BatchNorm1d(3)), (3, 4, 4)),
        (nn.Sequential(nn.Linear(4, 3), nn.BatchNorm2d(3)), (3, 4, 4)),
    ],
    ids=["as many channels as outputs", "fewer channels", "images"],
)
def test_a_norm_over_other_channels_than_the_outputs_of_a_linear_layer_is_not_folded(model, shape):
    images = torch.randn(64, *shape)
    model = settled(model, images)
    quantised = Quant(8, 8)(model, shape)
    assert quantised.plan.folds == {}
    assert error_of(quantised, model, images) < 0.02


@pytest.mark.parametrize(
    ("model", "layer"),
    [
        (nn.Sequential(nn.Flatten(1), nn.Linear(48, 3), nn.BatchNorm1d(3)), "1"),
        (nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)), "0"),
    ],
    ids=["linear", "convolution"],
)
def test_a_norm_over_the_outputs_of_a_layer_is_folded(model, layer):
    images = torch.randn(64, 3, 4, 4)
    model = settled(model, images)
    quantised = Quant(8, 8)(model, (3, 4, 4))
    assert list(quantised.plan.folds) == [layer]
    assert error_of(quantised, model, images) < 0.02
