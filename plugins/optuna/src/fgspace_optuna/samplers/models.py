"""Samplers that model the trials: Parzen estimators and Gaussian processes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import optuna
from fgspace import Objectives, Space

from fgspace_optuna.samplers.options import check
from fgspace_optuna.sampling import Sampling


class TPESampler(Sampling):
    """Models good and poor values by Parzen estimators, and suggests what is likelier to be good.

    Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; Watanabe, arXiv:2304.11127.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        n_startup_trials: the number of trials that are drawn at random first.
        n_ei_candidates: the number of candidates that are drawn for a suggestion.
        multivariate: whether values are modelled together; by default, with one objective.
        group: whether the options of a choice are modelled together; by default, with one objective in a space that has
            hyper-parameters of options.
        constant_liar: whether trials that run count as poor, so that workers keep apart.
    """

    notes = False

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        n_startup_trials: int = 10,
        n_ei_candidates: int = 24,
        multivariate: bool | None = None,
        group: bool | None = None,
        constant_liar: bool = True,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        check(n_startup_trials=(n_startup_trials, 0), n_ei_candidates=(n_ei_candidates, 1))
        if group and multivariate is False:
            raise ValueError("group needs multivariate; leave multivariate out")
        self.n_startup_trials = n_startup_trials
        self.n_ei_candidates = n_ei_candidates
        self.multivariate = multivariate
        single = len(objectives.directions) == 1
        self.group = single and self.places.are_conditional and multivariate is not False if group is None else group
        self.constant_liar = constant_liar

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler with this seed."""
        return optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=self.n_startup_trials,
            n_ei_candidates=self.n_ei_candidates,
            multivariate=self.multivariate,
            group=self.group,
            constant_liar=self.constant_liar,
        )


class GPSampler(Sampling):
    """Models the objectives by Gaussian processes, and suggests the point of the largest expected improvement.

    It needs torch. Each suggestion fits the models anew, since models that are kept would be state that a resumed study
    does not have. Values of options that are not always active are drawn at random.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        n_startup_trials: the number of trials that are drawn at random first.
        deterministic_objective: whether the objectives have no noise.
    """

    notes = False
    tries = 2

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        n_startup_trials: int = 10,
        deterministic_objective: bool = False,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        check(n_startup_trials=(n_startup_trials, 0))
        self.n_startup_trials = n_startup_trials
        self.deterministic_objective = deterministic_objective

    def computing(self) -> AbstractContextManager[None]:
        """Return a context with one thread of torch: sums have the same order then, and small ones are faster."""
        return _one_thread()

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler with this seed."""
        return optuna.samplers.GPSampler(
            seed=seed,
            n_startup_trials=self.n_startup_trials,
            deterministic_objective=self.deterministic_objective,
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
