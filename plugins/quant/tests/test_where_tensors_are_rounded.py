"""Tensors are rounded where only whole numbers read them, and ranges end where nothing shows."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from fgspace_quant.deployed import deployed
from fgspace_quant.process import Quant
from torch import nn

SHAPE = (6, 8)


class PostNorm(nn.Module):
    """A norm that a residual connection and two linear layers read."""

    def __init__(self):
        super().__init__()
        self.norm, self.one, self.two, self.out = nn.LayerNorm(8), nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        x = self.norm(x)
        return self.out(x + self.one(x).sigmoid() * self.two(x))


def test_a_residual_connection_reads_floats_and_the_layers_beside_it_share_one_quantiser():
    quantised = Quant()(PostNorm().eval(), SHAPE)
    plan = quantised.plan
    assert sorted(plan.quantisers) == ["model:add", "norm"]
    assert {(site.module, name) for site, name in plan.doors.items()} == {("one", "norm"), ("two", "norm")}
    assert {site.module for site in plan.results} == {""}
    quantised = Quant({"one": 8, "two": 8, "out": 8}, {"one": 8, "two": 4, "out": 8})(PostNorm().eval(), SHAPE)
    assert {site.module: name for site, name in quantised.plan.doors.items()} == {"one": "norm", "two": "norm:4"}


class Shortcut(nn.Module):
    """A small term and a large one, whose sum a ReLU reads."""

    def __init__(self):
        super().__init__()
        self.stem, self.small, self.large = nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)
        self.out = nn.Conv2d(4, 2, 1)
        with torch.no_grad():
            self.small.weight.mul_(0.1)
            self.large.weight.mul_(5)

    def forward(self, x):
        x = self.stem(x)
        return self.out(F.relu(self.small(x) + self.large(x)))


def test_a_term_ends_where_the_sum_is_cut_off_which_changes_nothing_else():
    model, x = Shortcut().eval(), torch.randn(64, 1, 8, 8)
    quantised = Quant()(model, (1, 8, 8))
    assert quantised.plan.terms == {"small": "large", "large": "small"}
    quantised.calibrate([x])
    small, large = (quantised.activations[name] for name in ("small", "large"))
    assert float(large.low) == pytest.approx(-float(small.top()), rel=0.02)
    assert float(small.low) < 0
    with torch.no_grad():
        found = float((quantised(x) - model(x)).norm() / model(x).norm())
        large.low.fill_(float(-large.high))
        assert found < float((quantised(x) - model(x)).norm() / model(x).norm())


class Standardised(nn.Conv2d):
    """A convolution whose code computes its weights, as in BiT."""

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(x, weight, self.bias)


def test_weights_that_code_computes_are_deployed_as_they_are_used():
    model, x = nn.Sequential(Standardised(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 1)).eval(), torch.randn(16, 1, 8, 8)
    quantised = Quant()(model, (1, 8, 8))
    quantised.calibrate([x])
    with torch.no_grad():
        assert torch.allclose(deployed(quantised)(x), quantised(x), atol=1e-5)


class Named(nn.Module):
    """Layers with names of attributes of `nn.ModuleDict`."""

    def __init__(self):
        super().__init__()
        self.keys, self.update = nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        return self.update(self.keys(x).relu())


@pytest.mark.parametrize("method", ["affine", "dorefa"])
def test_layers_may_have_any_name(method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quantised = Quant(method=method)(Named().eval(), SHAPE)
    quantised.calibrate([torch.randn(4, *SHAPE)])
    assert list(quantised.plan.bits) == ["keys", "update"]
    assert quantised(torch.randn(2, *SHAPE)).shape == (2, 6, 3)


class Turning(nn.Module):
    """Moves a rounded tensor in one way, and in two while it is exported, as attention with grouped queries does."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        x = self.one(x)
        if torch.compiler.is_compiling():
            x = x.transpose(1, 2).transpose(1, 2)
        return self.two(x.transpose(1, 2).relu().transpose(1, 2))


def test_what_moves_rounded_values_is_rounded_alike_whatever_way_it_takes(tmp_path):
    pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    from fgspace_quant.export import export

    quantised = Quant(scales="power_of_two")(Turning().eval(), SHAPE)
    quantised.calibrate([torch.randn(16, *SHAPE)])
    assert export(quantised, tmp_path / "net.onnx").error < 1e-5


class Grouped(nn.Module):
    """Residual blocks of convolutions between group norms; small channels lie beside large ones."""

    def __init__(self, affine):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.GroupNorm(8, 16, affine=affine) for _ in range(4)])
        self.convs = nn.ModuleList([nn.Conv2d(16, 16, 3, padding=1, bias=False) for _ in range(4)])
        self.head = nn.Linear(16, 5)
        with torch.no_grad():
            for conv in self.convs:
                conv.weight.mul_(torch.logspace(-1, 0, 16)[:, None, None, None])

    def forward(self, x):
        x = self.stem(x)
        for first in (0, 2):
            y = self.convs[first](F.relu(self.norms[first](x)))
            x = x + self.convs[first + 1](F.relu(self.norms[first + 1](y)))
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize("affine", [True, False])
def test_what_a_norm_reads_stays_float_for_it_would_make_rounded_small_values_large(affine):
    torch.manual_seed(0)
    model, x = Grouped(affine).eval(), torch.randn(64, 3, 8, 8)
    quantised = Quant()(model, (3, 8, 8))
    assert {site.module for site in quantised.plan.results if site.function == "conv2d"} == {"convs.1", "convs.3"}
    quantised.calibrate([x[:32]])
    with torch.no_grad():
        wanted, found = model(x[32:]), quantised(x[32:])
    assert float((found - wanted).norm() / wanted.norm()) < 0.01


def test_a_folded_norm_is_no_obstacle_to_rounding_what_it_puts_out():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 1)).eval()
    quantised = Quant()(model, (3, 8, 8))
    assert "2" in {site.module for site in quantised.plan.results}
