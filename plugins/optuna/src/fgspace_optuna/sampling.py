"""A sampler of Optuna as a search algorithm: made anew for each ask, from the seed and the trials that were told."""

from abc import abstractmethod
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import Any, ClassVar

from fgspace import Algorithm, FgspaceError, Objectives, Point, Space, Trial
from optuna import Study
from optuna.samplers import BaseSampler
from optuna.trial import TrialState

from fgspace_optuna.memory import STUDY, Memory
from fgspace_optuna.places import Places
from fgspace_optuna.quiet import quiet
from fgspace_optuna.told import as_told, constraints_of, directions, reported, state_of, values_of

__all__ = ["Sampling"]

_NEIGHBOUR = "neighbour"
_SEEDS = 2**32
"""The number of seeds that Optuna's samplers take."""


class Sampling(Algorithm):
    """Proposes what a sampler of Optuna suggests: subclass it, and write `sampler`.

        @fgspace.register
        class Halton(Sampling):
            def sampler(self, seed):
                return optuna.samplers.QMCSampler(qmc_type="halton", seed=seed)

    The sampler is made anew for each ask, with a seed from that of the study and the number of the trial. It finds the
    trials that were told, and those that run. So telling the trials of a study again restores the algorithm, unless the
    sampler itself remembers something, or draws from anything but its seed.

    Where the sampler suggests a point that was proposed before, it is asked again, up to `tries` times; then a
    neighbour of its last suggestion is proposed, so that no network is trained twice.
    """

    replays: ClassVar[bool] = True
    """Whether telling trials again restores it; a study of one that does not cannot be resumed."""
    notes: ClassVar[bool] = True
    """Whether the sampler notes something about the trial or the study when it is asked: it is asked again when a trial
    is told, so that the notes are those of the trials that were told."""
    tries: ClassVar[int] = 5
    """The number of suggestions before a neighbour of the last one is taken."""

    def __init__(self, space: Space, objectives: Objectives, *, seed: int = 0) -> None:
        super().__init__(space, objectives, seed=seed)
        self.places = Places(space)
        self._memory = Memory(directions(objectives))
        self._own: set[int] = set()

    @abstractmethod
    def sampler(self, seed: int) -> BaseSampler:
        """Return the sampler with this seed."""

    def computing(self) -> AbstractContextManager[None]:
        """Return the context in which the sampler computes."""
        return nullcontext()

    def propose(self, rng: Random) -> Point:
        """Return the first new point that the sampler suggests, or a neighbour of its last suggestion."""
        pending = list(self.pending.values())
        running = [
            as_told(len(self._memory) + at, TrialState.RUNNING, self.places.told(point))
            for at, point in enumerate(pending)
        ]
        with quiet(), self.computing(), self._memory.trying(running):
            if self.notes:
                for _ in pending:
                    self._suggested(rng)
            for _ in range(self.tries):
                point = self._suggested(rng)
                if self.is_fresh(point):
                    self.because(self._word)
                    self._own.add(self.identity(point))
                    return point
        self.because(_NEIGHBOUR)
        point = self.fresh(lambda: self.space.mutate(point, rng))
        self._own.add(self.identity(point))
        return point

    def learn(self, trial: Trial, rng: Random) -> None:
        """Keep the trial as Optuna knows it."""
        if not self.replays:
            self._check_own(trial)
        single = len(self.objectives.directions) == 1
        told = as_told(
            len(self._memory),
            state_of(trial, single=single),
            self.places.told(trial.point),
            values_of(trial, self.objectives),
            reported(trial, self.objectives),
        )
        if self.notes:
            with quiet(), self.computing(), self._memory.trying(noting=True):
                told.system_attrs = self._noted(rng)
        for name, excess in constraints_of(trial, self.objectives).items():
            told.set_constraint(name, excess)
        self._memory.keep(told)

    def _suggested(self, rng: Random) -> Point:
        return self.places.suggested(self._study(rng).ask(), rng)

    def _noted(self, rng: Random) -> Any:
        """Return what the sampler notes about the next trial."""
        trial = self._study(rng).ask()
        self.places.suggested(trial, rng)
        return self._memory.get_trial(trial.number).system_attrs

    def _check_own(self, trial: Trial) -> None:
        """Check that a trial is not one of an earlier run, which this sampler cannot go on from.

        Raises:
            FgspaceError: it is.
        """
        if trial.lineage.get("operator") not in (self._word, _NEIGHBOUR) or self.identity(trial.point) in self._own:
            return
        raise FgspaceError(
            f"{self._word} cannot be replayed: it proposes other points when the same trials are told again, so its"
            " study cannot be resumed; begin a new study, by --from with the front of this one"
        )

    def _study(self, rng: Random) -> Study:
        return Study(STUDY, self._memory, self.sampler(rng.randrange(_SEEDS)))

    @property
    def _word(self) -> str:
        return type(self).__name__
