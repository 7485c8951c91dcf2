"""Evolution in generations: the loop that NSGA-II and NSGA-III have in common."""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random

from fgspace import Algorithm, Objectives, Point, Space, Trial

from fgspace_ea.members import Child, Founders, Member, member


class Generations(Algorithm):
    """A population from which survivors are selected, together with its offspring, after each generation.

    The initial point comes first. Founders (random points) follow until `population` trials are told. Then a whole
    generation of `offspring` children is made at once, and each child is proposed unless an equal point was proposed
    before. When more points are asked for than the generation has, because trials are pending, failed or infeasible,
    further children are made one at a time. A generation ends when `offspring` trials are told, in whatever order and
    from whatever parents.

    A subclass implements `mate` and `survivors`, and overrides `found` to draw founders in its own way.
    """

    def __init__(self, space: Space, objectives: Objectives, *, seed: int, population: int, offspring: int) -> None:
        super().__init__(space, objectives, seed=seed)
        self.population_size = population
        self.offspring_size = offspring
        self.population: list[Member] = []
        """The possible parents; empty until enough founders are told."""
        self.generation = 0
        """The number of generations of children made so far."""
        self.told = 0
        """The number of trials told so far, without the infeasible ones, which were not evaluated."""
        self._offspring: list[Member] = []
        self._brood: list[Child] = []
        self._founders = Founders(self.space, self.found, population)

    @abstractmethod
    def mate(self, rng: Random) -> Sequence[Child]:
        """Select parents from the population and return their children."""

    @abstractmethod
    def survivors(self, members: Sequence[Member], rng: Random) -> list[Member]:
        """Return the `population_size` members of the next population, or all members if there are fewer."""

    def found(self, rng: Random) -> Point:
        """Draw a founder."""
        return self.space.sample(rng)

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then founders, then children."""
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        while self._brood:
            # A replay makes the same brood again; its children that were proposed before are skipped here.
            child = self._brood.pop(0)
            if self.is_fresh(child.point):
                return self._made(child)
        return self.fresh(lambda: self._made(self._draw(rng)))

    def learn(self, trial: Trial, rng: Random) -> None:
        """Add the trial to the founders or the offspring, and end the generation if it is complete."""
        self.told += trial.state != "infeasible"
        if trial.state == "failed":
            return
        told = member(trial, self.objectives)
        if trial.state == "infeasible":
            self._founders.learn(told)
            return
        self._offspring.append(told)
        if len(self._offspring) >= (self.offspring_size if self.generation else self.population_size):
            self.population = self.survivors([*self.population, *self._offspring], rng)
            self._offspring = []
            self._breed(rng)

    def _breed(self, rng: Random) -> None:
        self.generation += 1
        self._brood = []
        while len(self._brood) < self.offspring_size:
            self._brood.extend(self.mate(rng))

    def _draw(self, rng: Random) -> Child:
        if not self.generation:
            return self._founders.draw(rng)
        return rng.choice(self.mate(rng))

    def _made(self, child: Child) -> Point:
        self.because(child.operator, [parent.trial for parent in child.parents])
        return child.point


def check_sizes(**sizes: int) -> None:
    """Raise ValueError if a size is below 2; each is given under the name of its option."""
    for name, size in sizes.items():
        if size < 2:
            raise ValueError(f"{name} must be at least 2, got {size}")


def check_rates(crossover_rate: float, mutation_rate: float | None) -> None:
    """Raise ValueError if a rate is out of its range."""
    if not 0 <= crossover_rate <= 1:
        raise ValueError(f"crossover_rate must be between 0 and 1, got {crossover_rate}")
    if mutation_rate is not None and not 0 < mutation_rate <= 1:
        raise ValueError(f"mutation_rate must be above 0 and at most 1, got {mutation_rate}")
