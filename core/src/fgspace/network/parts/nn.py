"""`torch.nn` without torch: `nn.Conv2d(3, 16, 3)` is a part, from which the module is built later."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fgspace.network.parts.combinators import Sequential
from fgspace.network.parts.part import NOTHING, Leaf
from fgspace.plugins.torch_names import TORCH_NAMES

__all__ = ["Sequential", *TORCH_NAMES]


def _leaf(name: str, /, *args: Any, **kwargs: Any) -> Leaf:
    return Leaf(name, args, kwargs or NOTHING)


def __getattr__(name: str) -> Callable[..., Leaf]:
    """Return the function for a module that is new in the installed torch."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return partial(_leaf, name)


globals().update({name: partial(_leaf, name) for name in TORCH_NAMES})
