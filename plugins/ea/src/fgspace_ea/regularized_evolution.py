"""Regularized evolution: mutate the best of a sample, and let the oldest die, however good it is.

Real, Aggarwal, Huang and Le, "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019.
"""

from random import Random

from fgspace import Algorithm, Objectives, Point, Space, Trial

from fgspace_ea.members import DETOUR, Child, Founders, Member, drawn_best, member


class RegularizedEvolution(Algorithm):
    """Aging evolution: a queue of the last `population_size` trials, from which parents are drawn by tournament.

    The initial point is evaluated first, then random ones until the queue is full. From then on the parent is the best
    of `sample_size` members drawn without replacement, and the child is the parent with one hyper-parameter moved by
    its domain's own mutation. Every trial told joins the queue, and the oldest leaves. No point is proposed twice.

    - With several objectives, the parent is drawn among those of the sample that no other of it dominates.
    - A trial that breaks a constraint on a measured metric loses to one that breaks it less (Deb's rule).
    - A trial that was stopped early is worth what it measured.
    - Failed trials, and points whose costs break a constraint, do not join. Before the queue is full, every other point
      is a mutation of one that breaks the constraints least, where there is one. Later, when a child breaks one, the
      next is every other time a mutation of that: a detour, which exchanges one thing for another within the bounds.

    The paper's 100 members and samples of 25 are made for 20,000 trials. With 10 members and samples of 5, evolution
    begins at the eleventh trial and a member lives for ten, which suits budgets of 20 to 500. A front needs room for
    more.

    Args:
        space: what is searched.
        objectives: what is better.
        seed: where all randomness comes from.
        population_size: how many trials the queue holds; left out, 10, and 20 with several objectives.
        sample_size: how many members a parent is the best of; left out, half of them; 1 makes it a random walk.

    Raises:
        ValueError: an option is out of its range.
    """

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
        """The members, the oldest first."""
        self._founders = Founders(space, space.sample, population_size)
        self._outside: Member | None = None

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then founders, then children."""
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        return self.fresh(lambda: self._draw(rng))

    def learn(self, trial: Trial, rng: Random) -> None:
        """Let the trial join, and the oldest die."""
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
