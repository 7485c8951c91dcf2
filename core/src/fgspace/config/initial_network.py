"""Checks the output and the weights of the initial network before any trial."""

from collections.abc import Iterator, Mapping
from typing import Any

from fgspace.config.places import of_part, of_section
from fgspace.documents.descriptions import is_network
from fgspace.documents.document import Document
from fgspace.errors import Problem
from fgspace.network.costs import PartError
from fgspace.network.resolve.composites import listed
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import takes
from fgspace.signatures.full_names import has_process
from fgspace.signatures.parameters import parameters
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.space import Space
from fgspace.spaces.templates.placeholders import document_path

_WIDTHS = ("num_classes", "num_class", "out_features", "out_channels", "outchannel")
"""The options that set the number of values that a part puts out, the one that counts most first."""


def output_problem(evaluator: Any, space: Space, document: Document, registry: Registry) -> Problem | None:
    """Return the objection of `evaluator.check_output` to the network's output, at the part that makes it.

    None if there is none, if the evaluator does not check, or if the space has no network.
    """
    if not hasattr(evaluator, "check_output") or not is_network(space.tree):
        return None
    network = space.network_at()
    path, option = _last_width(network, registry)
    given = {"option": option} if takes(evaluator.check_output, "option") else {}
    try:
        evaluator.check_output(space.network.cost(network, space.input_shape).output_shape, **given)
    except FAILURES as error:
        at = document_path(space.tree, path)
        return document.problem((*at, option) if option else at, ".".join(path), reason(error, type(evaluator)))
    return None


def weights_problem(evaluator: Any, space: Space, document: Document) -> Problem | None:
    """Return why the weights that the file names cannot be loaded into the initial network, None if they can."""
    if not is_network(space.tree):
        return None
    description = space.network_at()
    try:
        if hasattr(evaluator, "check_network"):
            evaluator.check_network(description, space.input_shape)
        elif space.network.weight_files(description):
            space.build(init=False)
    except PartError as error:
        return of_part(document, space.tree, error)
    except FAILURES as error:
        return of_section(document, "evaluator", reason(error, type(evaluator)))
    return None


def _last_width(network: Mapping[str, Any], registry: Registry) -> tuple[tuple[str, ...], str | None]:
    """Return the path of the last part that has an option for the width of its output, and the name of the option.

    Where none has, the path of the last part that is not a process; it is empty for a network without parts.
    """
    parts = list(_in_order(network, registry))
    for path, part in reversed(parts):
        known = parameters(registry.part(part["type"]).load())
        option = next((name for name in _WIDTHS if name in part), None)
        option = option or next((name for name in _WIDTHS if name in known), None)
        if option is not None:
            return path, option
    return (parts[-1][0] if parts else ()), None


def _in_order(
    part: Mapping[str, Any], registry: Registry, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield path and description of the parts that run one after the other, but for processes."""
    if "modules" not in part or "out_list" in part:
        yield path, part
        return
    for name, inner in listed(part):
        if isinstance(inner, Mapping) and not has_process(inner, registry):
            yield from _in_order(inner, registry, (*path, name))
