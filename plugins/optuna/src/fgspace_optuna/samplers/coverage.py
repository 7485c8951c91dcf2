"""Samplers that compare no trials: random search and quasi-random sequences."""

from typing import Literal

import optuna
from fgspace import Objectives, Space

from fgspace_optuna.sampling import Sampling


class QMCSampler(Sampling):
    """Goes through a sequence that covers the space more evenly than random points do.

    The first trial is drawn at random, and so are values of options that it did not have.

    Args:
        space: the space to search.
        objectives: not used; a sequence compares no trials.
        seed: the seed of all randomness.
        qmc_type: the sequence.
        scramble: whether the sequence is scrambled by the seed.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        qmc_type: Literal["sobol", "halton"] = "sobol",
        scramble: bool = False,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        self.qmc_type = qmc_type
        self.scramble = scramble

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler: the sequence is the same at each ask, and what is drawn besides has this seed."""
        return optuna.samplers.QMCSampler(
            seed=self.seed,
            qmc_type=self.qmc_type,
            scramble=self.scramble,
            independent_sampler=optuna.samplers.RandomSampler(seed=seed),
            warn_independent_sampling=False,
        )


class RandomSampler(Sampling):
    """Draws each value independently.

    Args:
        space: the space to search.
        objectives: not used; random search compares no trials.
        seed: the seed of all randomness.
    """

    notes = False

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler with this seed."""
        return optuna.samplers.RandomSampler(seed=seed)
