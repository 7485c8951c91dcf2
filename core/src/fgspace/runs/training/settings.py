"""Settings over those of a file: `evaluator.lr=0.05`, as the command line gives them."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.reader import read_text
from fgspace.errors import DescriptionError, FgspaceError
from fgspace.plugins.registry import Registry
from fgspace.signatures.parameters import parameters

_FORM = "expected evaluator.NAME=VALUE, as in evaluator.batch_size=128"


def with_settings(evaluator: Mapping[str, Any], written: Sequence[str], registry: Registry) -> dict[str, Any]:
    """Return the section `evaluator` with other options; a dotted name reaches into mappings, as optimizer.lr does.

    The name of an option of an optimiser, such as lr, is found where the evaluator says that it stands.

    Raises:
        FgspaceError: one is not written so, or its value is no YAML.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(evaluator))
    for text in written:
        *path, last = _path(text, changed, registry)
        inner: dict[str, Any] = changed
        for name in path:
            if not isinstance(inner.get(name), dict):
                inner[name] = {}
            inner = inner[name]
        inner[last] = _value(text)
    return changed


def _path(text: str, evaluator: dict[str, Any], registry: Registry) -> list[str]:
    name, equals, _ = text.partition("=")
    section, *path = name.strip().split(".")
    if not equals or section != "evaluator" or not all(path) or not path:
        raise FgspaceError(f"--set: {_FORM}; got {text!r}")
    known = parameters(registry.get("evaluator", str(evaluator["type"])).load())
    if path[0] in known:
        return path
    holders = (one for one in known.values() if one.holds is not None and one.holds.entry(path[0]))
    holder = next(holders, None)
    if holder is None or holder.holds is None:
        return path  # an unknown option is told of where the evaluator is checked
    if evaluator.get(holder.name) is None:
        evaluator[holder.name] = dict(holder.holds.default)
    return [holder.name, str(holder.holds.entry(path[0])), *path[1:]]


def _value(text: str) -> Any:
    name, _, written = text.partition("=")
    try:
        return read_text(f"value: {written}", "--set").data["value"]
    except DescriptionError:
        raise FgspaceError(f"--set {name}: expected a value as in YAML, got {written!r}") from None
