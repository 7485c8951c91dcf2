"""The trials of a study: the store, and indexes of it that every step needs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from fgspace.study.front import Values, non_dominated
from fgspace.study.objectives import Objectives
from fgspace.study.storage.memory import MemoryStore
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.trial import EVALUATED, Trial


class Ledger:
    """Records trials in a store, and indexes the running ones, the front, and the first trial of each point."""

    def __init__(self, store: MemoryStore | SqliteStore, objectives: Objectives) -> None:
        self.store = store
        self.count = len(store)
        self.running: dict[int, Trial] = {}
        self.evaluated = 0
        self.leaders = Leaders(objectives)
        self._first: dict[int, int] = {}
        self._copies: defaultdict[int, list[Trial]] = defaultdict(list)

    def earlier(self, trial: Trial, identity: int) -> Trial | None:
        """Return the first trial of this identity, None where it is this trial."""
        number = self._first.setdefault(identity, trial.number)
        if number == trial.number:
            return None
        return self.running.get(number) or self.store[number]

    def add(self, trial: Trial) -> None:
        """Record a new trial, running or finished at once."""
        self.store.add(trial)
        self.count += 1
        self.note(trial)

    def finish(self, trial: Trial) -> list[Trial]:
        """Record the outcome of a running trial, and return the running trials that are duplicates of it."""
        self.store.finish(trial)
        del self.running[trial.number]
        self.note(trial)
        return self._copies.pop(trial.number, [])

    def note(self, trial: Trial) -> None:
        """Index a trial that is in the store."""
        if trial.state != "running":
            self.evaluated += trial.duplicate_of is None and trial.state in EVALUATED
            self.leaders.add(trial)
            return
        self.running[trial.number] = trial
        if trial.duplicate_of is not None:
            self._copies[trial.duplicate_of].append(trial)

    def left_running(self) -> Iterator[Trial]:
        """Index the trials that were running when the store was last written, and yield them by number."""
        for trial in self.store.running():
            self.note(trial)
            yield trial

    def front(self) -> list[Trial]:
        """Return the trials on the front, by number."""
        return [self.store[number] for number in self.leaders.numbers()]


class Leaders:
    """The numbers of the trials on the front; trials are added one by one, and ranked when the numbers are read."""

    def __init__(
        self, objectives: Objectives, trials: Iterable[Trial] = (), candidates: Iterable[tuple[int, Values]] = ()
    ) -> None:
        self._objectives = objectives
        self._candidates: list[tuple[int, Values]] = list(candidates)
        self._ranked = 0
        self._is_single = len(objectives.directions) == 1
        for trial in trials:
            self.add(trial)

    def add(self, trial: Trial) -> None:
        """Add a finished trial; one that can never be on the front (infeasible, failed, a duplicate) is ignored."""
        if trial.duplicate_of is None and self._objectives.is_feasible(trial):
            self._candidates.append((trial.number, self._objectives.values(trial)))

    def numbers(self) -> list[int]:
        """Return the numbers of the feasible trials that no other dominates, in order."""
        return sorted(number for number, _ in self.ranked())

    def candidates(self) -> list[tuple[int, Values]]:
        """Return numbers and values among which those of the front are; any thread may ask, it changes nothing."""
        return list(self._candidates)

    def ranked(self) -> list[tuple[int, Values]]:
        """Return the numbers of those trials with their values, each to be minimised."""
        if self._ranked != len(self._candidates):
            kept = self._best() if self._is_single else non_dominated([values for _, values in self._candidates])
            # A trial that is dominated stays dominated: only those on the front are compared with later ones.
            self._candidates = [self._candidates[index] for index in kept]
            self._ranked = len(kept)
        return list(self._candidates)

    def _best(self) -> list[int]:
        best = min(values for _, values in self._candidates)
        return [index for index, (_, values) in enumerate(self._candidates) if values == best]
