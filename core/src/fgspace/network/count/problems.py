"""Checks a description: every part, and every width that is given."""

from collections.abc import Callable, Mapping
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.network.costs import Cost, PartError, Shape, is_many
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.descriptions import Processed, Types
from fgspace.network.resolve.entries import AUTO, Entry, width_of
from fgspace.network.resolve.joins import CHAINS, expand, join

Path = tuple[str, ...]
Problems = list[tuple[Path, str]]


def check(
    types: Types,
    cost: Callable[[Any, Shape], Cost],
    description: Mapping[str, Any],
    shape: Shape,
    processes: bool = True,
) -> Problems:
    """Return path and message of every problem, in the order of the parts.

    Without `processes`, processes are made and not applied to the network, for which some need torch.
    """
    walk = _Check(types, cost, processes)
    walk.visit(description, shape, (), "the input has")
    return walk.problems


class _Check:
    """One walk over a description that collects problems, and goes on after one with the shapes that are known."""

    def __init__(self, types: Types, cost: Callable[[Any, Shape], Cost], processes: bool) -> None:
        self.types = types
        self.cost = cost
        self.processes = processes
        self.problems: Problems = []

    def visit(self, node: Any, shape: Shape | None, path: Path, before: str) -> Shape | None:
        """Check a description or a part, and return its output shape, None if that is unknown.

        `before` names the source of the input width for messages: "stem puts out".
        """
        try:
            if not isinstance(node, Mapping):
                return self._part(node, shape, path, before)
            entry = self.types.entry(node["type"])
            if shape is None and _lacks_width(entry, node):
                return None
            self._given_width(entry, node, shape, path, before)
            output = self._part(self.types.part(node, shape), shape, path, before)
            self._declared_widths(entry, node, output, path)
            return output
        except PartError as error:
            self.problems.append(((*path, *error.path), error.message))
        except FgspaceError as error:
            self.problems.append((path, str(error)))
        return None

    def _given_width(self, entry: Entry, node: Mapping[str, Any], shape: Shape | None, path: Path, before: str) -> None:
        given = node.get(entry.width, AUTO) if entry.width is not None else AUTO
        if given == AUTO or not shape or is_many(shape):
            return
        width = width_of(entry, shape)
        if width is not None and given != width:
            message = f"is {given!r}, but {before} {width}; write auto, or {width}"
            self.problems.append(((*path, str(entry.width)), message))

    def _declared_widths(self, entry: Entry, node: Mapping[str, Any], output: Shape | None, path: Path) -> None:
        for name in entry.declared:
            declared = node.get(name)
            if declared is None or declared == AUTO or not output or is_many(output) or declared == output[0]:
                continue
            message = f"is {declared!r}, but {_last(path)} puts out {output[0]}; leave it out, or write {output[0]}"
            self.problems.append(((*path, name), message))

    def _part(self, part: Any, shape: Shape | None, path: Path, before: str) -> Shape | None:
        if isinstance(part, Processed):
            return self._processed(part, shape, path, before)
        if isinstance(part, FineGrainedSpace) and any(isinstance(child, Mapping) for child in expand(part).values()):
            return self._composite(part, shape, path, before)
        return None if shape is None else self.cost(part, shape).output_shape

    def _composite(self, part: FineGrainedSpace, shape: Shape | None, path: Path, before: str) -> Shape | None:
        known = shape is not None

        def run(name: str, child: Any, entering: Shape) -> Shape:
            nonlocal known, before
            chained = part.join in CHAINS
            output = self.visit(child, entering if known or (shape and not chained) else None, (*path, name), before)
            known = known and output is not None
            before = f"{name} puts out" if chained else before
            return entering if output is None else output

        try:
            output = join(part, shape or (), run)
        except PartError:
            if known:
                raise
        return output if known else None

    def _processed(self, part: Processed, shape: Shape | None, path: Path, before: str) -> Shape | None:
        before_all = len(self.problems)
        output = self._part(part.part, shape, path, before)
        for name, description in part.processes.items():
            try:
                self.types.process(name, description)
            except PartError as error:
                self.problems.append(((*path, *error.path), error.message))
        if self.processes and shape is not None and len(self.problems) == before_all:
            self.cost(part, shape)
        return output


def _lacks_width(entry: Entry, node: Mapping[str, Any]) -> bool:
    """Return whether a part cannot be made before its input width is known."""
    width = entry.width
    return width is not None and entry.known[width].required and node.get(width, AUTO) == AUTO


def _last(path: Path) -> str:
    return path[-1] if path else "the network"
