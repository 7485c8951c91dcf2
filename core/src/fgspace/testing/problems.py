"""Small spaces of every kind, with objectives that need no training."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from fgspace.api import space
from fgspace.spaces.domains import Choice, Float, Int, Vector
from fgspace.spaces.space import Space
from fgspace.study.trial import Point

_TABLES: Mapping[str, Mapping[str, Any]] = {
    "bits": {"left": {"bits": 8}, "right": {"bits": 8, "ones": 4}},
    "ints": {
        "depth": {"int": [1, 40]},
        "width": {"int": [8, 64, 8]},
        "widths": {"vector": {"int": [0, 5]}, "length": 4},
    },
    "floats": {"rate": {"float": [1e-5, 1.0], "log": True}, "decay": {"float": [0, 0.9]}},
    "mixed": {"kernel": {"choice": [1, 3, 5, 7]}, "depth": {"int": [1, 9]}, "rate": {"float": [0.01, 1], "log": True}},
    "scales": {
        "units": {"int": [1, 1000], "log": True},
        "dropout": {"float": [0, 1, 0.05]},
        "widths": {"vector": {"int": [8, 512], "log": True}, "length": 3},
        "shares": {"vector": {"float": [0.25, 1, 0.25]}, "length": 2},
    },
    "tiny": {"kernel": {"choice": [3, 5]}, "mask": {"bits": 2}},
}
_CONDITIONAL = {
    "type": "FineGrainedSpace",
    "modules": ["stem", "act"],
    "stem": {
        "choice": [
            {"type": "Identity"},
            {"type": "Conv2d", "out_channels": {"int": [4, 16]}, "kernel_size": {"choice": [1, 3]}},
            {"type": "MaxPool2d", "kernel_size": {"choice": [1, 2, 4]}},
        ]
    },
    "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.01, 0.3]}}]},
}
_OPTIONS = {
    "optimizer": {
        "choice": [
            {
                "type": "Adam",
                "rate": {"float": [1e-5, 0.1], "log": True},
                "schedule": {
                    "choice": [
                        {"type": "cosine", "warmup": {"int": [0, 3]}},
                        {"type": "step", "factors": {"vector": {"float": [0.1, 1, 0.1]}, "length": 2}},
                    ]
                },
            },
            {"type": "SGD", "momentum": {"float": [0, 0.9, 0.1]}},
        ]
    },
    "augment": {
        "vector": {"choice": [{"type": "flip", "share": {"float": [0, 1, 0.25]}}, {"bits": 3, "ones": 1}, "none"]},
        "length": 2,
    },
    "depth": {"choice": [{"int": [1, 4]}, {"int": [8, 32], "log": True}]},
    "forbidden": [{"optimizer.SGD.momentum": 0.9}, {"depth": "option#0", "augment.0": "none"}],
}
SPACES = (*_TABLES, "conditional", "options")
"""The names that `small_space` knows; "tiny" has eight points."""


@cache
def small_space(name: str) -> Space:
    """Return the small space of this name."""
    if name == "conditional":
        return space(_CONDITIONAL)
    if name == "options":
        return space({"search_space": _OPTIONS})
    return space({"type": "FineGrainedSpace", "hyper_parameters": _TABLES[name]})


def loss(space: Space, point: Point) -> float:
    """Return the distance of a point from a target in the middle, in shares of each active domain: 0 to about 1."""
    active = space.active(point)
    return sum(abs(_share(domain, point[path]) - 0.6) for path, domain in active.items()) / len(active)


def price(space: Space, point: Point) -> float:
    """Return a second objective, which falls as the values fall."""
    active = space.active(point)
    return sum(_share(domain, point[path]) for path, domain in active.items())


def _share(domain: Any, value: Any) -> float:
    """Return the position of a value in its domain, from 0 to 1; for a vector, the weighted mean of its elements."""
    match domain:
        case Choice(options):
            return float(options.index(value) / max(1, len(options) - 1))
        case Int() | Float():
            return float(domain.share(value))
        case Vector(element):
            # Weighted by position, so that vectors with the same number of ones differ.
            return sum(_share(element, one) * (at + 1) for at, one in enumerate(value)) / sum(range(1, len(value) + 1))
    return 0.0
