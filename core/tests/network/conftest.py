"""Fixtures of the network tests: a network over the types of core and those of a test."""

from collections.abc import Callable
from typing import Any

import pytest
from fgspace.network.network import Network
from fgspace.plugins.loading import load_plugins, selection
from fgspace.plugins.registry import Origin, Registry, Type, make_registry


@pytest.fixture(scope="session")
def core_types() -> tuple[Type, ...]:
    """The types of core."""
    return tuple(one for one in make_registry(load_plugins(selection(()))).types if one.plugin == "fgspace")


@pytest.fixture
def network_with(core_types: tuple[Type, ...]) -> Callable[..., Network]:
    """Return a function that makes a network whose registry also has the given types, under their own names."""

    def make(*things: Any, processes: tuple[Any, ...] = ()) -> Network:
        brought = [
            Type("module", "test", thing.__name__, thing, "", Origin("test", "1"), (), tags)
            for group, tags in ((things, ()), (processes, ("process",)))
            for thing in group
        ]
        return Network(Registry([*core_types, *brought]))

    return make


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Network:
    """A network over the types of core, with empty caches."""
    return network_with()
