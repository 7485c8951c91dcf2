"""The registry of a program that passes none: the installed plugins, loaded once."""

from functools import cache
from typing import Any

from fgspace.plugins.loading import load_plugins, selection
from fgspace.plugins.program import registered
from fgspace.plugins.registry import Registry, make_registry


def default_registry() -> Registry:
    """Return the types of the installed plugins, and those that this program has registered so far."""
    return _registry(registered())


@cache
def _registry(_: Any) -> Registry:
    return make_registry(_plugins())


@cache
def _plugins() -> Any:
    return load_plugins(selection(()))
