"""The bytes that are counted for the weights of a network are those of the tensors in its exported file."""

from random import Random
from typing import Any

import fgspace
import pytest
import torch
from torch import nn

onnx = pytest.importorskip("onnx", reason="the extra fgspace-plugin-quant[deploy] is not installed")

from fgspace_quant.export import to_onnx  # noqa: E402
from fgspace_quant.process import Quant  # noqa: E402

IMAGE = (3, 8, 8)
NORM, RELU, SAME = {"type": "BatchNorm2d"}, {"type": "ReLU"}, {"type": "Identity"}


def conv(width: int = 6, **options: Any) -> dict[str, Any]:
    return {"type": "Conv2d", "out_channels": width, "kernel_size": 3, "padding": 1, "bias": False, **options}


def of(kind: str, **parts: Any) -> dict[str, Any]:
    return {"type": kind, "modules": [*parts], **parts}


def chain(**parts: Any) -> dict[str, Any]:
    return of("Sequential", **parts)


def headed(**parts: Any) -> dict[str, Any]:
    pool, flat = {"type": "AdaptiveAvgPool2d", "output_size": 1}, {"type": "Flatten"}
    return chain(**parts, pool=pool, flat=flat, head={"type": "Linear", "out_features": 5})


def randomised(model: nn.Module) -> nn.Module:
    """Return the model with tensors that are all different: the exporter writes equal ones once."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + (0.5 if "var" in name else -0.5))
    return model.eval()


def stored(quantised: Any, bits: int, shape: tuple[int, ...]) -> int:
    """Return the bytes of the tensors in the exported file, without zero points and single numbers."""
    quantised.calibrate([torch.rand(4, *shape, generator=torch.Generator().manual_seed(1))])
    tensors = to_onnx(quantised, int4=bits == 4).graph.initializer
    held = [tensor for tensor in tensors if tensor.dims and "zero_point" not in tensor.name]
    return sum(len(tensor.raw_data) for tensor in held if tensor.data_type != onnx.TensorProto.INT64)


def counted_and_stored(net: dict[str, Any], bits: int, shape: tuple[int, ...] = IMAGE) -> tuple[float, int]:
    quant = {"type": "Quant", "nbit_w_list": bits, "nbit_a_list": bits}
    space = fgspace.space({"modules": ["net", "quant"], "net": net, "quant": quant}, input_shape=shape)
    return space.cost()["weight_bytes"], stored(randomised(space.build()), bits, shape)


LINEAR = {"type": "Linear", "out_features": 8}
NETWORKS = {
    "a norm after the part of its layer": headed(wrap=chain(conv=conv()), norm=NORM, relu=RELU, last=conv(), end=NORM),
    "a norm in a part after its layer": headed(conv=conv(), wrap=chain(inner=chain(norm=NORM)), relu=RELU),
    "nothing between the norm and its layer": headed(conv=conv(), same=SAME, norm=NORM, relu=RELU),
    "a function between them": headed(conv=conv(), relu=RELU, norm=NORM, last=conv(), end=NORM),
    "dropout between them": headed(conv=conv(), drop={"type": "Dropout"}, norm=NORM, relu=RELU),
    "a sum of one": headed(conv=conv(), sum=of("Add", one=conv()), norm=NORM, relu=RELU),
    "a norm after a sum": headed(conv=conv(), sum=of("Add", one=conv(), other=conv()), norm=NORM, relu=RELU),
    "a layer and a norm side by side": headed(conv=conv(), norm=NORM, sum=of("Add", one=conv(), other=NORM)),
    "a layer that a norm and a sum read": headed(conv=conv(), sum=of("Add", one=NORM, other=SAME), end=NORM),
    "a layer that two branches read": headed(conv=conv(), sum=of("Add", one=chain(a=NORM, b=conv()), other=NORM)),
    "a concatenation": headed(both=of("Concat", one=conv(3), other=conv(3)), norm=NORM, relu=RELU),
    "a product": headed(conv=conv(), gate=of("Multiply", one=chain(a=conv(), b=NORM), other=SAME), end=NORM),
    "a linear layer in a part": chain(
        flat={"type": "Flatten"}, wrap=chain(linear=LINEAR), norm={"type": "BatchNorm1d"}, relu=RELU, head=LINEAR
    ),
    "norms without parameters or statistics": headed(
        conv=conv(),
        bare={**NORM, "affine": False},
        relu=RELU,
        second=conv(),
        batch={**NORM, "track_running_stats": False},
    ),
    "norms of other kinds": headed(
        conv=conv(bias=True),
        group={"type": "GroupNorm", "num_groups": 2},
        prelu={"type": "PReLU", "num_parameters": 6},
        instance={"type": "InstanceNorm2d", "affine": True, "track_running_stats": True},
    ),
    "two norms": headed(first=NORM, conv=conv(), norm=NORM, end=NORM, relu=RELU),
    "ResNet": {"type": "ResNet", "depth": 20, "small_input": True, "init_plane": 4, "num_reps": [1, 1, 1]},
    "ResNet of bottlenecks": {"type": "ResNet", "depth": 50, "small_input": True, "init_plane": 4, "num_reps": [1, 1]},
    "MobileNetV1": {"type": "MobileNetV1", "width_mult": 0.25},
    "MobileNetV2": {"type": "MobileNetV2", "width_mult": 0.25},
    "MobileNetV3": {"type": "MobileNetV3", "width_mult": 0.35},
}


@pytest.mark.soak
@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_of_described_networks(net):
    shape = (3, 32, 32) if net["type"].startswith("MobileNet") else IMAGE
    counted, held = counted_and_stored(net, 8, shape)
    assert counted == held


@pytest.mark.parametrize("name", ["a norm after the part of its layer", "two norms", "ResNet"])
def test_of_networks_of_four_bits_whose_export_packs_them(name):
    counted, held = counted_and_stored(NETWORKS[name], 4)
    assert counted == held


def drawn(rng: Random, depth: int = 3) -> dict[str, Any]:
    """Return a part that keeps the width and the size of its input: a layer, a norm, a chain or a sum."""
    kind = rng.choice(["conv", "norm", "relu", "same", "chain", "chain", "sum"] if depth else ["conv", "norm", "same"])
    if kind in ("chain", "sum"):
        parts = {f"part{index}": drawn(rng, depth - 1) for index in range(rng.randint(1, 4))}
        return of("Sequential" if kind == "chain" else "Add", **parts)
    return {"conv": conv(bias=rng.random() < 0.5), "norm": NORM, "relu": RELU, "same": SAME}[kind]


@pytest.mark.parametrize("seed", range(4))
def test_of_networks_drawn_at_random(seed):
    rng = Random(seed)
    net = headed(stem=conv(), **{f"part{index}": drawn(rng) for index in range(3)})
    counted, held = counted_and_stored(net, 8)
    assert counted == held


class Depthwise(nn.Module):
    """Depthwise and pointwise convolutions, and a norm that two read."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.point = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 1, bias=False)
        self.depth, self.norm = nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False), nn.BatchNorm2d(6, affine=False)
        self.end, self.head = nn.BatchNorm2d(6), nn.Linear(6, 5)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.depth(x)).relu()
        return self.head((self.end(self.point(y)) + x + y).mean((2, 3)))


class Functional(nn.Module):
    """A batch norm of the network's own parameters and buffers, and a position that is added."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.Linear(6, 5)
        self.gain, self.shift = nn.Parameter(torch.ones(6)), nn.Parameter(torch.zeros(6))
        self.register_buffer("mean", torch.zeros(6))
        self.register_buffer("var", torch.ones(6))
        self.register_buffer("position", torch.zeros(1, 6, 8, 8))

    def forward(self, x):
        x = nn.functional.batch_norm(self.conv(x), self.mean, self.var, self.gain, self.shift)
        return self.head((x + self.position).relu().mean((2, 3)))


class Shared(nn.Module):
    """A norm that runs twice, after layers that it is not folded into."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.norm = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 6, 3), nn.BatchNorm2d(6)
        self.third, self.end, self.head = nn.Conv2d(6, 6, 3), nn.BatchNorm2d(6), nn.Linear(6, 5)

    def forward(self, x):
        x = self.norm(self.second(self.norm(self.first(x)).relu())).relu()
        return self.head(self.end(self.third(x)).relu().mean((2, 3)))


@pytest.mark.parametrize("net", [Depthwise, Functional, Shared])
def test_of_modules_of_a_users_own(net):
    model = randomised(net())
    held = stored(Quant(8, 8)(model, IMAGE), 8, IMAGE)
    assert Quant(8, 8).count(model, IMAGE)["weight_bytes"] == held
    assert Quant(8, 8).cost(fgspace.trace.rows(model, IMAGE))["weight_bytes"] == held
