"""The tokens of a token space, as one value."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from random import Random
from typing import Any

from fgspace.spaces.domains.contract import Value
from fgspace.spaces.domains.draws import below, in_range, whole


@dataclass(frozen=True)
class Tokens:
    """A list of integers, the i-th at least 0 and below `ranges[i]`; the token space gives them their meaning.

    Raises:
        ValueError: `ranges` is empty, or one of them is below 1.
    """

    ranges: tuple[int, ...]

    def __post_init__(self) -> None:
        ranges = [whole("tokens", f"the range of token {index}", bound) for index, bound in enumerate(self.ranges)]
        object.__setattr__(self, "ranges", tuple(ranges))
        if not self.ranges:
            raise ValueError("tokens: needs at least one token")
        for index, bound in enumerate(self.ranges):
            if bound < 1:
                raise ValueError(f"tokens: the range of token {index} must be at least 1, got {bound}")

    @cached_property
    def size(self) -> int:
        return math.prod(self.ranges)

    @property
    def initial(self) -> list[int]:
        return [0] * len(self.ranges)

    @cached_property
    def range_table(self) -> list[int]:
        return list(self.ranges)

    @cached_property
    def _movable(self) -> list[int]:
        return [index for index, bound in enumerate(self.ranges) if bound > 1]

    def sample(self, rng: Random) -> list[int]:
        return [below(rng, bound) for bound in self.ranges]

    def mutate(self, value: list[int], rng: Random) -> list[int]:
        new = list(value)
        if self._movable:
            site = self._movable[below(rng, len(self._movable))]
            drawn = below(rng, self.ranges[site] - 1)
            new[site] = drawn + (drawn >= new[site])
        return new

    def crossover(self, first: list[int], second: list[int], rng: Random) -> list[int]:
        return [one if rng.random() < 0.5 else other for one, other in zip(first, second, strict=True)]

    def contains(self, value: Value) -> bool:
        return (
            isinstance(value, list)
            and len(value) == len(self.ranges)
            and all(type(token) is int and 0 <= token < bound for token, bound in zip(value, self.ranges, strict=True))
        )

    def encode(self, value: list[int]) -> list[int]:
        return list(value)

    def decode(self, tokens: Sequence[int]) -> list[int]:
        return list(in_range(tokens, self.range_table))

    def enumerate(self) -> Iterator[list[int]]:
        return map(list, product(*map(range, self.ranges)))

    def to_json(self) -> dict[str, Any]:
        return {"tokens": list(self.ranges)}
