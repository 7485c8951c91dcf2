"""`torch.nn` by name, without torch: `nn.Conv2d(3, 16, 3)` is the part that will be that module."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fgspace.network.part import Leaf


def _leaf(name: str, *args: Any, **kwargs: Any) -> Leaf:
    return Leaf(name, args, kwargs)


def __getattr__(name: str) -> Callable[..., Leaf]:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return partial(_leaf, name)
