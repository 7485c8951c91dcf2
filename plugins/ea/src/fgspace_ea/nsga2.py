"""NSGA-II: the first fronts survive, and within a front those that stand apart.

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
"""Rank of the front and crowding distance, negative: the smaller is the better."""


class NSGA2(Generations):
    """The elitist genetic algorithm for a few objectives.

    The initial point is evaluated first, then random ones until `population_size` trials are told. From then on two
    parents are each the better of two members drawn at random: the lower front, then the greater crowding distance. The
    child is mixed of them with probability `crossover_rate`, every other time by exchanging whole values, else by each
    domain's own crossover; otherwise it is the first parent. Then each gene of it moves by its domain's own mutation
    with probability `mutation_rate`; a vector has a gene an element. After each `offspring_size` trials told, the best
    `population_size` of population and offspring live on: whole fronts, and of the last that does not fit, those that
    stand furthest apart. No point is proposed twice.

    Trials that break a constraint on a measured metric come behind all that do not, the least violating first; failed
    trials, and points whose costs break a constraint, take no place. A trial that was stopped early is worth what it
    measured.

    Args:
        space: what is searched.
        objectives: what the front is the front of.
        seed: where all randomness comes from.
        population_size: how many members there are.
        offspring_size: how many trials are a generation; left out, half the population, at least 1.
        crossover_rate: the share of children that are mixed of two parents.
        mutation_rate: the probability of each gene to move; left out, one over the number of genes.

    Raises:
        ValueError: an option is out of its range.
    """

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
        """Return the child of two winners of tournaments."""
        first, second = self._parent(rng), self._parent(rng)
        return [child(self.space, first, second, self.crossover_rate, self.mutation_rate, rng)]

    def survivors(self, members: Sequence[Member], rng: Random) -> list[Member]:
        """Return the members of the first fronts, and of the last those that stand furthest apart."""
        chosen, self._fitness = survive(members, self.population_size)
        return chosen

    def _parent(self, rng: Random) -> Member:
        # In random order, so that the first of equals is either.
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
    """Return the child of two members: mixed at the crossover rate, then mutated gene by gene."""
    if first is second or rng.random() >= crossover_rate:
        return Child("mutate", (first,), mutated(space, first.point, mutation_rate, rng))
    mixed = crossed(space, first.point, second.point, rng)
    return Child("crossover", (first, second), mutated(space, mixed, mutation_rate, rng))
