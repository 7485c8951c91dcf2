"""Reads the section `measure`: what is measured of every trial, by names of the user's own."""

from collections.abc import Mapping
from typing import Any

from fgspace.config.costs import SECTION as COSTS
from fgspace.documents.document import Document
from fgspace.errors import Problem, brief
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import make
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.templates.checks import Checker

SECTION = "measure"


def measured_names(document: Document) -> tuple[str, ...]:
    """Return the names of the metrics that the section adds and that an objective or a constraint may use."""
    written = document.data.get(SECTION)
    names = written if isinstance(written, Mapping) else ()
    return tuple(name for measured in names for name in (measured, f"{measured}_spread"))


def written_measurements(
    document: Document, registry: Registry, problems: list[Problem]
) -> Mapping[str, Mapping[str, Any]]:
    """Return name → measurement as it is written, each made once; problems of the section are added to `problems`."""
    written = document.data.get(SECTION) or {}
    if not isinstance(written, Mapping):
        form = "expected names with measurements, for instance latency_ms: {type: Latency}"
        problems.append(document.problem((SECTION,), SECTION, f"{form}; got {brief(written)}"))
        return {}
    for name, one in written.items():
        problems += _problems(document, registry, name, one)
    return {name: dict(one) for name, one in written.items() if isinstance(one, Mapping)}


def _problems(document: Document, registry: Registry, name: str, written: Any) -> list[Problem]:
    shown, others = f"{SECTION}.{name}", document.data.get(COSTS)
    if name in ("params", "macs", *(others if isinstance(others, Mapping) else ())):
        message = "there is a cost of this name; choose another name"
        return [document.problem((SECTION, name), shown, message, key=True)]
    checker = Checker(document, registry)
    checker.part(written, (SECTION, name), shown, "measurement")
    if checker.problems:
        return checker.problems
    try:
        make(registry, "measurement", written)
    except FAILURES as error:
        at = document.option((SECTION, name), message := reason(error))
        return [document.problem(at, shown, message)]
    return []
