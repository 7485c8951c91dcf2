"""What is used where a program passes no registry: the installed plugins, loaded once."""

from functools import cache
from typing import TYPE_CHECKING, Any

from fgspace.plugins import load_plugins, selection
from fgspace.program import registered
from fgspace.registry import Registry, make_registry

if TYPE_CHECKING:
    from fgspace.network.walk import Network


def default_registry() -> Registry:
    """Return the types that the installed plugins, and this program until now, provide."""
    return _registry(registered())


@cache
def _registry(_: Any) -> Registry:
    return make_registry(_plugins())


@cache
def _plugins() -> Any:
    return load_plugins(selection(()))


@cache
def network_of(registry: Registry) -> "Network":
    """Return the network room of a registry: one for all its spaces, so that costs are remembered once."""
    from fgspace.network.walk import Network

    return Network(registry)
