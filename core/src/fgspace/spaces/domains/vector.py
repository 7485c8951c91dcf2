"""A list of values of one domain."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from random import Random
from typing import Any

from fgspace.spaces.domains import bit_counts
from fgspace.spaces.domains.contract import Domain, Value
from fgspace.spaces.domains.draws import below, in_range, whole
from fgspace.spaces.domains.integer import Int

_only_int = frozenset({int}).issuperset
_TO_BITS = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True)
class Vector:
    """A list of `length` values of one domain; bits may be limited to exactly `ones` ones, or to `at_least` ones.

    Raises:
        ValueError: the length is below 1; `ones` or `at_least` does not fit the length, or the elements are not bits;
            both are given.
    """

    element: Domain
    length: int
    ones: int | None = None
    at_least: int = 0

    def __post_init__(self) -> None:
        for name in ("length", "at_least", *(() if self.ones is None else ("ones",))):
            object.__setattr__(self, name, whole("vector", name, getattr(self, name)))
        if self.length < 1:
            raise ValueError(f"vector: length must be at least 1, got {self.length}")
        if self.ones is not None and not self.is_binary:
            raise ValueError("vector: ones needs elements of int [0, 1]")
        if self.ones is not None and not 0 <= self.ones <= self.length:
            raise ValueError(f"bits: ones must be at least 0 and at most {self.length}, got {self.ones}")
        if self.at_least and (not self.is_binary or self.ones is not None):
            raise ValueError("vector: at_least needs elements of int [0, 1], and cannot stand beside ones")
        if not 0 <= self.at_least <= self.length:
            raise ValueError(f"bits: at_least must be at least 0 and at most {self.length}, got {self.at_least}")

    @cached_property
    def is_binary(self) -> bool:
        """Whether the elements are bits."""
        return self.element == Int(0, 1)

    @cached_property
    def size(self) -> int | float:
        if self.ones is not None:
            return math.comb(self.length, self.ones)
        if self.at_least:
            return bit_counts.count(self.length, self.at_least)
        return self.element.size**self.length

    @property
    def initial(self) -> list[Value]:
        if self.ones is not None:
            return [1] * self.ones + [0] * (self.length - self.ones)
        if self.at_least:
            return [1] * self.length
        return [self.element.initial] * self.length

    @cached_property
    def range_table(self) -> list[int]:
        return self.element.range_table * self.length

    def sample(self, rng: Random) -> list[Value]:
        if self.ones is not None:
            return _with_ones(self.length, self.ones, rng)
        if self.at_least:
            return self._with_at_least(rng)
        if self.is_binary:
            return _as_list(rng.getrandbits(self.length), self.length)
        return [self.element.sample(rng) for _ in range(self.length)]

    def _with_at_least(self, rng: Random) -> list[Value]:
        if self.length <= bit_counts.LONGEST_TABLE:
            return _with_ones(self.length, bit_counts.from_table(self._ends, self.at_least, rng), rng)
        if self.at_least <= self.length // 2:
            return _as_list(bit_counts.drawn(self.length, self.at_least, rng), self.length)
        return _with_ones(self.length, bit_counts.of_long(self.length, self.at_least, rng), rng)

    @cached_property
    def _ends(self) -> list[int]:
        return bit_counts.table(self.length, self.at_least)

    def mutate(self, value: list[Value], rng: Random) -> list[Value]:
        new = list(value)
        if self.size == 1:
            return new
        if self.ones is not None:
            _swap_one(new, rng)
            return new
        if self.at_least and sum(new) == self.at_least:
            new[rng.choice([index for index, bit in enumerate(new) if not bit])] = 1
            return new
        place = below(rng, self.length)
        new[place] = self.element.mutate(new[place], rng)
        return new

    def crossover(self, first: list[Value], second: list[Value], rng: Random) -> list[Value]:
        if self.ones is None:
            mixed = [self.element.crossover(*pair, rng) for pair in zip(first, second, strict=True)]
            return _refilled(mixed, first, self.at_least, rng) if self.at_least else mixed
        # Ones that both have are kept; the missing ones are drawn from those that only one has.
        differing = [index for index in range(self.length) if first[index] != second[index]]
        drawn = set(rng.sample(differing, sum(first[index] for index in differing)))
        return [int(index in drawn) if index in set(differing) else first[index] for index in range(self.length)]

    def contains(self, value: Value) -> bool:
        return (
            isinstance(value, list)
            and len(value) == self.length
            and (_are_bits(value) if self.is_binary else all(map(self.element.contains, value)))
            and (self.ones is None or sum(value) == self.ones)
            and (not self.at_least or sum(value) >= self.at_least)
        )

    def encode(self, value: list[Value]) -> list[int]:
        if self.is_binary:
            return list(value)
        return [token for element in value for token in self.element.encode(element)]

    def decode(self, tokens: Sequence[int]) -> list[Value]:
        value = self._decoded(tokens)
        if self.ones is not None and sum(value) != self.ones:
            raise ValueError(f"expected {self.ones} ones, got {sum(value)}")
        if self.at_least and sum(value) < self.at_least:
            raise ValueError(f"expected at least {self.at_least} ones, got {sum(value)}")
        return value

    def _decoded(self, tokens: Sequence[int]) -> list[Value]:
        if self.is_binary and len(tokens) == self.length and _are_bits(tokens):
            return list(tokens)
        each, checked = len(self.element.range_table), in_range(tokens, self.range_table)
        return [self.element.decode(checked[at : at + each]) for at in range(0, len(checked), each)]

    def enumerate(self) -> Iterator[list[Value]]:
        if self.ones is None:
            every = map(list, product(*[list(self.element.enumerate())] * self.length))
            return (value for value in every if sum(value) >= self.at_least) if self.at_least else every
        places = combinations(range(self.length), self.ones)
        return ([int(index in chosen) for index in range(self.length)] for chosen in places)

    def to_json(self) -> dict[str, Any]:
        if self.is_binary:
            at_least = {"at_least": self.at_least} if self.at_least else {}
            return {"bits": self.length, **({} if self.ones is None else {"ones": self.ones}), **at_least}
        return {"vector": self.element.to_json(), "length": self.length}


def bits(length: int, ones: int | None = None, at_least: int = 0) -> Vector:
    """Return the domain of bit vectors of a length, with any number of ones, exactly `ones`, or at least `at_least`."""
    return Vector(Int(0, 1), length, ones, at_least)


def _as_list(bits: int, length: int) -> list[Value]:
    # By way of text, since taking bits from a long integer one by one takes one division for each.
    return list(f"{bits:0{length}b}"[::-1].encode().translate(_TO_BITS))


def _are_bits(value: Sequence[Value]) -> bool:
    """Return whether all elements are 0 or 1, in a tenth of the time of asking for each."""
    return _only_int(map(type, value)) and value.count(0) + value.count(1) == len(value)


def _with_ones(length: int, ones: int, rng: Random) -> list[Value]:
    chosen = set(rng.sample(range(length), ones))
    return [int(index in chosen) for index in range(length)]


def _refilled(bits: list[Value], parent: list[Value], at_least: int, rng: Random) -> list[Value]:
    """Add ones of a parent, drawn at random, until there are `at_least` ones."""
    missing = max(0, at_least - sum(bits))
    lost = [index for index, bit in enumerate(parent) if bit and not bits[index]]
    drawn = set(rng.sample(lost, missing))
    return [int(bit or index in drawn) for index, bit in enumerate(bits)]


def _swap_one(bits: list[int], rng: Random) -> None:
    ones = [index for index, bit in enumerate(bits) if bit]
    zeros = [index for index, bit in enumerate(bits) if not bit]
    bits[rng.choice(ones)], bits[rng.choice(zeros)] = 0, 1
