"""The NSGA-III that PruneEA and QuantEA share: small generations, two-point crossover, both children are used."""

from collections.abc import Sequence
from random import Random

from fgspace import Exhausted, Objectives, Point, Space

from fgspace_ea.generations import check_rates
from fgspace_ea.members import Child, Member
from fgspace_ea.nsga3 import NSGA3
from fgspace_ea.variation import mutated, two_point


class CompressionSearch(NSGA3):
    """NSGA-III whose generations are `num_individual` children, made by two-point crossover and mutation.

    A subclass overrides `found` to draw the founders (the random points of the first population) in its own way.
    """

    def __init__(
        self,
        space: Space,
        objectives: Objectives,
        *,
        seed: int = 0,
        num_individual: int = 4,
        num_generation: int | None = None,
        random_models: int = 24,
        crossover_rate: float = 0.9,
        mutation_rate: float | None = None,
    ) -> None:
        _check(num_individual, num_generation, random_models)
        check_rates(crossover_rate, mutation_rate)
        super().__init__(
            space,
            objectives,
            seed=seed,
            population_size=max(random_models, num_individual),
            offspring_size=num_individual,
            crossover_rate=crossover_rate,
            mutation_rate=mutation_rate,
        )
        self._most = None if num_generation is None else self.population_size + num_generation * num_individual

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then founders, then children, until the last generation."""
        if self._most is not None and self.told + len(self.pending) >= self._most:
            raise Exhausted
        return super().propose(rng)

    def mate(self, rng: Random) -> Sequence[Child]:
        """Return both children of two parents, or one mutation of one parent."""
        first, second = self.parents(rng)
        if first is second or rng.random() >= self.crossover_rate:
            return [self._grown("mutate", (first,), first.point, rng)]
        pair = two_point(self.space, first.point, second.point, rng)
        return [self._grown("crossover", (first, second), point, rng) for point in pair]

    def _grown(self, operator: str, parents: tuple[Member, ...], point: Point, rng: Random) -> Child:
        return Child(operator, parents, mutated(self.space, point, self.mutation_rate, rng))


def _check(num_individual: int, num_generation: int | None, random_models: int) -> None:
    if num_individual < 1:
        raise ValueError(f"num_individual must be at least 1, got {num_individual}")
    if num_generation is not None and num_generation < 0:
        raise ValueError(f"num_generation must be at least 0, got {num_generation}")
    if random_models < 2:
        raise ValueError(f"random_models must be at least 2, got {random_models}")
