"""Finds what the parameters of a type are read from: the type itself or, for a module of torch, its known signature."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fgspace.plugins.loading import CORE
from fgspace.plugins.registry import Type


def schema_of(found: Type) -> Callable[..., Any]:
    """Return what `parameters` reads of a type; a module of torch is not imported where its signature is known.

    Raises:
        FgspaceError: the type cannot be imported.
    """
    if found.kind == "module" and found.plugin == CORE and "torch" in found.tags and _is_known():
        from fgspace.signatures import torch_modules

        known: Callable[..., Any] | None = getattr(torch_modules, found.short_name, None)
        if known is not None:
            return known
    loaded: Callable[..., Any] = found.load()
    return loaded


@cache
def _is_known() -> bool:
    """Return whether the installed torch is the one whose signatures are known."""
    from fgspace.signatures.torch_modules import VERSION

    try:
        return version("torch").startswith(f"{VERSION}.")
    except PackageNotFoundError:
        return False
