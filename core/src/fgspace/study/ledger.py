"""What a study knows of its trials: the store, and beside it what every step looks up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from fgspace.study.front import Values, non_dominated
from fgspace.study.objectives import Objectives
from fgspace.study.storage.memory import MemoryStore
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.trial import EVALUATED, Trial


class Ledger:
    """Records trials in a store, and keeps which run, which lead, how many count and who was first with a point."""

    def __init__(self, store: MemoryStore | SqliteStore, objectives: Objectives) -> None:
        self.store = store
        self.count = len(store)
        self.running: dict[int, Trial] = {}
        self.evaluated = 0
        self.leaders = Leaders(objectives)
        self._first: dict[int, int] = {}
        self._copies: defaultdict[int, list[Trial]] = defaultdict(list)

    def earlier(self, trial: Trial, identity: int) -> Trial | None:
        """Return the first trial of this identity, None where that is the trial itself."""
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
        """Record what became of a running trial, and return the running duplicates that share it."""
        self.store.finish(trial)
        del self.running[trial.number]
        self.note(trial)
        return self._copies.pop(trial.number, [])

    def note(self, trial: Trial) -> None:
        """Take in a trial that the store has."""
        if trial.state != "running":
            self.evaluated += trial.duplicate_of is None and trial.state in EVALUATED
            self.leaders.add(trial)
            return
        self.running[trial.number] = trial
        if trial.duplicate_of is not None:
            self._copies[trial.duplicate_of].append(trial)

    def left_running(self) -> Iterator[Trial]:
        """Take in the trials that a store was left with, and yield each that was running, by number."""
        for trial in self.store.running():
            self.note(trial)
            yield trial

    def front(self) -> list[Trial]:
        """Return the trials that lead, by number."""
        return [self.store[number] for number in self.leaders.numbers()]


class Leaders:
    """The numbers of the trials on the front: trials are added one by one and ranked when somebody looks."""

    def __init__(self, objectives: Objectives, trials: Iterable[Trial] = ()) -> None:
        self._objectives = objectives
        self._candidates: list[tuple[int, Values]] = []
        self._ranked = 0
        self._is_single = len(objectives.directions) == 1
        for trial in trials:
            self.add(trial)

    def add(self, trial: Trial) -> None:
        """Take in a finished trial; what can never lead (infeasible, failed, a duplicate) is passed over."""
        if trial.duplicate_of is None and self._objectives.is_feasible(trial):
            self._candidates.append((trial.number, self._objectives.values(trial)))

    def numbers(self) -> list[int]:
        """Return the numbers of the feasible trials that no other dominates, in order."""
        if self._ranked != len(self._candidates):
            kept = self._best() if self._is_single else non_dominated([values for _, values in self._candidates])
            # Whoever is dominated now stays so: only those that lead compete with what comes.
            self._candidates = [self._candidates[index] for index in kept]
            self._ranked = len(kept)
        return sorted(number for number, _ in self._candidates)

    def _best(self) -> list[int]:
        best = min(values for _, values in self._candidates)
        return [index for index, (_, values) in enumerate(self._candidates) if values == best]
