"""The trials that lead a study so far, kept up at almost no cost a trial."""

from collections.abc import Iterable

from fgspace.study.front import Values, non_dominated
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial


class Leaders:
    """The numbers of the trials on the front: trials are added one by one and ranked when somebody looks."""

    def __init__(self, objectives: Objectives, trials: Iterable[Trial] = ()) -> None:
        self._objectives = objectives
        self._candidates: list[tuple[int, Values]] = []
        self._ranked = 0
        for trial in trials:
            self.add(trial)

    def add(self, trial: Trial) -> None:
        """Take in a finished trial; what can never lead (infeasible, failed, a duplicate) is passed over."""
        if trial.duplicate_of is None and self._objectives.is_feasible(trial):
            self._candidates.append((trial.number, self._objectives.values(trial)))

    def numbers(self) -> list[int]:
        """Return the numbers of the feasible trials that no other dominates, in order."""
        if self._ranked != len(self._candidates):
            kept = non_dominated([values for _, values in self._candidates])
            # Whoever is dominated now stays so: only those that lead compete with what comes.
            self._candidates = [self._candidates[index] for index in kept]
            self._ranked = len(kept)
        return sorted(number for number, _ in self._candidates)
