"""NSGA-III: the first fronts survive, and of the last front the members in the emptiest reference directions.

Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based Nondominated Sorting
Approach, Part I", IEEE TEC 18 (2014); constraints as in Part II (Jain and Deb).
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

from fgspace import Objectives, Space

from fgspace_ea.directions import associate, directions, fitting_divisions
from fgspace_ea.generations import Generations, check_rates, check_sizes
from fgspace_ea.members import Child, Member
from fgspace_ea.normalisation import Scale
from fgspace_ea.nsga2 import child
from fgspace_ea.sorting import constrained_fronts, split

Niche = tuple[int, float]
"""The index of the closest direction, and the distance from its line."""


class NSGA3(Generations):
    """The genetic algorithm for any number of objectives.

    Founders, children and generations are those of NSGA2. A parent is the member of the lower front of two drawn at
    random. The paper draws parents without such a tournament, which is slow for one objective or two (Seada and Deb,
    "A Unified Evolutionary Optimization Procedure for Single, Multiple, and Many Objectives", IEEE TEC 20, 2016).

    After every `offspring_size` trials told, whole fronts survive until one does not fit. The members of that front are
    taken one by one for the direction that has the fewest survivors: its closest member if it has none yet, else a
    random one. Directions are the Das–Dennis points that cut each edge of the normalised front into `divisions` steps.
    Objectives are normalised to 0 at the ideal point and 1 at the hyperplane through the extreme points, or at the
    worst values of the front if there is no such hyperplane. No point is proposed twice.

    Args:
        space: the space to search.
        objectives: the objectives and constraints.
        seed: the seed of all randomness.
        population_size: the number of members.
        divisions: the number of steps on each edge; by default the largest that makes no more directions than members.
        inner_divisions: the divisions of a second layer of directions around the centre, for six objectives or more;
            0 for no such layer.
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
        population_size: int = 20,
        divisions: int | None = None,
        inner_divisions: int = 0,
        offspring_size: int | None = None,
        crossover_rate: float = 0.9,
        mutation_rate: float | None = None,
    ) -> None:
        check_sizes(population_size=population_size)
        check_rates(crossover_rate, mutation_rate)
        offspring = max(1, population_size // 2) if offspring_size is None else offspring_size
        _check(offspring, divisions, inner_divisions)
        super().__init__(space, objectives, seed=seed, population=population_size, offspring=offspring)
        self.crossover_rate = crossover_rate
        self.mutation_rate = mutation_rate
        count = len(objectives.directions)
        self.directions = directions(count, divisions or fitting_divisions(count, population_size), inner_divisions)
        self._scale = Scale()
        self._ranks: list[int] = []
        """The rank of the front of each member of the population."""

    def mate(self, rng: Random) -> Sequence[Child]:
        """Return one child of two parents."""
        first, second = self.parents(rng)
        return [child(self.space, first, second, self.crossover_rate, self.mutation_rate, rng)]

    def parents(self, rng: Random) -> tuple[Member, Member]:
        """Draw two parents, each the member of the lower front of two drawn at random."""
        drawn = [rng.choices(range(len(self.population)), k=2) for _ in range(2)]
        first, second = (self.population[min(pair, key=self._ranks.__getitem__)] for pair in drawn)
        return first, second

    def survivors(self, members: Sequence[Member], rng: Random) -> list[Member]:
        """Return the members of the first fronts, and of the last front those in the emptiest directions."""
        fronts = constrained_fronts(members)
        first = [members[index].values for index in fronts[0]]
        if not members[fronts[0][0]].violation:
            self._scale = self._scale.seeing(first)
        chosen, last, missing = split(fronts, self.population_size)
        kept = [members[index] for front in chosen for index in front]
        among = [members[index] for index in last]
        self._ranks = [rank for rank, front in enumerate(chosen) for _ in front] + missing * [len(chosen)]
        if not missing or among[0].violation:
            return kept + among[:missing]
        values = self._scale.normalised([one.values for one in kept + among], first)
        niches = associate(values, self.directions)
        return kept + [among[index] for index in niched(niches[: len(kept)], niches[len(kept) :], missing, rng)]


def niched(kept: Sequence[Niche], among: Sequence[Niche], missing: int, rng: Random) -> list[int]:
    """Return the indices of `missing` candidates, each taken for a direction that has the fewest members at that time.

    Args:
        kept: the niches of the members that survive already.
        among: the niches of the candidates.
        missing: the number of candidates to take.
        rng: breaks ties.
    """
    counts = Counter(direction for direction, _ in kept)
    waiting: dict[int, list[int]] = {}
    for index, (direction, _) in enumerate(among):
        waiting.setdefault(direction, []).append(index)
    taken: list[int] = []
    while len(taken) < missing:
        fewest = min(counts[direction] for direction in waiting)
        direction = rng.choice([one for one in waiting if counts[one] == fewest])
        queue = waiting[direction]
        index = rng.choice(queue) if fewest else min(queue, key=lambda one: among[one][1])
        taken.append(index)
        queue.remove(index)
        counts[direction] += 1
        if not queue:
            del waiting[direction]
    return taken


def _check(offspring_size: int, divisions: int | None, inner_divisions: int) -> None:
    if offspring_size < 1:
        raise ValueError(f"offspring_size must be at least 1, got {offspring_size}")
    if divisions is not None and divisions < 1:
        raise ValueError(f"divisions must be at least 1, got {divisions}")
    if inner_divisions < 0:
        raise ValueError(f"inner_divisions must be at least 0, got {inner_divisions}")
