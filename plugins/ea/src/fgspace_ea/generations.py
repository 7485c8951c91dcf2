"""Evolution in generations, formed by the order of telling: what NSGA-II and NSGA-III have in common."""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random

from fgspace import Algorithm, Objectives, Point, Space, Trial

from fgspace_ea.members import Child, Founders, Member, member


class Generations(Algorithm):
    """A population that meets its offspring once a generation of them is told, and survives in part.

    The initial point comes first, then founders until as many trials are told as the population holds. From then on a
    generation of children is bred from the population at once, and each is proposed unless its like was before. Where
    more points are asked for than a generation has, because trials are pending, failed or infeasible, further children
    are bred one by one. Trials count in the order in which they are told, whoever their parents are.

    An author writes `mate` and `survivors`, and `found` where founders are not to be drawn from the whole space.
    """

    def __init__(self, space: Space, objectives: Objectives, *, seed: int, population: int, offspring: int) -> None:
        super().__init__(space, objectives, seed=seed)
        self.population_size = population
        self.offspring_size = offspring
        self.population: list[Member] = []
        """Who may have children; before there are enough founders, those told so far."""
        self.generation = 0
        """How many generations were bred."""
        self.told = 0
        """How many trials were told that were evaluated."""
        self._offspring: list[Member] = []
        self._brood: list[Child] = []
        self._founders = Founders(space, self.found, population)

    @abstractmethod
    def mate(self, rng: Random) -> Sequence[Child]:
        """Return the children of one mating."""

    @abstractmethod
    def survivors(self, members: Sequence[Member], rng: Random) -> list[Member]:
        """Return the `population_size` members that live on, or all where there are no more."""

    def found(self, rng: Random) -> Point:
        """Draw a founder."""
        return self.space.sample(rng)

    def propose(self, rng: Random) -> Point:
        """Return the initial point, then founders, then children."""
        if self.is_fresh(self.space.initial):
            self.because("initial")
            return dict(self.space.initial)
        while self._brood:
            # What is taken from the brood was proposed, and is passed over when a replay has it again.
            child = self._brood.pop(0)
            if self.is_fresh(child.point):
                return self._made(child)
        return self.fresh(lambda: self._made(self._draw(rng)))

    def learn(self, trial: Trial, rng: Random) -> None:
        """Let the trial join the founders or the offspring, and end the generation that is complete."""
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
    """Raise ValueError where a size, given by its option's name, is below 2."""
    for name, size in sizes.items():
        if size < 2:
            raise ValueError(f"{name} must be at least 2, got {size}")


def check_rates(crossover_rate: float, mutation_rate: float | None) -> None:
    """Raise ValueError where a rate is out of its range."""
    if not 0 <= crossover_rate <= 1:
        raise ValueError(f"crossover_rate must be between 0 and 1, got {crossover_rate}")
    if mutation_rate is not None and not 0 < mutation_rate <= 1:
        raise ValueError(f"mutation_rate must be above 0 and at most 1, got {mutation_rate}")
