"""The examples with which a type is tried: those that its record or its class has, else its defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import getattr_static
from pathlib import Path
from types import FunctionType
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.plugins.provisions import imported
from fgspace.plugins.registry import Type
from fgspace.signatures.parameters import parameters
from fgspace.signatures.schemas import schema_of

_GIVEN: Mapping[str, int] = {"algorithm": 2, "early_stopping": 1, "exporter": 3}
"""Kind → the number of parameters, the first ones, that a study gives or `fgspace export`."""
_NEEDS: Mapping[str, tuple[str, ...]] = {"cost_rule": (), "converter": ("file",)}
"""Kind whose parameters are no options → what an example has to give."""


@dataclass(frozen=True)
class Example:
    """Options of a type, and what an example says beside them: the input of a module, the network of others."""

    options: Mapping[str, Any]
    input_shape: Any = None
    network: Mapping[str, Any] | None = None


def examples_of(found: Type, folder: Path) -> list[Example]:
    """Return the examples of a type; without any, one of its defaults.

    Args:
        found: the type.
        folder: an empty folder, for the files that examples need.

    Raises:
        FgspaceError: it has none, and parameters without defaults; or what gives them does not do so.
    """
    given = _given(found, folder)
    if not given and (missing := _required(found)):
        raise FgspaceError(
            f"{found.name} has no example, and needs {' and '.join(missing)}: write examples=({{{missing[0]!r}: ...}},)"
            " in its record"
        )
    return [_example(found, one) for one in given or ({},)]


def _given(found: Type, folder: Path) -> Sequence[Any]:
    written: Any = found.examples or _of_class(found.load())
    try:
        made = imported(written) if isinstance(written, str) else written
        given = list(made(folder) if callable(made) else made)
    except Exception as error:  # the code of a plugin
        raise FgspaceError(f"the examples of {found.name}: {type(error).__name__}: {error}") from error
    return given


def _of_class(target: Any) -> Any:
    """Return the examples that a class has as an attribute; a method of that name belongs to its instances."""
    own = getattr_static(target, "examples", ())
    return () if isinstance(own, FunctionType) and isinstance(target, type) else getattr(target, "examples", ())


def _example(found: Type, given: Any) -> Example:
    if not isinstance(given, Mapping):
        raise FgspaceError(f"the examples of {found.name}: expected mappings of its parameters, got {given!r}")
    own = set(parameters(schema_of(found)))
    beside = {key: given[key] for key in ("input", "network") if key in given and key not in own}
    options = {key: value for key, value in given.items() if key not in beside}
    return Example(options, beside.get("input"), beside.get("network"))


def _required(found: Type) -> list[str]:
    """Return the names of what an example of a type has to give."""
    if found.kind in _NEEDS:
        return list(_NEEDS[found.kind])
    known = [*parameters(schema_of(found)).values()][_GIVEN.get(found.kind, 0) :]
    return [one.name for one in known if one.required and one.width != "in"]
