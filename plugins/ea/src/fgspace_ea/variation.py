"""Mutation and crossover of points gene by gene, for all domains; every element of a vector is a gene.

A bit vector with fewer ones than its domain demands is repaired: its first zeros are set.
"""

from collections.abc import Mapping
from random import Random
from typing import Any

from fgspace import Domain, Point, Space, Tokens, Vector

Pair = tuple[Any, Any]


def genes(domain: Domain) -> int:
    """Return the number of genes of a value; 0 if the domain has only one value."""
    if domain.size == 1:
        return 0
    match domain:
        case Vector(_, length, ones) if ones is not None:
            return min(ones, length - ones)
        case Vector(element, length):
            return length * genes(element)
        case Tokens(ranges):
            return sum(bound > 1 for bound in ranges)
    return 1


def mutated(space: Space, point: Point, rate: float | None, rng: Random) -> Point:
    """Return the point with each gene mutated with probability `rate`; if it is None, one gene on average.

    A gene is mutated by its domain. The hyper-parameters of a newly chosen option are drawn at random.
    """
    active = space.active(point)
    rate = 1 / max(1, sum(map(genes, active.values()))) if rate is None else rate
    for path, domain in active.items():
        if path not in point:  # a mutation before this one chose another option, without this hyper-parameter
            continue
        if isinstance(domain, Vector) and domain.ones is None:
            point = point | {path: _mutated_vector(domain, point[path], rate, rng)}
            continue
        for _ in range(_hits(genes(domain), rate, rng)):
            point = space.mutate(point, rng, path)
    return point


def crossed(space: Space, first: Point, second: Point, rng: Random) -> Point:
    """Return a crossover of two points: with probability ½ of whole values, else by the crossover of each domain.

    Element-wise crossover alone makes all vectors alike: masks approach one density. Whole values alone make no new
    vectors.
    """
    if len(first) < 2 or rng.random() < 0.5:
        return space.crossover(first, second, rng)
    mixed = {path: value if rng.random() < 0.5 else second.get(path, value) for path, value in first.items()}
    return _whole(space, mixed, second, rng)


def two_point(space: Space, first: Point, second: Point, rng: Random) -> tuple[Point, Point]:
    """Return the two points that result from exchanging the genes between two random cuts.

    If a cut divides a vector with a fixed number of ones, the crossover of its domain is used for it. A hyper-parameter
    that only one of the points has follows its option; one that neither point has is drawn at random.
    """
    domains = space.active(first) | space.active(second)
    ends, total = {}, 0
    for path, domain in domains.items():
        ends[path] = total, total + _length(domain)
        total += _length(domain)
    start, end = sorted(rng.sample(range(total + 1), 2))
    one, other = dict(first), dict(second)
    for path, (low, high) in ends.items():
        cut = max(low, start) - low, min(high, end) - low
        if cut[0] >= cut[1]:
            continue
        pair = first.get(path, second.get(path)), second.get(path, first.get(path))
        one[path], other[path] = _exchanged(domains[path], pair, cut, rng)
    return _whole(space, one, other, rng), _whole(space, other, one, rng)


def repaired(domain: Vector, bits: list[int]) -> list[int]:
    """Return the bits, with the first zeros set if there are fewer ones than `at_least` of the domain."""
    missing = domain.at_least - sum(bits) if domain.at_least else 0
    if missing <= 0:
        return bits
    zeros = [index for index, bit in enumerate(bits) if not bit]
    filled = set(zeros[:missing])
    return [int(bit or index in filled) for index, bit in enumerate(bits)]


def _mutated_vector(domain: Vector, value: list[Any], rate: float, rng: Random) -> list[Any]:
    draw = rng.random
    if domain.is_binary:
        return repaired(domain, [1 - bit if draw() < rate else bit for bit in value])
    return [_mutated_value(domain.element, one, rate, rng) for one in value]


def _mutated_value(domain: Domain, value: Any, rate: float, rng: Random) -> Any:
    if isinstance(domain, Vector) and domain.ones is None:
        return _mutated_vector(domain, value, rate, rng)
    for _ in range(_hits(genes(domain), rate, rng)):
        value = domain.mutate(value, rng)
    return value


def _hits(count: int, rate: float, rng: Random) -> int:
    return sum(rng.random() < rate for _ in range(count))


def _length(domain: Domain) -> int:
    """Return the number of genes of a value as two-point crossover counts them."""
    return domain.length if isinstance(domain, Vector) else len(domain.range_table)


def _exchanged(domain: Domain, pair: Pair, cut: tuple[int, int], rng: Random) -> Pair:
    """Exchange the elements between the cuts of two values."""
    first, second = pair
    start, end = cut
    if end - start == _length(domain):
        return second, first
    if isinstance(domain, Vector) and domain.ones is not None:
        return domain.crossover(first, second, rng), domain.crossover(second, first, rng)
    one = [*first[:start], *second[start:end], *first[end:]]
    other = [*second[:start], *first[start:end], *second[end:]]
    if isinstance(domain, Vector) and domain.at_least:
        return repaired(domain, one), repaired(domain, other)
    return one, other


def _whole(space: Space, point: Point, other: Mapping[str, Any], rng: Random) -> Point:
    """Return the point with the active hyper-parameters only; missing values come from `other` or are drawn."""
    if space.misfit(point) is None:
        return point
    values = {
        path: point[path] if path in point else other[path] if path in other else domain.sample(rng)
        for path, domain in space.hyper_parameters.items()
    }
    return space.restrict(values)
