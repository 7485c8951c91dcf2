"""Reads the section `costs`: the costs of a file, by names of the user's own."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.document import Document
from fgspace.errors import Problem, brief
from fgspace.plugins.registry import Registry
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.space import Space
from fgspace.spaces.templates.checks import Checker

SECTION = "costs"


def written_costs(document: Document) -> Mapping[str, Any]:
    """Return name → cost as it is written; nothing where the section is no mapping."""
    written = document.data.get(SECTION)
    return written if isinstance(written, Mapping) else {}


def check_section(document: Document) -> list[Problem]:
    """Return the problem of a section that is no mapping."""
    written = document.data.get(SECTION)
    if written is None or isinstance(written, Mapping):
        return []
    form = "expected names with costs, for instance memory: {type: PeakMemory}"
    return [document.problem((SECTION,), SECTION, f"{form}; got {brief(written)}")]


def space_with_costs(space: Space, document: Document, registry: Registry, problems: list[Problem]) -> Space | None:
    """Return the space with the costs of a file, computed once for the initial network; None where there is a problem.

    Problems of the section are added to `problems`.
    """
    checker, before, known = Checker(document, registry), len(problems), space.cost()
    for name, written in written_costs(document).items():
        if name in known:
            message = f"every network has a cost of this name already: {', '.join(known)}; choose another name"
            problems.append(document.problem((SECTION, name), f"{SECTION}.{name}", message, key=True))
        checker.part(written, (SECTION, name), f"{SECTION}.{name}", "cost")
    problems += checker.problems
    if len(problems) > before:
        return None
    made = space.with_costs(written_costs(document))
    for name, written in written_costs(document).items():
        try:
            space.with_costs({name: written}).cost()
        except FAILURES as error:
            at = document.option((SECTION, name), message := reason(error))
            problems.append(document.problem(at, f"{SECTION}.{name}", message))
    return made if len(problems) == before else None
