"""Networks with functions that return several tensors."""

import pytest
import torch
from fgspace_quant.deployed import deployed
from fgspace_quant.process import Quant
from torch import nn

SHAPE = (1, 8, 8)


def gate(y):
    return y * torch.sigmoid(torch.max(y, 1, keepdim=True)[0])


def quantile(y):
    return torch.cat([y.median(2, keepdim=True).values, y.topk(3, 3).values.mean(3, keepdim=True).transpose(2, 3)], 2)


def spread(y):
    variance, mean = torch.var_mean(y, 1, keepdim=True)
    return (y - mean) * torch.rsqrt(variance + 1e-3)


def lone_chunk(y):
    return torch.split(y, 4, 1)[0]


def pooled(y):
    values, places = nn.functional.max_pool2d(y, 2, return_indices=True)
    return nn.functional.max_unpool2d(values, places, 2)


class Around(nn.Module):
    """A function between two convolutions."""

    def __init__(self, function) -> None:
        super().__init__()
        self.first, self.last, self.function = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 2, 1), function

    def forward(self, x):
        return self.last(self.function(torch.relu(self.first(x))))


@pytest.mark.parametrize("function", [gate, quantile, spread, lone_chunk, pooled])
@torch.no_grad()
def test_they_are_calibrated_quantised_and_deployed(function):
    model, x = Around(function).eval(), torch.rand(16, *SHAPE)
    quantised = Quant(8, 8)(model, SHAPE)
    quantised.calibrate([x])
    output = quantised(x)
    assert 0 < float((output - model(x)).norm() / model(x).norm()) < 0.05
    assert torch.allclose(deployed(quantised)(x), output, atol=1e-4)
    assert set(quantised.plan.inputs) == {site for runs in quantised.plan.runs.values() for site in runs}
    quantised.train()(x)
