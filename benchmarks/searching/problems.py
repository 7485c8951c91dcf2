"""The problems of the synthetic benchmark: spaces of every kind, and what an evaluation of a point measures.

A problem is made from a seed, which draws its structure and its noise. Values are maximised. The score of a search is
the true value of the point that it holds to be the best: the best measured one that keeps the constraints.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import fgspace

from searching.landscapes import LANDSCAPES, space_of
from searching.surfaces import ackley, branin, choices, hartmann, network, training

Point = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """One seed of a problem.

    Attributes:
        space: the space that is searched.
        worth: returns the true value of a point.
        noise: the standard deviation of the noise of each measurement.
        fails: returns whether the evaluation of a point fails, given a generator for this evaluation.
        price: returns the known cost of a point, where there is a limit on it.
        limit: the largest price; None where there is no limit.
        is_known: whether the price is known before an evaluation; if not, it is measured with the value.
        workers: the number of points that are evaluated at a time.
        key: the seed of the noise.
    """

    space: fgspace.Space
    worth: Callable[[Point], float]
    noise: float = 0.0
    fails: Callable[[Point, Random], bool] = lambda point, rng: False
    price: Callable[[Point], float] | None = None
    limit: float | None = None
    is_known: bool = True
    workers: int = 1
    key: str = field(default="")

    def measure(self, point: Point, number: int) -> float | None:
        """Return the value that the evaluation of a trial measures; None if it fails."""
        rng = Random(f"{self.key}/{number}")
        if self.fails(point, rng):
            return None
        return self.worth(point) + self.noise * rng.gauss(0, 1)

    @property
    def constraints(self) -> dict[str, Any]:
        """The constraints, as a study takes them."""
        return {} if self.limit is None else {"price": {"max": self.limit}}

    def further(self, point: Point) -> dict[str, float]:
        """Return what an evaluation measures beside the value."""
        return {} if self.price is None or self.is_known else {"price": self.price(point)}

    def is_feasible(self, point: Point) -> bool:
        """Return whether a point keeps the limit, if there is one."""
        return self.limit is None or self.price is None or self.price(point) <= self.limit


def _surface(made: tuple[dict[str, Any], Callable[[Point], float]], seed: int, **kind: Any) -> Problem:
    domains, worth = made
    return Problem(space_of(domains), worth, key=str(seed), **kind)


def _landscape(name: str, seed: int, **kind: Any) -> Problem:
    space, evaluate, _ = LANDSCAPES[name](seed)
    return Problem(space, lambda point: evaluate(point)["value"], key=str(seed), **kind)


def _limited(name: str, seed: int, share: float, **kind: Any) -> Problem:
    """Return a landscape under the limit that this share of random points keeps."""
    space, evaluate, _ = LANDSCAPES[name](seed)
    prices = sorted(evaluate(space.sample(Random(f"price {index}")))["price"] for index in range(400))
    limit = prices[int(share * len(prices))]
    problem = _landscape(name, seed, price=lambda point: evaluate(point)["price"], limit=limit, **kind)
    if problem.is_known:
        # Descriptions of a landscape hold the values of the point under the same names.
        vars(problem.space)["cost_of"] = lambda description, shape=None: {"price": evaluate(description)["price"]}
    return problem


def _at_random(point: Point, rng: Random) -> bool:
    return rng.random() < 0.3


def _by_region(problem: Problem, seed: int) -> Problem:
    """Return the problem where a third of the space fails: all points with certain options of one hyper-parameter."""
    path = Random(f"region {seed}").choice(list(problem.space.hyper_parameters))
    options = list(problem.space.hyper_parameters[path].enumerate())
    lost = Random(f"lost {seed}").sample(options, max(1, round(len(options) / 3)))
    return replace(problem, fails=lambda point, rng: point[path] in lost)


PROBLEMS: dict[str, Callable[[int], Problem]] = {
    "branin": lambda seed: _surface(branin(seed), seed),
    "branin, noisy": lambda seed: _surface(branin(seed), seed, noise=10.0),
    "hartmann": lambda seed: _surface(hartmann(seed), seed),
    "hartmann, noisy": lambda seed: _surface(hartmann(seed), seed, noise=0.3),
    "hartmann, 8 workers": lambda seed: _surface(hartmann(seed), seed, workers=8),
    "ackley": lambda seed: _surface(ackley(seed), seed),
    "ackley, noisy": lambda seed: _surface(ackley(seed), seed, noise=1.0),
    "network": lambda seed: _surface(network(seed), seed),
    "network, noisy": lambda seed: _surface(network(seed), seed, noise=0.3),
    "training": lambda seed: _surface(training(seed), seed, noise=0.002),
    "choices, failing at random": lambda seed: _surface(choices(seed), seed, fails=_at_random),
    "choices, a third fails": lambda seed: _by_region(_surface(choices(seed), seed), seed),
    "kernels, failing at random": lambda seed: _landscape("kernels", seed, fails=_at_random),
    "widths, a third fails": lambda seed: _by_region(_landscape("widths", seed), seed),
    "widths, limit": lambda seed: _limited("widths", seed, 0.3),
    "kernels, measured limit": lambda seed: _limited("kernels", seed, 0.3, is_known=False),
    "NK-40": lambda seed: _landscape("NK-40", seed),
    **{name: lambda seed, name=name: _landscape(name, seed) for name in LANDSCAPES if name != "NK-40"},
}
"""Name → the problem of a seed. NK-40 has 40 bits."""
