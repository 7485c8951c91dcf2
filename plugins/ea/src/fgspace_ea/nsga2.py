"""NSGA-II: the first fronts survive, and of the last front the members with the largest crowding distance.

Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE TEC 6 (2002).
"""

from collections.abc import Sequence
from random import Random

from fgspace import Objectives, Space

from fgspace_ea.generations import Generations, check_rates, check_sizes
from fgspace_ea.members import Child, Member
from fgspace_ea.sorting import constrained_fronts, crowding, split
from fgspace_ea.variation import crossed, mutated

Fitness = tuple[int, float]
"""The rank of the front and the negative crowding distance: smaller is better."""


class NSGA2(Generations):
    """The elitist genetic algorithm for a few objectives.

    The initial point is evaluated first, then random points until `population_size` trials are told. From then on each
    of two parents is the better of two members drawn at random: the one of the lower front, then the one with the
    larger crowding distance. With probability `crossover_rate` the child is a crossover of both, otherwise it is a copy
    of the first. Half of the crossovers take each value whole from one parent; the others use the crossover of each
    domain. Then each gene of the child is mutated by its domain with probability `mutation_rate`; every element of a
    vector is a gene. After every `offspring_size` trials told, the best `population_size` members of population and
    offspring survive: whole fronts, and of the first front that does not fit, the members with the largest crowding
    distance. No point is proposed twice.

    Trials that break a constraint on a measured metric rank behind all feasible ones, in order of their violation.
    Failed trials, and points whose costs break a constraint, do not enter the population. A trial that was stopped
    early counts with the metrics it reported last.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        population_size: the number of members.
        offspring_size: the number of trials in a generation; by default half the population, at least 1.
        crossover_rate: the share of children that are crossovers of two parents.
        mutation_rate: the probability that a gene is mutated; by default one over the number of genes.

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
        population_size: int = 10,
        offspring_size: int | None = None,
        crossover_rate: float = 0.9,
        mutation_rate: float | None = None,
    ) -> None:
        check_sizes(population_size=population_size)
        check_rates(crossover_rate, mutation_rate)
        offspring = max(1, population_size // 2) if offspring_size is None else offspring_size
        if offspring < 1:
            raise ValueError(f"offspring_size must be at least 1, got {offspring}")
        super().__init__(space, objectives, seed=seed, population=population_size, offspring=offspring)
        self.crossover_rate = crossover_rate
        self.mutation_rate = mutation_rate
        self._fitness: list[Fitness] = []

    def mate(self, rng: Random) -> Sequence[Child]:
        """Return one child of two parents, each the winner of a tournament of two."""
        first, second = self._parent(rng), self._parent(rng)
        return [child(self.space, first, second, self.crossover_rate, self.mutation_rate, rng)]

    def survivors(self, members: Sequence[Member], rng: Random) -> list[Member]:
        """Return the members of the first fronts, and of the last front those with the largest crowding distance."""
        chosen, self._fitness = survive(members, self.population_size)
        return chosen

    def _parent(self, rng: Random) -> Member:
        # The order is random and `min` takes the first of equals, so each of two equals wins half of the time.
        drawn = rng.sample(range(len(self.population)), 2) if len(self.population) > 1 else [0]
        return self.population[min(drawn, key=self._fitness.__getitem__)]


def survive(members: Sequence[Member], size: int) -> tuple[list[Member], list[Fitness]]:
    """Return the best members by front and then by crowding distance, and the fitness of each."""
    fronts = constrained_fronts(members)
    fitness = {
        index: (rank, -distance)
        for rank, front in enumerate(fronts)
        for index, distance in zip(front, crowding([members[index].values for index in front]), strict=True)
    }
    whole, last, missing = split(fronts, size)
    apart = sorted(last, key=fitness.__getitem__)[:missing]
    chosen = [*(index for front in whole for index in front), *apart]
    return [members[index] for index in chosen], [fitness[index] for index in chosen]


def child(
    space: Space, first: Member, second: Member, crossover_rate: float, mutation_rate: float | None, rng: Random
) -> Child:
    """Return a child of two members: with probability `crossover_rate` their crossover, then mutated gene by gene."""
    if first is second or rng.random() >= crossover_rate:
        return Child("mutate", (first,), mutated(space, first.point, mutation_rate, rng))
    mixed = crossed(space, first.point, second.point, rng)
    return Child("crossover", (first, second), mutated(space, mixed, mutation_rate, rng))
