"""Networks with nothing to quantise, or with nothing left to quantise."""

import re

import pytest
import torch
from fgspace_quant.process import Quant, QuantWarning
from nets import Residual, made
from torch import nn

MESSAGE = "nothing is quantised: expected a network with Conv2d or Linear, got one without; leave Quant out"
POOL = nn.Sequential(nn.BatchNorm2d(3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()


def test_a_network_without_layers_is_warned_of_and_left_as_it_is():
    with pytest.warns(QuantWarning, match=f"^{re.escape(MESSAGE)}$"):
        quantised = Quant(4, 4)(POOL, (3, 4, 4))
    x = torch.randn(2, 3, 4, 4)
    quantised.calibrate([x])
    assert torch.equal(quantised(x), POOL(x))


def test_under_strict_it_is_refused_and_not_counted():
    for refused in (Quant(strict=True), Quant(strict=True).count):
        with pytest.raises(ValueError, match=f"^{re.escape(MESSAGE)}$"):
            refused(POOL, (3, 4, 4))
    with pytest.raises(ValueError, match=f"^{re.escape(MESSAGE)}$"):
        Quant(strict=True).cost([])


def test_its_costs_are_those_of_its_norms():
    assert Quant(4, 4).cost([])["act_bytes_peak"] == 0
    assert Quant(4, 4).count(POOL, (3, 4, 4)) == {
        "bops": 0,
        "weight_bytes": 4 * 4 * 3,
        "act_bytes_peak": 0,
        "vega_flops": 0,
        "vega_params": 0,
    }


@pytest.mark.parametrize("around", [lambda model: model, nn.Sequential], ids=["itself", "a part"])
def test_what_is_quantised_is_not_quantised_again(around):
    quantised = around(Quant(8, 8)(made(Residual), (1, 8, 8)))
    message = "the model is quantised already; write one Quant, after all other processes"
    for again in (Quant(4, 4), Quant(4, 4).count):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            again(quantised, (1, 8, 8))
