"""Products with a parameter that functions compute are layers: quantised, counted and exported like `Linear`."""

import warnings

import fgspace
import pytest
import torch
import torch.nn.functional as F
from fgspace_quant.process import Quant, layer_names
from torch import nn

SHAPE = (6, 8)


class Turned(nn.Module):
    """A linear layer whose weight lies as (in, out), as that of GPT-2."""

    def __init__(self, width, out):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(width, out) / 3), nn.Parameter(torch.randn(out))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(*x.shape[:-1], -1)


class Matrices(nn.Module):
    """Products of every kind: of modules and functions, of a parameter twice, and of two inputs."""

    def __init__(self):
        super().__init__()
        self.turned, self.head = Turned(8, 12), nn.Linear(5, 3)
        self.keys, self.values = nn.Parameter(torch.randn(12, 5) / 3), nn.Parameter(torch.randn(5, 12) / 3)
        self.bias = nn.Parameter(torch.randn(5))

    def forward(self, x):
        x = self.turned(x).relu()
        keys, values = x @ self.keys, F.linear(x, self.values, bias=self.bias)
        mixed = torch.matmul(F.softmax(keys @ values.transpose(-1, -2), -1), values)
        return self.head(mixed + x @ self.keys)


class AsLayers(nn.Module):
    """The same network, of linear layers."""

    def __init__(self, net):
        super().__init__()
        self.turned, self.keys, self.values = nn.Linear(8, 12), nn.Linear(12, 5, bias=False), nn.Linear(12, 5)
        self.head = net.head
        with torch.no_grad():
            self.turned.weight.copy_(net.turned.weight.t())
            self.turned.bias.copy_(net.turned.bias)
            self.keys.weight.copy_(net.keys.t())
            self.values.weight.copy_(net.values)
            self.values.bias.copy_(net.bias)

    def forward(self, x):
        x = self.turned(x).relu()
        keys, values = self.keys(x), self.values(x)
        mixed = torch.matmul(F.softmax(keys @ values.transpose(-1, -2), -1), values)
        return self.head(mixed + self.keys(x))


NAMES = ["turned", ":matmul", ":linear", "head"]


def calibrated(net, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quantised = Quant(**options)(net, SHAPE)
    quantised.calibrate([torch.randn(16, *SHAPE)])
    return quantised


def test_they_have_the_names_of_their_modules_and_functions():
    net = Matrices().eval()
    quantised = calibrated(net)
    assert list(quantised.plan.bits) == NAMES
    assert layer_names(fgspace.trace.rows(net, SHAPE)) == NAMES
    assert [len(quantised.plan.runs[name]) for name in NAMES] == [1, 2, 1, 1]


@pytest.mark.parametrize("options", [{}, {"method": "lsq"}, {"nbit_w_list": 4, "nbit_a_list": 4}, {"method": "dorefa"}])
def test_they_are_quantised_as_linear_layers_are(options):
    net, x = Matrices().eval(), torch.randn(8, *SHAPE)
    one, other = (Quant(**options)(model, SHAPE).eval() for model in (net, AsLayers(net).eval()))
    for quantised in (one, other):
        quantised.calibrate([x])
    with torch.no_grad():
        assert torch.allclose(one(x), other(x), atol=1e-5)
        assert float((one(x) - net(x)).norm() / net(x).norm()) > 0


def test_they_cost_what_linear_layers_cost():
    net = Matrices()
    given = {"nbit_w_list": [8, 4, 8, 8], "nbit_a_list": [8, 8, 4, 8]}
    assert Quant(**given).count(net, SHAPE) == Quant(**given).count(AsLayers(net), SHAPE)
    assert Quant(**given).cost(fgspace.trace.rows(net, SHAPE)) == Quant(**given).count(net, SHAPE)


def test_they_learn():
    net, x = Matrices().eval(), torch.randn(8, *SHAPE)
    quantised = calibrated(net).train()
    quantised(x).square().mean().backward()
    assert quantised.model.turned.weight.grad.abs().sum() > 0
    assert quantised.model.keys.grad.abs().sum() > 0


def test_they_are_exported(tmp_path):
    pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    from fgspace_quant.export import export

    found = export(calibrated(Matrices().eval(), scales="power_of_two"), tmp_path / "model.onnx")
    assert found.error < 1e-5


class Derived(nn.Module):
    """Products that no linear layer computes: of a computed weight, a table that is looked up, and a scaled one."""

    def __init__(self):
        super().__init__()
        self.first, self.table, self.weight = nn.Linear(8, 8), nn.Embedding(4, 8), nn.Parameter(torch.randn(8, 8))

    def forward(self, x):
        x = self.first(x) + self.table(x.argmax(-1) % 4)
        scaled = torch.addmm(self.first.bias, x.flatten(0, 1), self.weight, alpha=2)
        return F.linear(x, self.table.weight), scaled, x @ self.weight.exp()


@pytest.mark.filterwarnings("ignore::fgspace_quant.process.QuantWarning")
def test_other_products_stay_float():
    net = Derived().eval()
    assert list(Quant()(net, SHAPE).plan.bits) == ["first"]
