"""Runs a module once and tells what it did: one row for each call of a layer; public as `fgspace.trace`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same for type checkers and editors, which do not run what is below
    from fgspace.network.trace.calls import Call as Call
    from fgspace.network.trace.calls import Calls as Calls
    from fgspace.network.trace.inputs import call as call
    from fgspace.network.trace.inputs import example as example
    from fgspace.network.trace.inputs import shape_of as shape_of
    from fgspace.network.trace.measure import rows as rows
    from fgspace.network.trace.places import line_of_call as line_of_call

_MODULES = {
    "Call": "calls",
    "Calls": "calls",
    "call": "inputs",
    "example": "inputs",
    "line_of_call": "places",
    "rows": "measure",
    "shape_of": "inputs",
}
"""Public name → its module, which is imported when the name is first used: torch is not imported before."""

__all__ = ["Call", "Calls", "call", "example", "line_of_call", "rows", "shape_of"]


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # so that a name that is not there is an error to a type checker

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module 'fgspace.trace' has no attribute {name!r}")
        return getattr(import_module(f"fgspace.network.trace.{_MODULES[name]}"), name)
