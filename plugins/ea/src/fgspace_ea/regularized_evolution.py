"""Regularized evolution: mutate the best of a sample, and remove the oldest member, however good it is.

Real, Aggarwal, Huang and Le, "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019.
"""

from random import Random

from fgspace import Algorithm, Objectives, Point, Space, Trial

from fgspace_ea.members import DETOUR, Child, Founders, Member, drawn_best, member


class RegularizedEvolution(Algorithm):
    """Aging evolution: a queue of the last `population_size` trials, from which parents are drawn by tournament.

    The initial point is evaluated first, then random points until the queue is full. From then on the parent is the
    best of `sample_size` members drawn without replacement, and the child is the parent with one hyper-parameter
    mutated by its domain. Every trial told joins the queue, and the oldest leaves it. No point is proposed twice.

    - With several objectives, the parent is a random one of those in the sample that no other in it dominates.
    - Of two trials that break a constraint on a measured metric, the one that breaks it less is better (Deb's rule).
    - A trial that was stopped early counts with the metrics it reported last.
    - Failed trials, and points whose costs break a constraint, do not join the queue. While it is not full, half of the
      points are mutations of the points that break the constraints least, if there are any. Later, after a child whose
      costs break a constraint, the next one is a mutation of that child with probability 0.5. Such a detour changes two
      hyper-parameters where a change of either alone breaks a constraint or makes the point worse.

    The 100 members and samples of 25 of the paper suit 20,000 trials. With 10 members and samples of 5, evolution
    begins at the eleventh trial and a member stays for ten trials, which suits budgets of 20 to 500. With several
    objectives the default is larger, because the queue has to hold a front.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        population_size: the number of trials in the queue; by default 10, or 20 with several objectives.
        sample_size: the number of members from which a parent is selected; by default half of them. With 1, the search
            is a random walk.

    Raises:
        ValueError: an option is out of its range.
    """

    makes_plain_points = True

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        population_size: int | None = None,
        sample_size: int | None = None,
    ) -> None:
        super().__init__(space, objectives, seed=seed)
        if population_size is None:
            population_size = 10 if len(objectives.directions) == 1 else 20
        if sample_size is None:
            sample_size = (population_size + 1) // 2
        _check(population_size, sample_size)
        self.population_size = population_size
        self.sample_size = sample_size
        self.population: list[Member] = []
        """The members, oldest first."""
        self._founders = Founders(self.space, self.space.sample, population_size)
        self._outside: Member | None = None

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then founders, then children."""
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        return self.fresh(lambda: self._draw(rng))

    def learn(self, trial: Trial, rng: Random) -> None:
        """Add the trial to the queue, and remove the oldest member if the queue is too long."""
        told = member(trial, self.objectives)
        self._outside = told if trial.state == "infeasible" else None
        if self._outside:
            self._founders.learn(told)
        if not trial.measured:
            return
        self.population.append(told)
        if len(self.population) > self.population_size:
            del self.population[0]

    def _draw(self, rng: Random) -> Point:
        founding = len(self.population) < self.population_size
        child = self._founders.draw(rng) if founding else self._child(rng)
        self.because(child.operator, [parent.trial for parent in child.parents])
        return child.point

    def _child(self, rng: Random) -> Child:
        if self._outside and rng.random() < DETOUR:
            return Child("detour", (self._outside,), self.space.mutate(self._outside.point, rng))
        parent = drawn_best(rng.sample(self.population, self.sample_size), rng)
        return Child("mutate", (parent,), self.space.mutate(parent.point, rng))


def _check(population_size: int, sample_size: int) -> None:
    if population_size < 1:
        raise ValueError(f"population_size must be at least 1, got {population_size}")
    if not 1 <= sample_size <= population_size:
        raise ValueError(
            f"sample_size must be between 1 and population_size, which is {population_size}; got {sample_size}"
        )
