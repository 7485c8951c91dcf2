"""A list of values of one domain."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from random import Random
from typing import Any

from fgspace.domains.contract import Domain, Value
from fgspace.domains.draws import below, in_range
from fgspace.domains.integer import Int


@dataclass(frozen=True)
class Vector:
    """A list of `length` values of one domain; where `ones` is given, bits with exactly that many ones.

    Raises:
        ValueError: the length is below 1, or `ones` does not fit the length, or stands beside another domain than bits.
    """

    element: Domain
    length: int
    ones: int | None = None

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"vector: length must be at least 1, got {self.length}")
        if self.ones is not None and not self.is_binary:
            raise ValueError("vector: ones needs elements of int [0, 1]")
        if self.ones is not None and not 0 <= self.ones <= self.length:
            raise ValueError(f"bits: ones must be at least 0 and at most {self.length}, got {self.ones}")

    @cached_property
    def is_binary(self) -> bool:
        """Say whether the elements are bits."""
        return self.element == Int(0, 1)

    @cached_property
    def size(self) -> int | float:
        if self.ones is not None:
            return math.comb(self.length, self.ones)
        return self.element.size**self.length

    @property
    def initial(self) -> list[Value]:
        if self.ones is not None:
            return [1] * self.ones + [0] * (self.length - self.ones)
        return [self.element.initial] * self.length

    @cached_property
    def range_table(self) -> list[int]:
        return self.element.range_table * self.length

    def sample(self, rng: Random) -> list[Value]:
        if self.ones is not None:
            chosen = set(rng.sample(range(self.length), self.ones))
            return [int(index in chosen) for index in range(self.length)]
        if self.is_binary:
            bits = rng.getrandbits(self.length)
            return [bits >> index & 1 for index in range(self.length)]
        return [self.element.sample(rng) for _ in range(self.length)]

    def mutate(self, value: list[Value], rng: Random) -> list[Value]:
        new = list(value)
        if self.size == 1:
            return new
        if self.ones is not None:
            _swap_one(new, rng)
            return new
        place = below(rng, self.length)
        new[place] = self.element.mutate(new[place], rng)
        return new

    def crossover(self, first: list[Value], second: list[Value], rng: Random) -> list[Value]:
        if self.ones is None:
            return [self.element.crossover(*pair, rng) for pair in zip(first, second, strict=True)]
        # Ones that both have stay; of those that only one has, as many as are missing are drawn.
        differing = [index for index in range(self.length) if first[index] != second[index]]
        drawn = set(rng.sample(differing, sum(first[index] for index in differing)))
        return [int(index in drawn) if index in set(differing) else first[index] for index in range(self.length)]

    def contains(self, value: Value) -> bool:
        return (
            isinstance(value, list)
            and len(value) == self.length
            and all(map(self.element.contains, value))
            and (self.ones is None or sum(value) == self.ones)
        )

    def encode(self, value: list[Value]) -> list[int]:
        return [token for element in value for token in self.element.encode(element)]

    def decode(self, tokens: Sequence[int]) -> list[Value]:
        each = len(self.element.range_table)
        in_range(tokens, self.range_table)
        value = [self.element.decode(tokens[at : at + each]) for at in range(0, len(tokens), each)]
        if self.ones is not None and sum(value) != self.ones:
            raise ValueError(f"expected {self.ones} ones, got {sum(value)}")
        return value

    def enumerate(self) -> Iterator[list[Value]]:
        if self.ones is None:
            return map(list, product(*[list(self.element.enumerate())] * self.length))
        places = combinations(range(self.length), self.ones)
        return ([int(index in chosen) for index in range(self.length)] for chosen in places)

    def to_json(self) -> dict[str, Any]:
        if self.is_binary:
            return {"bits": self.length, **({} if self.ones is None else {"ones": self.ones})}
        return {"vector": self.element.to_json(), "length": self.length}


def bits(length: int, ones: int | None = None) -> Vector:
    """Return the domain of bit vectors of a length, with any number of ones or exactly `ones`."""
    return Vector(Int(0, 1), length, ones)


def _swap_one(bits: list[int], rng: Random) -> None:
    ones = [index for index, bit in enumerate(bits) if bit]
    zeros = [index for index, bit in enumerate(bits) if not bit]
    bits[rng.choice(ones)], bits[rng.choice(zeros)] = 0, 1
