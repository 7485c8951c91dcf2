"""The study that a report is about: one that runs in this program, or the results in a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from fgspace.plugins.registry import Registry
from fgspace.study.identity import Identity
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial


class Reported(Protocol):
    """A `Study` or the `Results` of one."""

    identity: Identity
    objectives: Objectives

    @property
    def trials(self) -> Sequence[Trial]:
        """The trials by number."""

    def front(self) -> list[Trial]:
        """Return the trials that no other dominates."""


@dataclass(frozen=True)
class Source:
    """A study as a report sees it: read once, so that all its figures show the same trials.

    `folder` is the folder of the results, None of a study that a program holds. `registry` has the types that its
    networks are drawn with.
    """

    name: str
    study: Reported
    registry: Registry
    folder: Path | None = None

    @cached_property
    def trials(self) -> list[Trial]:
        """The trials by number."""
        return list(self.study.trials)

    @cached_property
    def measured(self) -> list[Trial]:
        """The trials with metrics, each description once."""
        return [trial for trial in self.trials if trial.measured and trial.duplicate_of is None]

    @cached_property
    def feasible(self) -> list[Trial]:
        """The trials that can be on the front, each description once."""
        is_feasible = self.study.objectives.is_feasible
        return [trial for trial in self.trials if trial.duplicate_of is None and is_feasible(trial)]

    @cached_property
    def front(self) -> list[Trial]:
        """The trials on the front: of those that were read, since the study may go on."""
        return self.study.objectives.front(self.feasible)

    @property
    def identity(self) -> Identity:
        """The identity of the study."""
        return self.study.identity

    @property
    def objectives(self) -> Objectives:
        """The objectives and constraints of the study."""
        return self.study.objectives
