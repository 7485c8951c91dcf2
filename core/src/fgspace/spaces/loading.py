"""Makes the space that a document describes."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fgspace.documents.descriptions import COMPOSITE, is_network
from fgspace.documents.document import Document, Path
from fgspace.errors import DescriptionError, Problem, nearest
from fgspace.network.costs import Shape
from fgspace.network.inputs import InputShape, as_shape, described
from fgspace.network.network import network_of
from fgspace.plugins.registry import Registry
from fgspace.spaces.forbidden import entry_of, in_a_sentence
from fgspace.spaces.forbidden import read as read_forbidden
from fgspace.spaces.hyper_parameters import hyper_parameters
from fgspace.spaces.space import Space
from fgspace.spaces.templates.checks import Checker
from fgspace.spaces.templates.named_spaces import expand
from fgspace.spaces.templates.placeholders import (
    Later,
    Placeholder,
    document_path,
    fill_at_start,
    has_placeholder,
    placeholders,
)
from fgspace.spaces.templates.process_domains import put_following
from fgspace.spaces.templates.templater import Templater
from fgspace.spaces.templates.widths import Following

INPUT_SHAPE = (3, 32, 32)
"""Channels, height and width of the input where neither the file nor the data give them."""

Trees = dict[str, Any]
"""The checked templates of a document: `search_space` and, where it has one, `evaluator`."""


def load_space(document: Document, registry: Registry) -> Space:
    """Return the space of a document whose only section is `search_space`.

    Raises:
        DescriptionError: the description does not fit the types it names; all problems at once.
    """
    reader = SpaceReader(document, registry)
    trees = reader.trees()
    if not reader.problems:
        space = reader.space(trees, reader.input_shape(None, lambda: INPUT_SHAPE))
    if reader.problems:
        raise DescriptionError(reader.problems)
    return space


@dataclass
class SpaceReader:
    """Reads the space of one document, and collects its problems."""

    document: Document
    registry: Registry
    problems: list[Problem] = field(default_factory=list)
    _later: list[Later] = field(default_factory=list)

    def trees(self) -> Trees:
        """Return the checked templates of the space and, where there is one, of the evaluator."""
        templater = Templater(self.document, self.registry, expand)
        data = self.document.data
        if "search_space" not in data:
            self._problem((), "", "expected a section search_space")
            return {}
        trees = {"search_space": templater.tree(_composite(data["search_space"]), ("search_space",), "")}
        if data.get("evaluator") is not None:
            trees["evaluator"] = templater.tree(data["evaluator"], ("evaluator",), "evaluator")
        if isinstance(trees["search_space"], dict):
            self._put_hyper_parameters(templater, trees)
        checker = Checker(self.document, self.registry)
        checker.part(trees["search_space"], ("search_space",), "")
        if "evaluator" in trees:
            checker.part(trees["evaluator"], ("evaluator",), "evaluator", "evaluator")
        # The check reports a value that could not be read a second time.
        reported = {problem.place or problem.path for problem in templater.problems}
        found = [problem for problem in checker.problems if (problem.place or problem.path) not in reported]
        self.problems += [*templater.problems, *found]
        self._later = templater.later
        for note in () if self.problems else templater.notes:
            warnings.warn(note, stacklevel=2)
        return trees

    def input_shape(self, given: InputShape | None, of_data: Callable[[], Shape]) -> Shape:
        """Return the shape of the input: as given, as the file or its first part states it, else that of the data."""
        if given is not None:
            return as_shape(given)
        space = self.document.data["search_space"]
        written = [name for name in _written_inputs(space) if space[name] is not None]
        if written:
            return self._written_shape(written, space)
        size = self._input_size()
        if size is not None and self.document.data.get("evaluator") is None:
            return INPUT_SHAPE[0], size, size
        return of_data()

    def space(self, trees: Trees, input_shape: Shape, processes: bool = True) -> Space:
        """Return the space of templates without problems; its initial network and forbidden points are checked here.

        Without `processes`, whether processes fit the initial network is not checked.
        """
        tree, evaluator = trees["search_space"], trees.get("evaluator")
        network = network_of(self.registry)
        for wrong in put_following(self._later, tree, network, input_shape):
            self._problem(wrong.at, wrong.path, wrong.message, key=True)
        if is_network(tree):
            for path, message in network.check(fill_at_start(tree), input_shape, processes):
                at = self.document.option(document_path(tree, path), message)
                self._problem(at, ".".join(path), message)
        follow = Following(self.registry)
        following = follow.tree(tree)
        if evaluator is not None and has_placeholder(evaluator):
            following["evaluator"] = follow.aliases(evaluator)
        self.problems += self._shared_paths(following)
        entries, problems = read_forbidden(self.document, hyper_parameters(following))
        self.problems += problems
        space = Space(following, self.registry, input_shape, entries)
        if not problems and (entry := entry_of(space.initial, entries)):
            message = f"the point that the file describes is forbidden: {in_a_sentence(entry)}; describe another"
            self._problem(("search_space", "forbidden"), "forbidden", message)
        return space

    def _shared_paths(self, tree: Any) -> Iterator[Problem]:
        """Yield the hyper-parameters whose path is that of another one, since a name has a dot in it."""
        first: dict[str, Placeholder] = {}
        for one in placeholders(tree):
            if first.setdefault(one.path, one) is not one:
                message = "is the path of two hyper-parameters; rename one whose name has a dot"
                yield self.document.problem(one.at, one.path, message)

    def _put_hyper_parameters(self, templater: Templater, trees: Trees) -> None:
        """Put the hyper-parameters of the section `hyper_parameters` into the templates, the evaluator's included."""
        apart = self.document.data["search_space"].get("hyper_parameters")
        beside = {name: trees[name] for name in ("evaluator",) if name in trees and name not in trees["search_space"]}
        whole = templater.put_all({**trees["search_space"], **beside}, apart, ("search_space",))
        trees |= {section: whole.pop(section) for section in beside}
        trees["search_space"] = whole

    def _input_size(self) -> int | None:
        """Return the `input_size` of the first part, which is height and width of the input; None if it has none."""
        space = self.document.data["search_space"]
        while isinstance(space, Mapping) and space.get("modules"):
            first = space["modules"][0]
            space = first if isinstance(first, Mapping) else space.get(first)
        size = space.get("input_size") if isinstance(space, Mapping) else None
        return size if isinstance(size, int) else None

    def _written_shape(self, names: Sequence[str], space: Mapping[str, Any]) -> Shape:
        if len(names) > 1:
            self._problem(("search_space", names[1]), names[1], f"says what {names[0]} says; write one of them")
            return INPUT_SHAPE
        try:
            return described(space[names[0]])
        except ValueError as error:
            self._problem(("search_space", names[0]), names[0], str(error))
            return INPUT_SHAPE

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))


def _composite(space: Any) -> Any:
    """Return a space without the sections that are no parameters, and with its type if that is left out."""
    if not isinstance(space, Mapping):
        return space
    given = {} if "type" in space or nearest("type", space) else {"type": COMPOSITE}
    sections = ("hyper_parameters", "forbidden", *_written_inputs(space))
    return {**given, **{key: value for key, value in space.items() if key not in sections}}


def _written_inputs(space: Any) -> list[str]:
    """Return the names under which a space says what its input is; a part may have the name `input`, too."""
    if not isinstance(space, Mapping):
        return []
    parts = space.get("modules")
    is_part = isinstance(parts, list) and "input" in parts
    return [name for name in ("input_shape", "input") if name in space and not (name == "input" and is_part)]
