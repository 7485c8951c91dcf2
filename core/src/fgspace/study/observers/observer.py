"""The contract of an observer, which is told what happens in a study while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fgspace.study.objectives import Direction
from fgspace.study.trial import Report, Trial


@dataclass(frozen=True)
class StudyFacts:
    """What an observer is told of a study as a whole; plain JSON but for the folder.

    `name` is the name of its folder, and `folder` None of a study in memory. `trials` is the number of evaluated trials
    in the end, `told` the number of trials that it had before.
    """

    name: str
    folder: Path | None
    trials: int
    told: int
    algorithm: str
    objectives: Mapping[str, Direction]
    constraints: Mapping[str, Any]
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)
    evaluator: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    space: str = ""


class Observer:
    """Is told what happens in a study; each method does nothing until it is overridden.

    All of them are called in the process that runs the study, in its thread. A class; its parameters are its options.
    An observer that raises is left out from there on, with a warning, and the study goes on.
    """

    reports = False
    """Whether `reported` is to be called; evaluators that report then do so, which may take them time."""

    def study_began(self, study: StudyFacts) -> None:
        """The study begins, or goes on."""

    def trial_began(self, trial: Trial) -> None:
        """A trial is about to be evaluated; one that needs no evaluation only ends."""

    def reported(self, trial: Trial, report: Report) -> None:
        """A trial has reported its metrics after an epoch: each report once, in order, before the trial ends."""

    def trial_ended(self, trial: Trial) -> None:
        """A trial is finished: complete, stopped, failed, infeasible, or a duplicate."""

    def study_ended(self, front: Sequence[Trial], outputs: Path | None) -> None:
        """The study ends, for whatever reason; `outputs` is the folder of its results, None if it wrote none."""
