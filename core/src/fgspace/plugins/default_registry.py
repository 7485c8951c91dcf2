"""What is used where a program passes no registry: the installed plugins, loaded once."""

from functools import cache
from typing import Any

from fgspace.plugins.loading import load_plugins, selection
from fgspace.plugins.program import registered
from fgspace.plugins.registry import Registry, make_registry


def default_registry() -> Registry:
    """Return the types that the installed plugins, and this program until now, provide."""
    return _registry(registered())


@cache
def _registry(_: Any) -> Registry:
    return make_registry(_plugins())


@cache
def _plugins() -> Any:
    return load_plugins(selection(()))
