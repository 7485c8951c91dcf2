"""The store of a study that is kept in memory only."""

from collections.abc import Iterator, Sequence
from typing import overload

from fgspace.study.trial import Metrics, Trial


class MemoryStore(Sequence[Trial]):
    """Holds the trials by number, and the order in which they were told."""

    def __init__(self) -> None:
        self._trials: list[Trial] = []
        self._told: list[int] = []
        self._held_out: dict[int, Metrics] = {}

    def add(self, trial: Trial) -> None:
        """Record a new trial, running or finished at once."""
        self._trials.append(trial)
        if trial.state != "running":
            self._told.append(trial.number)

    def finish(self, trial: Trial) -> None:
        """Record the outcome of a running trial."""
        self._trials[trial.number] = trial
        self._told.append(trial.number)

    def told(self) -> Iterator[Trial]:
        """Yield the finished trials in the order of telling."""
        return (self._trials[number] for number in self._told)

    def running(self) -> list[Trial]:
        """Return the trials that were asked for and not told, by number."""
        return [trial for trial in self._trials if trial.state == "running"]

    def keep_held_out(self, number: int, metrics: Metrics) -> None:
        """Record the metrics of a trial on held-out data."""
        self._held_out[number] = metrics

    def held_out(self, number: int) -> Metrics | None:
        """Return the metrics of a trial on held-out data, None where they were not measured."""
        return self._held_out.get(number)

    def close(self) -> None:
        """Do nothing: memory needs no closing."""

    def __len__(self) -> int:
        return len(self._trials)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        return self._trials[index]
