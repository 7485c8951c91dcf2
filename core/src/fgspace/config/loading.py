"""Reads and checks the sections of one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from fgspace.config.costs import check_section, space_with_costs, written_costs
from fgspace.config.experiment import Experiment, metrics_of
from fgspace.config.foreign_files import advised
from fgspace.config.initial_points import SECTION, completed_all
from fgspace.config.measurements import measured_names, written_measurements
from fgspace.config.places import of_section
from fgspace.config.program_input import document_of
from fgspace.config.settings import COSTS, Settings
from fgspace.documents.document import Document, Path
from fgspace.errors import DescriptionError, FgspaceError, Problem, did_you_mean
from fgspace.network.costs import Shape
from fgspace.network.expected import Expected
from fgspace.network.inputs import InputShape, as_shape
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import make
from fgspace.signatures.full_names import has_process
from fgspace.signatures.reasons import FAILURES
from fgspace.spaces.loading import INPUT_SHAPE, SpaceReader
from fgspace.spaces.python_spaces import space_in
from fgspace.spaces.space import Point, Space
from fgspace.spaces.templates.chains import chained
from fgspace.spaces.templates.checks import Checker
from fgspace.spaces.templates.placeholders import fill_at_start, has_placeholder
from fgspace.spaces.templates.templater import Templater

SECTIONS = (
    "search_space",
    "search_algorithm",
    "evaluator",
    "early_stopping",
    "objectives",
    "constraints",
    "costs",
    "measure",
    "budget",
    "executor",
    "seed",
    "deterministic",
    "initial_points",
    "log",
    "definitions",
    "expects",
    "origins",
)
"""What a file may hold; `definitions` is there to be anchored, and the `origins` of a frozen file are not read back.

`expects` is what a search recorded of a network, for those who use it; a search does not read it back.
"""

Source = str | FilePath | Mapping[str, Any] | Document


def load(
    source: Any,
    *,
    registry: Registry | None = None,
    input_shape: InputShape | None = None,
    processes: bool = True,
) -> Experiment:
    """Read and check an experiment; `fgspace.space` documents the arguments and errors.

    A file that is none, but one of another tool, is answered with how to convert it.
    Without `processes`, whether processes fit the initial network is not checked: that may take torch, and seconds.
    """
    registry = registry or default_registry()
    try:
        return _Loader(chained(document_of(source, registry)), registry, processes).experiment(input_shape)
    except FgspaceError as error:
        if isinstance(source, str | FilePath):
            raise advised(error, FilePath(source), registry, SECTIONS) from error
        raise


def space_of(source: Any, *, registry: Registry | None = None, input_shape: InputShape | None = None) -> Space:
    """Return the space of whatever a program gives: a space, a space class, or what `load` takes."""
    space = space_in(source)
    if space is None:
        return load(source, registry=registry, input_shape=input_shape).space
    return space if input_shape is None else space.with_input(input_shape)


@dataclass
class _Loader:
    """Reads one document section by section, and collects its problems."""

    document: Document
    registry: Registry
    processes: bool = True
    problems: list[Problem] = field(default_factory=list)

    def experiment(self, input_shape: InputShape | None) -> Experiment:
        reader = SpaceReader(self.document, self.registry, self.problems)
        trees = reader.trees()
        algorithm = self._plain("search_algorithm", "algorithm")
        executor = self._plain("executor", "executor")
        stopping = self._plain("early_stopping", "early_stopping")
        log = self._log()
        evaluator = fill_at_start(trees.get("evaluator"))
        self.problems += check_section(self.document)
        measure = written_measurements(self.document, self.registry, self.problems)
        made = None
        if not self.problems:  # only what is sound has widths to check
            shape = reader.input_shape(input_shape, lambda: self._shape_of_data(evaluator))
            made = self._with_costs(reader.space(trees, shape, self.processes))
        settings = Settings(self.document, self._metrics(evaluator, None if self.problems else made))
        objectives, constraints = settings.objectives(), settings.constraints()
        budget, seed, deterministic = settings.budget(), settings.seed(), settings.deterministic()
        self.problems += settings.problems
        points, expects = self._initial_points(made), self._expects()
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
            expects,
            log,
            measure,
        )

    def _known_sections(self) -> None:
        for key in self.document.data:
            if key not in SECTIONS:
                near = did_you_mean(key, SECTIONS) or f"; there are {', '.join(SECTIONS)}"
                self._problem((key,), key, f"unknown section{near}", key=True)

    def _plain(self, name: str, kind: Kind) -> Mapping[str, Any]:
        """Return a section, checked, that may hold no domains."""
        section = self.document.data.get(name)
        return {} if section is None else self._checked(section, (name,), name, kind)

    def _checked(self, section: Any, at: Path, shown: str, kind: Kind) -> Mapping[str, Any]:
        tree = Templater(self.document, self.registry).tree(section, at, shown)
        if has_placeholder(tree):
            self._problem(at, shown, "a domain may stand in search_space and in evaluator, not here")
        else:
            checker = Checker(self.document, self.registry)
            checker.part(tree, at, shown, kind)
            self.problems += checker.problems
        return dict(section) if isinstance(section, Mapping) else {}

    def _with_costs(self, made: Space | None) -> Space | None:
        """Return the space with the costs of the file."""
        if made is None or not written_costs(self.document):
            return made
        return space_with_costs(made, self.document, self.registry, self.problems)

    def _log(self) -> tuple[Mapping[str, Any], ...]:
        """Return the observers that the file names: a name, a mapping of a type and its options, or a list of these."""
        section = self.document.data.get("log")
        if section is None:
            return ()
        found = []
        for index, one in enumerate(section if isinstance(section, list) else [section]):
            at: Path = ("log", index) if isinstance(section, list) else ("log",)
            written = {"type": one} if isinstance(one, str) else one
            found.append(self._checked(written, at, ".".join(map(str, at)), "observer"))
        return tuple(found)

    def _initial_points(self, made: Space | None) -> tuple[Point, ...]:
        written = self.document.data.get(SECTION)
        if made is None or written is None:
            return ()
        try:
            return completed_all(made, written, self.document)
        except DescriptionError as error:
            self.problems += error.problems
            return ()

    def _expects(self) -> Expected:
        written = self.document.data.get("expects")
        try:
            return Expected() if written is None else Expected.of(written)
        except ValueError as error:
            self.problems.append(of_section(self.document, "expects", error))
            return Expected()

    def _metrics(self, evaluator: Any, made: Space | None) -> tuple[str, ...] | None:
        """Return the names of the metrics of a trial; None if the file has no evaluator, or they are unknown."""
        try:
            measured = self._measured(evaluator) if isinstance(evaluator, Mapping) else None
        except ValueError as error:
            self.problems.append(of_section(self.document, "evaluator", error))
            return None
        if measured is None:
            return None
        if not has_process(self.document.data.get("search_space"), self.registry):
            return (*measured, *measured_names(self.document), *COSTS, *written_costs(self.document))
        return None if made is None else (*measured, *measured_names(self.document), *made.cost())

    def _measured(self, evaluator: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Return the metrics of an evaluator; None if it is unknown, or if they depend on options that are wrong."""
        try:
            target = self.registry.get("evaluator", str(evaluator.get("type"))).load()
        except FgspaceError:
            return None  # reported where the type is checked
        named = metrics_of(target)
        if named is not None or self.problems:
            return named
        try:  # they may be a property of what the options make
            found = getattr(make(self.registry, "evaluator", evaluator, seed=0, folder=None), "metrics", None)
        except FAILURES:
            return None  # reported where the evaluator is made
        return None if found is None else tuple(found)

    def _shape_of_data(self, evaluator: Mapping[str, Any] | None) -> Shape:
        if evaluator is None:
            return INPUT_SHAPE
        try:
            made = make(self.registry, "evaluator", evaluator, seed=0, folder=None)
            return as_shape(getattr(made, "input_shape", None) or INPUT_SHAPE)
        except FAILURES as error:
            self.problems.append(of_section(self.document, "evaluator", error))
            return INPUT_SHAPE

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))
