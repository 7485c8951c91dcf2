"""Checking a description as written: every problem is reported once, and none that only follows from another."""

import pytest
from fgspace import FineGrainedSpace, InWidth, ModuleRef, OutWidth, nn

SHAPE = (3, 16, 16)


class Layer(FineGrainedSpace):
    """Doubles the width `doublings` times."""

    def constructor(self, in_plane: InWidth, doublings: int, out_plane: OutWidth = None) -> None:
        if doublings < 0:
            raise ValueError(f"doublings must be at least 0, got {doublings}")
        self.conv = nn.Conv2d(in_plane, in_plane << doublings, 1)


class Head(FineGrainedSpace):
    """Pools and classifies."""

    def constructor(self, base_channel: InWidth, num_class: int) -> None:
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.linear = nn.Linear(base_channel, num_class)


class Row(FineGrainedSpace):
    """A composite whose parts are described."""

    def constructor(self, block: ModuleRef, given: int) -> None:
        self.first = {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}
        self.second = {"type": "Conv2d", "in_channels": given, "out_channels": 4, "kernel_size": 1}


class Halve:
    """A process that needs an even number of layers."""

    def __init__(self, layers: list[int]) -> None:
        if not layers:
            raise ValueError("layers must not be empty")
        self.layers = layers

    def cost(self, layers):
        if len(self.layers) != len(layers):
            raise ValueError(f"layers: expected {len(layers)} values, got {len(self.layers)}")
        return {"bops": 1.0}

    def __call__(self, model, input_shape):
        return model


@pytest.fixture
def network(network_with):
    return network_with(Layer, Head, Row, processes=(Halve,))


def chain(**parts):
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def stem(width=32):
    return {"type": "Conv2d", "in_channels": 3, "out_channels": width, "kernel_size": 3}


CASES = {
    "what is right has no problems": (
        chain(
            stem=stem(),
            layer={"type": "Layer", "in_plane": 32, "doublings": 3, "out_plane": 256},
            head={"type": "Head", "base_channel": "auto", "num_class": 10},
        ),
        [],
    ),
    "an input width must be what the part before puts out": (
        chain(
            stem=stem(),
            layer={"type": "Layer", "doublings": 3},
            head={"type": "Head", "base_channel": 512, "num_class": 10},
        ),
        ["head.base_channel: is 512, but layer puts out 256; write auto, or 256"],
    ),
    "the first width must be the input's": (
        chain(stem={**stem(), "in_channels": 1}),
        ["stem.in_channels: is 1, but the input has 3; write auto, or 3"],
    ),
    "a declared width must be what the part puts out": (
        chain(stem=stem(), layer={"type": "Layer", "doublings": 3, "out_plane": 300}),
        ["layer.out_plane: is 300, but layer puts out 256; leave it out, or write 256"],
    ),
    "all problems are found, and what follows goes by what is known": (
        chain(
            stem={**stem(), "in_channels": 1},
            layer={"type": "Layer", "in_plane": 16, "doublings": 1, "out_plane": 5},
            head={"type": "Head", "base_channel": 7, "num_class": 10},
        ),
        [
            "stem.in_channels: is 1, but the input has 3; write auto, or 3",
            "layer.in_plane: is 16, but stem puts out 32; write auto, or 32",
            "layer.out_plane: is 5, but layer puts out 64; leave it out, or write 64",
            "head.base_channel: is 7, but layer puts out 64; write auto, or 64",
        ],
    ),
    "after a part that cannot be made, widths are not known": (
        chain(
            stem=stem(),
            layer={"type": "Layer", "doublings": -1},
            head={"type": "Head", "base_channel": 7, "num_class": 10},
            more=chain(layer={"type": "Layer", "in_plane": 3, "doublings": 1, "out_plane": 99}),
        ),
        ["layer: doublings must be at least 0, got -1"],
    ),
    "a part that does not fit says where inside it": (
        chain(stem={**stem(), "kernel_size": 20}, layer={"type": "Layer", "doublings": 1}),
        ["stem: kernel of 20 does not fit an input of 16 x 16 with padding 0"],
    ),
    "nested parts are named by their place": (
        chain(outer=chain(inner=stem(), layer={"type": "Layer", "in_plane": 3, "doublings": 1})),
        ["outer.layer.in_plane: is 3, but inner puts out 32; write auto, or 32"],
    ),
    "the first part of a nested one gets what comes before that": (
        chain(stem=stem(), outer=chain(layer={"type": "Layer", "in_plane": 3, "doublings": 1})),
        ["outer.layer.in_plane: is 3, but stem puts out 32; write auto, or 32"],
    ),
    "every branch is checked against the input": (
        chain(
            stem=stem(),
            sum={
                "type": "Add",
                "modules": ["one", "two"],
                "one": {"type": "Layer", "in_plane": 5, "doublings": 1},
                "two": {"type": "Layer", "in_plane": 6, "doublings": 1},
            },
        ),
        [
            "sum.one.in_plane: is 5, but stem puts out 32; write auto, or 32",
            "sum.two.in_plane: is 6, but stem puts out 32; write auto, or 32",
        ],
    ),
    "branches must fit": (
        chain(
            sum={
                "type": "Add",
                "modules": [{"type": "Identity"}, {"type": "Layer", "doublings": 1}],
            },
        ),
        ["sum: add: branches put out (3, 16, 16) and (6, 16, 16); all must be equal"],
    ),
    "a branch that cannot be made hides nothing of the others and adds nothing": (
        chain(
            sum={
                "type": "Add",
                "modules": ["one", "two"],
                "one": {"type": "Layer", "doublings": -1},
                "two": {"type": "Layer", "in_plane": 6, "doublings": 1},
            },
            head={"type": "Head", "base_channel": 1, "num_class": 10},
        ),
        [
            "sum.one: doublings must be at least 0, got -1",
            "sum.two.in_plane: is 6, but the input has 3; write auto, or 3",
        ],
    ),
    "described parts that a type sets are checked": (
        chain(row={"type": "Row", "block": {"type": "ReLU"}, "given": 7}),
        ["row.second.in_channels: is 7, but first puts out 4; write auto, or 4"],
    ),
    "unknown types are named": (
        chain(stem={"type": "Conv2d", "out_channels": 2, "kernel_size": 1}, layer={"type": "Layre"}),
        ["layer: unknown module type 'Layre'; did you mean 'Layer'?"],
    ),
    "a process that cannot be made is named": (
        chain(stem=stem(), halve={"type": "Halve", "layers": []}),
        ["halve: layers must not be empty"],
    ),
    "a process that does not fit the layers is named": (
        chain(stem=stem(), halve={"type": "Halve", "layers": [1, 2]}),
        ["halve: layers: expected 1 values, got 2"],
    ),
    "a process is not asked about layers that have problems": (
        chain(stem={**stem(), "in_channels": 7}, halve={"type": "Halve", "layers": [1, 2]}),
        ["stem.in_channels: is 7, but the input has 3; write auto, or 3"],
    ),
}


@pytest.mark.parametrize(("described", "problems"), CASES.values(), ids=CASES)
def test_check(network, described, problems):
    assert [f"{'.'.join(path)}: {message}" for path, message in network.check(described, SHAPE)] == problems
