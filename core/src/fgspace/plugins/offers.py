"""Finds the networks that a module of a program defines, which it offers where it registers none."""

import inspect
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

_NETWORKS = frozenset({("torch.nn.modules.module", "Module"), ("fgspace.network.parts.part", "Part")})
"""The bases of what makes a network, by name: a file that does not import torch has no class of it."""


def networks_of(module: ModuleType) -> dict[str, Any]:
    """Return name → class or function, of the public ones that a module defines itself and that make a network.

    A function makes one if it is annotated to return one. What a package takes from its own modules is its own.
    """
    return {name: thing for name, thing in _defined(module) if _makes_network(thing)}


def defines_classes(module: ModuleType) -> bool:
    """Return whether a module defines a class of any kind."""
    return any(isinstance(thing, type) for _, thing in _defined(module, private=True))


def is_of(thing: Any, module: ModuleType) -> bool:
    """Return whether a class or function is defined in a module, or in one below it."""
    return f"{getattr(thing, '__module__', '')}.".startswith(f"{module.__name__}.")


def _defined(module: ModuleType, private: bool = False) -> Iterator[tuple[str, Any]]:
    for name, thing in vars(module).items():
        is_public = private or not name.startswith("_")
        if isinstance(thing, type | FunctionType) and is_public and is_of(thing, module):
            yield name, thing


def _makes_network(thing: Any) -> bool:
    made = thing if isinstance(thing, type) else _returned(thing)
    is_network = isinstance(made, type) and any((one.__module__, one.__name__) in _NETWORKS for one in made.__mro__)
    return is_network and not (isinstance(thing, type) and inspect.isabstract(thing))


def _returned(function: FunctionType) -> Any:
    if "return" not in function.__annotations__:
        return None
    try:
        return get_type_hints(function).get("return")
    except Exception:  # an annotation is code of the user's own
        return None
