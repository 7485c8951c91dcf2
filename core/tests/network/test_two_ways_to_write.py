"""Networks that are written once as parts and once as plain modules have equal rows."""

import random

import pytest
from fgspace import trace
from torch import nn

SHAPE = (3, 16, 16)


class Sum(nn.Module):
    """Adds what its branches put out, by hand."""

    def __init__(self, **branches):
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)

    def forward(self, x):
        return sum(branch(x) for branch in self.children())


def layer(kind, **options):
    """Return a layer as a description and as a module."""
    return {"type": kind, **options}, getattr(nn, kind)(**options)


def chain(pairs):
    names = [f"part{index}" for index in range(len(pairs))]
    described = {
        "type": "FineGrainedSpace",
        "modules": names,
        **dict(zip(names, (one for one, _ in pairs), strict=True)),
    }
    module = nn.Sequential()
    for name, (_, made) in zip(names, pairs, strict=True):
        module.add_module(name, made)
    return described, module


def added(**pairs):
    described = {"type": "Add", "modules": [*pairs], **{name: one for name, (one, _) in pairs.items()}}
    return described, Sum(**{name: made for name, (_, made) in pairs.items()})


def convolution(rng, width, out, stride=1):
    kind = rng.choice(["plain", "grouped", "transposed"])
    if kind == "transposed" and stride == 1:
        return layer("ConvTranspose2d", in_channels=width, out_channels=out, kernel_size=3, padding=1)
    groups = rng.choice([n for n in (1, 2, width) if width % n == 0 and out % n == 0]) if kind == "grouped" else 1
    size = rng.choice([1, 3, 5])
    options = {"stride": stride, "padding": size // 2, "groups": groups, "bias": rng.random() < 0.5}
    return layer("Conv2d", in_channels=width, out_channels=out, kernel_size=size, **options)


def norm(rng, width):
    return rng.choice(
        [lambda: layer("BatchNorm2d", num_features=width), lambda: layer("GroupNorm", num_groups=1, num_channels=width)]
    )()


def activation(rng):
    return layer(rng.choice(["ReLU", "Hardswish", "GELU", "SiLU", "Identity", "Dropout"]))


def block(rng, width, out):
    inner = chain([convolution(rng, width, out), norm(rng, out), activation(rng)])
    if rng.random() < 0.5:
        return inner
    return added(body=inner, shortcut=convolution(rng, width, out))


def network_of(seed):
    rng = random.Random(seed)
    width = rng.choice([4, 8])
    parts = [layer("Conv2d", in_channels=3, out_channels=width, kernel_size=3, padding=1)]
    for _ in range(rng.randint(1, 4)):
        out = rng.choice([4, 8, 12])
        parts.append(block(rng, width, out))
        width = out
        if rng.random() < 0.3:
            parts.append(layer(rng.choice(["MaxPool2d", "AvgPool2d"]), kernel_size=3, stride=1, padding=1))
    parts += [layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten")]
    parts += [layer("Linear", in_features=width, out_features=10, bias=rng.random() < 0.5)]
    return chain(parts)


@pytest.mark.parametrize("seed", range(50))
def test_the_rows_are_equal_whichever_way_a_network_is_written(network, seed):
    described, module = network_of(seed)
    rows = network.layers(described, SHAPE)
    assert rows == network.layers(module, SHAPE) == trace.rows(module, SHAPE)
    assert network.cost(described, SHAPE) == network.cost(module, SHAPE)
    whole = {"type": "FineGrainedSpace", "modules": ["net"], "net": described}
    inside = network.part(whole, SHAPE)
    inside.add("net", module)
    assert network.layers(inside, SHAPE) == network.layers(whole, SHAPE)
    reads = [[row.reads for row in one] for one in (rows, network.layers(module, SHAPE), trace.rows(module, SHAPE))]
    assert reads[0] == reads[1] == reads[2]
    outside, around = ([row.reads for row in network.layers(one, SHAPE)] for one in (inside, whole))
    assert outside == around
