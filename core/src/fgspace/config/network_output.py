"""Checks the output of the initial network against what the evaluator measures."""

from typing import Any

from fgspace.documents.descriptions import is_network
from fgspace.documents.document import Document
from fgspace.errors import Problem
from fgspace.network.resolve.composites import listed
from fgspace.plugins.registry import Registry
from fgspace.signatures.full_names import has_process
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.space import Space
from fgspace.spaces.templates.placeholders import document_path


def output_problem(evaluator: Any, space: Space, document: Document, registry: Registry) -> Problem | None:
    """Return the objection of `evaluator.check_output` to the network's output, at the part that makes it.

    None if there is none, if the evaluator does not check, or if the space has no network.
    """
    if not hasattr(evaluator, "check_output") or not is_network(space.tree):
        return None
    try:
        evaluator.check_output(space.network.cost(space.network_at(), space.input_shape).output_shape)
    except FAILURES as error:
        path = _last_part(space, registry)
        return document.problem(document_path(space.tree, path), ".".join(path), reason(error, type(evaluator)))
    return None


def _last_part(space: Space, registry: Registry) -> tuple[str, ...]:
    """Return the name of the last part that is not a process; empty for a network without parts."""
    network = space.network_at()
    parts = dict(listed(network)) if "modules" in network else {}
    return tuple(name for name, part in parts.items() if not has_process(part, registry))[-1:]
