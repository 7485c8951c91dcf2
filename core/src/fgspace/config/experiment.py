"""An experiment: the checked sections of one file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from fgspace.config.initial_network import output_problem, weights_problem
from fgspace.config.places import of_part, of_section
from fgspace.config.starting_weights import starts_problem
from fgspace.documents.document import Document
from fgspace.errors import DescriptionError, FgspaceError, Problem
from fgspace.network.costs import PartError
from fgspace.network.expected import Expected
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import make, takes
from fgspace.signatures.reasons import FAILURES
from fgspace.spaces.space import Point, Space


@dataclass(frozen=True)
class Experiment:
    """A space, and how it is to be searched."""

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
    expects: Expected
    """What the network of the file expects of its input, as a search recorded it in a description."""
    log: tuple[Mapping[str, Any], ...] = ()
    """The observers that the file names, with their options."""
    measure: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    """Name → what is measured of every trial, with its options."""

    def make_evaluator(self, *, seed: int | None = None, folder: FilePath | None = None) -> Any:
        """Make the evaluator that the file names, and prepare it for its first trial.

        Raises:
            FgspaceError: the file names none.
            DescriptionError: an option is wrong, the data do not exist, early stopping is asked for and it does not
                report, or it cannot measure the output of the initial network, or load its weights.
        """
        if self.evaluator is None:
            raise FgspaceError("the file has no evaluator; add for instance evaluator: {type: ImageClassification}")
        made = self._evaluator(self.seed if seed is None else seed, folder, prepared=True)
        self._check(made, output_problem(made, self.space, self.document, self.registry))
        return made

    def make_measurements(self) -> dict[str, Any]:
        """Make what the file has measured of every trial, by name."""
        return {name: make(self.registry, "measurement", written) for name, written in self.measure.items()}

    def check_evaluator(self) -> None:
        """Check the evaluator that the file names, if any, without its data, and the weights that parts start from.

        Raises:
            DescriptionError: as `make_evaluator`.
        """
        if self.evaluator is not None:
            self._check(self._evaluator(self.seed, None, prepared=False), None)
        elif (wrong := starts_problem(self.space, self.document)) is not None:
            raise DescriptionError([wrong])

    def _evaluator(self, seed: int, folder: FilePath | None, *, prepared: bool) -> Any:
        try:
            made = make(self.registry, "evaluator", self.evaluator or {}, seed=seed, folder=folder, space=self.space)
            if hasattr(made, "check_options"):
                made.check_options()
            if prepared and hasattr(made, "prepare"):
                made.prepare()
        except FAILURES as error:
            raise DescriptionError([of_section(self.document, "evaluator", error)]) from error
        return made

    def _check(self, made: Any, wrong: Problem | None) -> None:
        """Raise DescriptionError for this problem, or the first that is found with an evaluator."""
        if self.early_stopping and not takes(made, "report"):
            name = (self.evaluator or {})["type"]
            message = f"{name} reports nothing to stop by: its call takes no 'report'; leave this out"
            raise DescriptionError([self.document.problem(("early_stopping",), "early_stopping", message)])
        wrong = wrong or starts_problem(self.space, self.document)
        wrong = wrong or weights_problem(made, self.space, self.document)
        if wrong is not None:
            raise DescriptionError([wrong])

    def located(self, error: PartError, point: Mapping[str, Any] | None = None, note: str = "") -> Problem:
        """Return an error of a part of the network at a point (the initial one) as a problem with its place."""
        return of_part(self.document, self.space.tree, error, point, note)


def metrics_of(evaluator: Any) -> tuple[str, ...] | None:
    """Return the names of the metrics of an evaluator's class; None where only its instances tell them.

    Raises:
        ValueError: they are not written as names.
    """
    names = getattr(evaluator, "metrics", None)
    if names is None or isinstance(names, property) or hasattr(names, "__get__"):
        return None
    if isinstance(names, str) or not isinstance(names, Iterable) or not all(isinstance(name, str) for name in names):
        example = f"({names!r},)" if isinstance(names, str) else "('accuracy',)"
        raise ValueError(f"{evaluator.__name__}.metrics: expected a tuple of names, such as {example}; got {names!r}")
    return tuple(names)
