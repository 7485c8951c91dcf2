"""Synthetic spaces of known structure, with the value and the price of every point.

Each function returns, for a seed, the space, the evaluator, and the reference point of hypervolumes: the worst value
and the highest price.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from random import Random
from statistics import mean
from typing import Any

import fgspace

Evaluate = Callable[[Mapping[str, Any]], dict[str, float]]
Landscape = tuple[fgspace.Space, Evaluate, tuple[float, float]]


def nk(others: int, seed: int, size: int = 30, options: int = 4) -> Landscape:
    """Return an NK landscape (Kauffman and Levin, 1987): choices of numbers, the value of each depending on others."""
    rng = Random(seed)
    links = [rng.sample([other for other in range(size) if other != index], others) for index in range(size)]

    @cache
    def worth(index: int, *values: int) -> float:
        return Random(f"{seed}/{index}/{values}").random()

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        values = [description[f"x{index}"] for index in range(size)]
        found = mean(worth(index, values[index], *(values[one] for one in links[index])) for index in range(size))
        return {"value": found, "price": sum(value * (1 + index % 5) for index, value in enumerate(values))}

    numbers = list(range(options))
    return space_of({f"x{index}": {"choice": numbers} for index in range(size)}), evaluate, (0.0, 400.0)


def mixed(seed: int) -> Landscape:
    """Return a smooth landscape of 8 integers, 8 floats and 8 choices that depend on each other in pairs."""
    rng = Random(seed)
    domains: dict[str, Any] = {f"i{index}": {"int": [0, 15]} for index in range(8)}
    domains |= {f"f{index}": {"float": [0.0, 1.0]} for index in range(8)}
    domains |= {f"c{index}": {"choice": [0, 1, 2, 3]} for index in range(8)}
    wanted = {name: rng.randrange(4) if name[0] == "c" else rng.random() for name in domains}
    pairs = [(rng.choice(list(domains)), rng.choice(list(domains)), rng.uniform(-1, 1)) for _ in range(24)]

    def share(name: str, value: float) -> float:
        if name[0] == "c":
            return 1.0 if value == wanted[name] else 0.1 * value
        return value / 15 if name[0] == "i" else value

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        shares = {name: share(name, description[name]) for name in domains}
        found = sum(one / 2 if name[0] == "c" else -((one - wanted[name]) ** 2) for name, one in shares.items())
        found += sum(weight * shares[first] * shares[second] for first, second, weight in pairs)
        return {"value": found, "price": sum(shares.values())}

    return space_of(domains), evaluate, (-10.0, 25.0)


def widths(seed: int) -> Landscape:
    """Return twelve widths of 8 to 64: better the larger they are, up to a limit each, and the nearer their neighbours.

    The price is the sum of the products of neighbouring widths, as for multiply-adds.
    """
    rng = Random(f"widths {seed}")
    needs = [rng.uniform(4, 72) for _ in range(12)]
    worths = [rng.expovariate(1) for _ in range(12)]

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        chosen = [description[f"width{index}"] for index in range(12)]
        steps = list(pairwise(chosen))
        found = sum(worth * (1 - math.exp(-one / need)) for worth, one, need in zip(worths, chosen, needs, strict=True))
        found -= sum(0.3 * abs(one - other) / 64 for one, other in steps) + 0.008 * mean(chosen)
        return {"value": found, "price": sum(one * other for one, other in steps) / 1000}

    domains = {f"width{index}": {"choice": [8 * step for step in range(1, 9)]} for index in range(12)}
    return space_of(domains), evaluate, (-5.0, 60.0)


def kernels(seed: int) -> Landscape:
    """Return five units of two to four layers, each with a kernel of 3, 5 or 7 and an expansion of 3, 4 or 6.

    The space of Once-for-All (Cai et al., ICLR 2020); the values of layers beyond the depth of a unit have no effect.
    """
    rng = Random(f"kernels {seed}")
    best = [rng.choice([3, 5, 7]) for _ in range(20)]
    wide, right = [rng.expovariate(1) for _ in range(20)], [rng.expovariate(2) for _ in range(20)]
    deep = [rng.gauss(0.5, 1) for _ in range(5)]

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        found = sum(worth * description[f"depth{unit}"] for unit, worth in enumerate(deep))
        price = 0.0
        for layer in range(20):
            if layer % 4 < description[f"depth{layer // 4}"]:
                kernel, expansion = description[f"kernel{layer}"], description[f"expansion{layer}"]
                found += wide[layer] * math.sqrt(expansion / 6) - right[layer] * ((kernel - best[layer]) / 4) ** 2
                price += expansion * (1 + kernel**2 / 20)
        return {"value": found, "price": price}

    domains = {f"depth{unit}": {"choice": [2, 3, 4]} for unit in range(5)}
    domains |= {f"kernel{layer}": {"choice": [3, 5, 7]} for layer in range(20)}
    domains |= {f"expansion{layer}": {"choice": [3, 4, 6]} for layer in range(20)}
    return space_of(domains), evaluate, (-10.0, 400.0)


def valley(seed: int) -> Landscape:
    """Return eighteen choices of seven numbers: a quadratic bowl around a random point, coupled in twelve pairs."""
    rng = Random(f"valley {seed}")
    goal, steep = [rng.random() for _ in range(18)], [rng.expovariate(1) for _ in range(18)]
    pairs = [(rng.randrange(18), rng.randrange(18), rng.gauss(0, 0.5)) for _ in range(12)]

    def evaluate(description: Mapping[str, Any]) -> dict[str, float]:
        at = [description[f"x{index}"] / 6 for index in range(18)]
        found = -sum(slope * (one - its) ** 2 for slope, one, its in zip(steep, at, goal, strict=True))
        found += sum(weight * (at[first] - 0.5) * (at[second] - 0.5) for first, second, weight in pairs)
        return {"value": found, "price": sum(at)}

    return space_of({f"x{index}": {"choice": list(range(7))} for index in range(18)}), evaluate, (-10.0, 20.0)


LANDSCAPES: dict[str, Callable[[int], Landscape]] = {
    "NK, 2 others": lambda seed: nk(2, seed),
    "NK, 5 others": lambda seed: nk(5, seed),
    "NK-40": lambda seed: nk(4, seed, 40, 2),
    "mixed": mixed,
    "widths": widths,
    "kernels": kernels,
    "valley": valley,
}


def space_of(domains: dict[str, Any]) -> fgspace.Space:
    """Return the space of these domains."""
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})
