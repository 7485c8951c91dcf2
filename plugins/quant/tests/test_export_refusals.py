"""What is said of networks whose code cannot be exported to ONNX: the line of it, and the reason."""

import re

import pytest
import torch
from fgspace_quant.process import Quant
from torch import nn

pytest.importorskip("onnx", reason="the extra fgspace-plugin-quant[deploy] is not installed")
pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")

from fgspace_quant.export import to_onnx

SHAPE = (1, 8, 8)
CURE = "; write it with operations that ONNX has, and that run alike for every input"
UNKNOWN = "DispatchError: No ONNX function found for <OpOverload(op='aten.{}', overload='default')>"


class Branching(nn.Module):
    """Looks at the values of what it made."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        x = self.linear(x)
        if x.sum() > 0:
            x = x * 2
        return x


class Eigenvalues(nn.Module):
    """Calls a function that ONNX has no operation for."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        x = self.linear(x)
        return torch.linalg.eigvals(x[:, 0]).real


class Pooling(nn.Module):
    """Calls a layer of torch, deeper in the network, that ONNX has no operation for."""

    def __init__(self):
        super().__init__()
        self.linear, self.inner = nn.Linear(8, 8), nn.Sequential(nn.FractionalMaxPool2d(2, output_size=3))

    def forward(self, x):
        return self.inner(self.linear(x))


GUARD = "GuardOnDataDependentSymNode: Could not guard on data-dependent expression Eq(u0, 1) (unhinted: Eq(u0, 1))"
CASES = [
    (Branching, 2, "if x.sum() > 0:", GUARD),
    (Eigenvalues, 2, "return torch.linalg.eigvals(x[:, 0]).real", UNKNOWN.format("linalg_eig")),
    (Pooling, 1, "return self.inner(self.linear(x))", UNKNOWN.format("fractional_max_pool2d")),
]


@pytest.mark.parametrize("is_quantised", [True, False], ids=["quantised", "float"])
@pytest.mark.parametrize(("kind", "after", "code", "why"), CASES, ids=[kind.__name__ for kind, *_ in CASES])
def test_the_line_that_cannot_be_exported_is_named_and_nothing_printed(capfd, kind, after, code, why, is_quantised):
    model = kind().eval()
    if is_quantised:
        model = Quant()(model, SHAPE)
        model.calibrate([torch.rand(4, *SHAPE)])
    where = f"{__file__}:{kind.forward.__code__.co_firstlineno + after}"
    message = f"{where}: {code!r} is not exported to ONNX: {why}{CURE}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_onnx(model, SHAPE)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("is_quantised", [True, False], ids=["quantised", "float"])
def test_of_containers_of_torch_the_layer_is_named(is_quantised):
    model = nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.FractionalMaxPool2d(2, output_size=3))).eval()
    if is_quantised:
        model = Quant()(model, SHAPE)
        model.calibrate([torch.rand(4, *SHAPE)])
    why = UNKNOWN.format("fractional_max_pool2d")
    message = f"'1.0' (FractionalMaxPool2d) is not exported to ONNX: {why}{CURE}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_onnx(model, SHAPE)


def test_of_a_network_that_is_one_layer_the_operation_is_named():
    message = f"the network is not exported to ONNX: {UNKNOWN.format('fractional_max_pool2d')}{CURE}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_onnx(nn.FractionalMaxPool2d(2, output_size=3), SHAPE)
