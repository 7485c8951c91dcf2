"""`torch.nn` without torch: `nn.Conv2d(3, 16, 3)` is a part, from which the module is built later."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.network.parts.combinators import Sequential
from fgspace.network.parts.part import NOTHING, Leaf
from fgspace.plugins.torch_names import TORCH_NAMES

__all__ = ["Sequential", *TORCH_NAMES]


class _Maker(partial[Leaf]):
    """Makes the parts of one module of `torch.nn`; it is no class, and says so where it is used as one."""

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        name = self.args[0]
        raise FgspaceError(
            f"fgspace.nn.{name} describes a module, and is no class: for a block made of parts, subclass"
            f" fgspace.FineGrainedSpace and write constructor; for a module of your own, torch.nn.{name}"
        )


def _leaf(name: str, /, *args: Any, **kwargs: Any) -> Leaf:
    return Leaf(name, args, kwargs or NOTHING)


def __getattr__(name: str) -> Callable[..., Leaf]:
    """Return the function for a module that is new in the installed torch."""
    if not name[:1].isupper():
        raise AttributeError(f"module 'fgspace.nn' has no attribute {name!r}: it has the modules of torch.nn as parts")
    return _Maker(_leaf, name)


globals().update({name: _Maker(_leaf, name) for name in ("Module", *TORCH_NAMES)})
