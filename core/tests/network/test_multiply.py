"""Multiply: the product of the outputs of parts, with sizes of 1 broadcast."""

import re

import fgspace
import pytest
import torch
from fgspace import Multiply, nn
from fgspace.network.network import Network
from fgspace.plugins.registry import load_registry


@pytest.fixture(scope="module")
def network():
    return Network(load_registry())


def test_a_gate_scales_each_channel(network):
    gate = Multiply(identity=nn.Identity(), gate=nn.AdaptiveAvgPool2d(1))
    x = torch.rand(2, 3, 5, 7)
    torch.testing.assert_close(network.build(gate, (3, 5, 7))(x), x * x.mean((2, 3), keepdim=True))
    assert network.cost(gate, (3, 5, 7)).output_shape == (3, 5, 7)


def test_it_is_written_in_a_description_as_add_is():
    description = {
        "type": "Multiply",
        "modules": ["plain", "squared"],
        "plain": {"type": "Identity"},
        "squared": {"type": "Multiply", "modules": [{"type": "Identity"}, {"type": "Identity"}]},
    }
    x = torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(fgspace.build(description, input_shape=(3, 4, 4))(x), x**3)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((), "multiply: has no parts; give at least one"),
        (
            (nn.Identity(), nn.Conv2d(4, 3, 1)),
            "multiply: branches put out (4, 6, 6) and (3, 6, 6); each size must be equal, or 1",
        ),
        (
            (nn.Identity(), nn.Flatten()),
            "multiply: branches put out (4, 6, 6) and (144,); each size must be equal, or 1",
        ),
    ],
)
def test_shapes_that_do_not_multiply_are_told(network, parts, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        network.cost(Multiply(*parts), (4, 6, 6))
