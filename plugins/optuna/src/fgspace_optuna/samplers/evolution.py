"""Samplers that evolve a population or a distribution."""

import optuna
from fgspace import Objectives, Space

from fgspace_optuna.samplers.options import check, check_shares
from fgspace_optuna.sampling import Sampling


class CmaEsSampler(Sampling):
    """Adapts a normal distribution to the best numbers; choices, and values of options, are drawn at random.

    Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772.

    Args:
        space: the space to search.
        objectives: one objective; constraints on metrics are not looked at.
        seed: the seed of all randomness.
        n_startup_trials: the number of trials that are drawn at random first.
        popsize: the number of trials of a generation; by default, 4 + 3 ln n for n numbers.
        use_separable_cma: whether the covariance is diagonal, for many numbers.
        lr_adapt: whether the learning rate adapts, for noisy objectives.

    Raises:
        ValueError: there are several objectives.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        n_startup_trials: int = 1,
        popsize: int | None = None,
        use_separable_cma: bool = False,
        lr_adapt: bool = False,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        if len(objectives.directions) > 1:
            names = " and ".join(objectives.directions)
            raise ValueError(f"takes one objective, got {names}; optuna/NSGAIISampler takes several")
        check(n_startup_trials=(n_startup_trials, 0), popsize=(popsize, 2))
        if use_separable_cma and lr_adapt:
            raise ValueError("takes either use_separable_cma or lr_adapt")
        self.n_startup_trials = n_startup_trials
        self.popsize = popsize
        self.use_separable_cma = use_separable_cma
        self.lr_adapt = lr_adapt

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler with this seed."""
        return optuna.samplers.CmaEsSampler(
            seed=seed,
            n_startup_trials=self.n_startup_trials,
            popsize=self.popsize,
            use_separable_cma=self.use_separable_cma,
            lr_adapt=self.lr_adapt,
            warn_independent_sampling=False,
        )


class NSGAIISampler(Sampling):
    """Crosses and mutates the members of a population that few others dominate.

    Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE TEC 6, 2002.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        population_size: the number of trials of a generation.
        mutation_prob: the probability that a value is drawn anew; by default, one over the number of values.
        crossover_prob: the probability that a child has two parents.
        swapping_prob: the probability that a value is taken from the second of them.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        population_size: int = 50,
        mutation_prob: float | None = None,
        crossover_prob: float = 0.9,
        swapping_prob: float = 0.5,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        check(population_size=(population_size, 2))
        check_shares(mutation_prob=mutation_prob, crossover_prob=crossover_prob, swapping_prob=swapping_prob)
        self.population_size = population_size
        self.mutation_prob = mutation_prob
        self.crossover_prob = crossover_prob
        self.swapping_prob = swapping_prob

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler with this seed."""
        return optuna.samplers.NSGAIISampler(
            seed=seed,
            population_size=self.population_size,
            mutation_prob=self.mutation_prob,
            crossover_prob=self.crossover_prob,
            swapping_prob=self.swapping_prob,
        )


class NSGAIIISampler(NSGAIISampler):
    """Keeps a population along reference directions, for three objectives or more.

    Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based Nondominated
    Sorting Approach, Part I", IEEE TEC 18, 2014.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        population_size: the number of trials of a generation.
        mutation_prob: the probability that a value is drawn anew; by default, one over the number of values.
        crossover_prob: the probability that a child has two parents.
        swapping_prob: the probability that a value is taken from the second of them.
        dividing_parameter: the number of parts that each objective is divided into for the reference directions.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        population_size: int = 50,
        mutation_prob: float | None = None,
        crossover_prob: float = 0.9,
        swapping_prob: float = 0.5,
        dividing_parameter: int = 3,
    ) -> None:
        super().__init__(
            space,
            objectives,
            seed=seed,
            population_size=population_size,
            mutation_prob=mutation_prob,
            crossover_prob=crossover_prob,
            swapping_prob=swapping_prob,
        )
        check(dividing_parameter=(dividing_parameter, 1))
        self.dividing_parameter = dividing_parameter

    def sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        """Return the sampler with this seed."""
        return optuna.samplers.NSGAIIISampler(
            seed=seed,
            population_size=self.population_size,
            mutation_prob=self.mutation_prob,
            crossover_prob=self.crossover_prob,
            swapping_prob=self.swapping_prob,
            dividing_parameter=self.dividing_parameter,
        )
