"""An experiment: the checked sections of one file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from fgspace.config.network_output import output_problem
from fgspace.documents.document import Document
from fgspace.errors import DescriptionError, FgspaceError, Problem
from fgspace.network.costs import PartError
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import make, takes
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.space import Point, Space
from fgspace.spaces.templates.placeholders import document_path


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

    def make_evaluator(self, *, seed: int | None = None, folder: FilePath | None = None) -> Any:
        """Make the evaluator that the file names, and prepare it for its first trial.

        Raises:
            FgspaceError: the file names none.
            DescriptionError: an option is wrong, the data do not exist, early stopping is asked for and it does not
                report, or it cannot measure the output of the initial network.
        """
        if self.evaluator is None:
            raise FgspaceError("the file has no evaluator; add for instance evaluator: {type: ImageClassification}")
        seed = self.seed if seed is None else seed
        try:
            made = make(self.registry, "evaluator", self.evaluator, seed=seed, folder=folder)
            if hasattr(made, "prepare"):
                made.prepare()
        except FAILURES as error:
            raise DescriptionError([of_evaluator(self.document, error)]) from error
        if self.early_stopping and not takes(made, "report"):
            message = f"{self.evaluator['type']} reports nothing to stop by: its call takes no 'report'; leave this out"
            raise DescriptionError([self.document.problem(("early_stopping",), "early_stopping", message)])
        wrong = output_problem(made, self.space, self.document, self.registry)
        if wrong is not None:
            raise DescriptionError([wrong])
        return made

    def located(self, error: PartError, point: Mapping[str, Any] | None = None, note: str = "") -> Problem:
        """Return an error of a part of the network at a point (the initial one) as a problem with its place."""
        at = document_path(self.space.tree, error.path, point)
        return self.document.problem(at, ".".join(error.path), error.message + note)


def of_evaluator(document: Document, error: BaseException) -> Problem:
    """Return an exception of making an evaluator as a problem of its section."""
    return document.problem(("evaluator",), "evaluator", reason(error).removeprefix("evaluator: "))


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
