"""A range of integers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from fgspace.spaces.domains.contract import Value
from fgspace.spaces.domains.draws import SPREAD, below, in_range


@dataclass(frozen=True)
class Int:
    """The integers low, low + step, ..., up to and including high.

    Raises:
        ValueError: low exceeds high, or step is below 1.
    """

    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"int: low must not exceed high, got {self.low} > {self.high}")
        if self.step < 1:
            raise ValueError(f"int: step must be at least 1, got {self.step}")

    @cached_property
    def size(self) -> int:
        return (self.high - self.low) // self.step + 1

    @property
    def values(self) -> range:
        """The integers, in order."""
        return range(self.low, self.high + 1, self.step)

    @property
    def initial(self) -> int:
        return self.low

    @property
    def range_table(self) -> list[int]:
        return [self.size]

    def sample(self, rng: Random) -> int:
        return self.low + self.step * below(rng, self.size)

    def mutate(self, value: int, rng: Random) -> int:
        if self.size < 3:
            return value if self.size == 1 else 2 * self.low + self.step - value
        old = new = (value - self.low) // self.step
        while new == old or not 0 <= new < self.size:
            new = round(rng.gauss(old, max(1.0, SPREAD * (self.size - 1))))
        return self.low + self.step * new

    def crossover(self, first: int, second: int, rng: Random) -> int:
        return first if rng.random() < 0.5 else second

    def contains(self, value: Value) -> bool:
        return (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
            and (value - self.low) % self.step == 0
        )

    def encode(self, value: int) -> list[int]:
        return [(value - self.low) // self.step]

    def decode(self, tokens: Sequence[int]) -> int:
        (token,) = in_range(tokens, self.range_table)
        return self.low + self.step * token

    def enumerate(self) -> Iterator[int]:
        return iter(self.values)

    def to_json(self) -> dict[str, Any]:
        return {"int": [self.low, self.high] if self.step == 1 else [self.low, self.high, self.step]}
