"""An experiment: what one file says of a search, checked as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from fgspace.chains import chained
from fgspace.check import Checker
from fgspace.declared import put_following
from fgspace.defaults import default_registry, network_of
from fgspace.description.document import Document, Path
from fgspace.description.reader import read
from fgspace.description.signature import is_network
from fgspace.description.values import misfit
from fgspace.errors import DescriptionError, FgspaceError, Problem, did_you_mean
from fgspace.given import SECTION, completed_all
from fgspace.hookspecs import Kind
from fgspace.making import make, takes
from fgspace.named import expand
from fgspace.naming import has_process, with_full_names
from fgspace.network.costs import PartError
from fgspace.output import output_problem
from fgspace.registry import Registry
from fgspace.settings import COSTS, Settings
from fgspace.spaces import Point, Space
from fgspace.template import Later, Templater, document_path, fill_at_start, has_hole
from fgspace.widths import Following

INPUT_SHAPE = (3, 32, 32)
"""Channels, height and width of the input where neither the file nor its data say."""
SECTIONS = (
    "search_space",
    "search_algorithm",
    "evaluator",
    "early_stopping",
    "objectives",
    "constraints",
    "budget",
    "executor",
    "seed",
    "deterministic",
    "initial_points",
    "origins",
)
"""What a file may hold; `origins` says in a frozen one where its types came from, and is not read back."""

Source = str | FilePath | Mapping[str, Any] | Document


@dataclass(frozen=True)
class Experiment:
    """What a file says: a space, and how it is to be searched; every part of it checked."""

    space: Space
    registry: Registry
    document: Document
    algorithm: Mapping[str, Any]
    evaluator: Mapping[str, Any] | None
    objectives: Mapping[str, str]
    constraints: Mapping[str, Mapping[str, float]]
    budget: Mapping[str, Any]
    executor: Mapping[str, Any]
    seed: int
    deterministic: int | None
    early_stopping: Mapping[str, Any]
    initial_points: tuple[Point, ...]

    def make_evaluator(self, *, seed: int | None = None, folder: FilePath | None = None) -> Any:
        """Make the evaluator that the file names, and ready for its first trial.

        Raises:
            FgspaceError: the file names none.
            DescriptionError: an option of it cannot be, its data are not there, it reports nothing and is to be stopped
                early, or the network at its start does not put out what it measures.
        """
        if self.evaluator is None:
            raise FgspaceError("the file has no evaluator; add for instance evaluator: {type: ImageClassification}")
        seed = self.seed if seed is None else seed
        try:
            made = make(self.registry, "evaluator", self.evaluator, seed=seed, folder=folder)
            if hasattr(made, "prepare"):
                made.prepare()
        except (ValueError, FgspaceError) as error:
            raise DescriptionError([_of_evaluator(self.document, error)]) from error
        if self.early_stopping and not takes(made, "report"):
            message = f"{self.evaluator['type']} reports nothing to stop by: its call takes no 'report'; leave this out"
            raise DescriptionError([self.document.problem(("early_stopping",), "early_stopping", message)])
        wrong = output_problem(made, self.space, self.document, self.registry)
        if wrong is not None:
            raise DescriptionError([wrong])
        return made

    def located(self, error: PartError, point: Mapping[str, Any] | None = None, note: str = "") -> Problem:
        """Return what is wrong with a part of the network at a point, or at the initial one, where it is written."""
        at = document_path(self.space.tree, error.path, point)
        return self.document.problem(at, ".".join(error.path), error.message + note)


def _of_evaluator(document: Document, error: Exception) -> Problem:
    return document.problem(("evaluator",), "evaluator", str(error).removeprefix("evaluator: "))


def load(source: Any, *, registry: Registry | None = None, input_shape: Sequence[int] | None = None) -> Experiment:
    """Read and check an experiment; `fgspace.space` tells the arguments and errors."""
    return _Loader(chained(_document(source)), registry or default_registry()).experiment(input_shape)


def _document(source: Any) -> Document:
    if isinstance(source, Document):
        return source
    if isinstance(source, str | FilePath):
        return read(source)
    data = source if isinstance(source, Mapping) and "search_space" in source else {"search_space": source}
    return Document(data)


def _without_apart(space: Any) -> Any:
    if not isinstance(space, Mapping):
        return space
    return {key: value for key, value in space.items() if key != "hyper_parameters"}


@dataclass
class _Loader:
    """Reads one document section by section, and collects what is wrong."""

    document: Document
    registry: Registry
    problems: list[Problem] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)

    def experiment(self, input_shape: Sequence[int] | None) -> Experiment:
        tree = self._template()
        algorithm = self._plain("search_algorithm", "algorithm")
        executor = self._plain("executor", "executor")
        stopping = self._plain("early_stopping", "early_stopping")
        evaluator = fill_at_start(tree.get("evaluator"))
        made = None
        if not self.problems:  # only what is sound has widths to hold
            made = self._space(tree["search_space"], tree.get("evaluator"), self._shape(input_shape, evaluator))
        settings = Settings(self.document, self._metrics(evaluator, None if self.problems else made))
        objectives, constraints = settings.objectives(), settings.constraints()
        budget, seed, deterministic = settings.budget(), settings.seed(), settings.deterministic()
        self.problems += settings.problems
        points = self._initial_points(made)
        self._known_sections()
        if made is None or self.problems:
            raise DescriptionError(self.problems)
        return Experiment(
            made,
            self.registry,
            self.document,
            algorithm,
            evaluator,
            objectives,
            constraints,
            budget,
            executor,
            seed,
            deterministic,
            stopping,
            points,
        )

    def _known_sections(self) -> None:
        for key in self.document.data:
            if key not in SECTIONS:
                near = did_you_mean(key, SECTIONS) or f"; there are {', '.join(SECTIONS)}"
                self._problem((key,), key, f"unknown section{near}", key=True)

    def _template(self) -> dict[str, Any]:
        """Return the checked template of the space, and of the evaluator where there is one."""
        templater = Templater(self.document, self.registry, expand)
        data = self.document.data
        if "search_space" not in data:
            self._problem((), "", "expected a section search_space")
            return {}
        tree = {"search_space": templater.tree(_without_apart(data["search_space"]), ("search_space",), "")}
        if data.get("evaluator") is not None:
            tree["evaluator"] = templater.tree(data["evaluator"], ("evaluator",), "evaluator")
        if isinstance(tree["search_space"], dict):
            self._put_apart(templater, tree)
        checker = Checker(self.document, self.registry)
        checker.part(tree["search_space"], ("search_space",), "")
        if "evaluator" in tree:
            checker.part(tree["evaluator"], ("evaluator",), "evaluator", "evaluator")
        # What could not be read, leaves a hole that a check finds too.
        told = {problem.place or problem.path for problem in templater.problems}
        found = [problem for problem in checker.problems if (problem.place or problem.path) not in told]
        self.problems += [*templater.problems, *found]
        self.later = templater.later
        return tree

    def _put_apart(self, templater: Templater, tree: dict[str, Any]) -> None:
        """Put the hyper-parameters that are written apart into the template, those of the evaluator too."""
        apart = self.document.data["search_space"].get("hyper_parameters")
        beside = {name: tree[name] for name in ("evaluator",) if name in tree and name not in tree["search_space"]}
        whole = templater.put_all({**tree["search_space"], **beside}, apart, ("search_space",))
        tree |= {section: whole.pop(section) for section in beside}
        tree["search_space"] = whole

    def _plain(self, name: str, kind: Kind) -> Mapping[str, Any]:
        """Return a checked section in which nothing is searched."""
        section = self.document.data.get(name)
        if section is None:
            return {}
        tree = Templater(self.document, self.registry).tree(section, (name,), name)
        if has_hole(tree):
            self._problem((name,), name, "a domain may stand in search_space and in evaluator, not here")
        else:
            checker = Checker(self.document, self.registry)
            checker.part(tree, (name,), name, kind)
            self.problems += checker.problems
        return dict(section) if isinstance(section, Mapping) else {}

    def _initial_points(self, made: Space | None) -> tuple[Point, ...]:
        written = self.document.data.get(SECTION)
        if made is None or written is None:
            return ()
        try:
            return completed_all(made, written, self.document)
        except DescriptionError as error:
            self.problems += error.problems
            return ()

    def _metrics(self, evaluator: Any, made: Space | None) -> tuple[str, ...] | None:
        """Return the metrics that trials will have; None where the file has no evaluator, or they cannot be known."""
        if not isinstance(evaluator, Mapping):
            return None
        try:
            measured = self.registry.get("evaluator", str(evaluator.get("type"))).load().metrics
        except FgspaceError:
            return None
        if not has_process(self.document.data.get("search_space"), self.registry):
            return (*measured, *COSTS)
        return None if made is None else (*measured, *made.cost())

    def _shape(self, given: Sequence[int] | None, evaluator: Mapping[str, Any] | None) -> tuple[int, ...]:
        if given is not None:
            return tuple(given)
        if isinstance(self.document.data["search_space"], Mapping):
            written = self.document.data["search_space"].get("input_shape")
            if written is not None:
                return self._written_shape(written)
        size = self._input_size()
        if size is not None and evaluator is None:
            return INPUT_SHAPE[0], size, size
        if evaluator is not None:
            return self._shape_of_data(evaluator)
        return INPUT_SHAPE

    def _shape_of_data(self, evaluator: Mapping[str, Any]) -> tuple[int, ...]:
        try:
            made = make(self.registry, "evaluator", evaluator)
            return tuple(getattr(made, "input_shape", None) or INPUT_SHAPE)
        except (ValueError, FgspaceError) as error:
            self.problems.append(_of_evaluator(self.document, error))
            return INPUT_SHAPE

    def _input_size(self) -> int | None:
        """Return the height and width that the first part says its input has, where it says so."""
        space = self.document.data["search_space"]
        while isinstance(space, Mapping) and space.get("modules"):
            first = space["modules"][0]
            space = first if isinstance(first, Mapping) else space.get(first)
        size = space.get("input_size") if isinstance(space, Mapping) else None
        return size if isinstance(size, int) else None

    def _written_shape(self, written: Any) -> tuple[int, ...]:
        wrong = misfit(written, list[int])
        if wrong is None and written and min(written) > 0:
            return tuple(written)
        message = f"expected the sizes of one input, for instance [3, 32, 32]; got {written!r}"
        self._problem(("search_space", "input_shape"), "input_shape", message)
        return INPUT_SHAPE

    def _space(self, tree: dict[str, Any], evaluator: Any, input_shape: tuple[int, ...]) -> Space:
        tree.pop("input_shape", None)
        network = network_of(self.registry)
        for wrong in put_following(self.later, tree, network, input_shape):
            self._problem(wrong.at, wrong.path, wrong.message, key=True)
        if is_network(tree):
            for path, message in network.check(fill_at_start(tree), input_shape):
                self._problem(document_path(tree, path), ".".join(path), message)
        following = Following(self.registry).tree(tree)
        if evaluator is not None and has_hole(evaluator):
            following["evaluator"] = evaluator
        return Space(following, network, input_shape, lambda plain: with_full_names(plain, self.registry))

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))
