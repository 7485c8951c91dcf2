"""A range of integers."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from fgspace.spaces.domains.contract import Value
from fgspace.spaces.domains.draws import SPREAD, below, in_range, near, whole


@dataclass(frozen=True)
class Int:
    """The integers low, low + step, ..., up to and including high.

    With `log`, an integer n is drawn in proportion to the length of [n - ½, n + ½] on a logarithmic scale.

    Raises:
        ValueError: low, high or step is not a whole number; low exceeds high; step is below 1; the scale is logarithmic
            and low is below 1 or step is not 1.
    """

    low: int
    high: int
    step: int = 1
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high", "step"):
            object.__setattr__(self, name, whole("int", name, getattr(self, name)))
        object.__setattr__(self, "log", bool(self.log))
        if self.low > self.high:
            raise ValueError(f"int: low must not exceed high, got {self.low} > {self.high}")
        if self.step < 1:
            raise ValueError(f"int: step must be at least 1, got {self.step}")
        if self.log and self.step != 1:
            raise ValueError(f"int: takes either log or a step, got log and a step of {self.step}; leave one out")
        if self.log and self.low < 1:
            raise ValueError(f"int: low must be at least 1 where log is true, got {self.low}")

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

    def share(self, value: int) -> float:
        """Return the share, from 0 to 1, of the way from low to high at which a value lies, on the domain's scale."""
        if self.low == self.high:
            return 0.0
        if self.log:
            return math.log1p((value - self.low) / self.low) / math.log1p((self.high - self.low) / self.low)
        return (value - self.low) / (self.high - self.low)

    def sample(self, rng: Random) -> int:
        return self._covering(rng.random()) if self.log else self.low + self.step * below(rng, self.size)

    def mutate(self, value: int, rng: Random) -> int:
        if not self.log or self.size < 3:
            return self.low + self.step * near((value - self.low) // self.step, self.size, rng)
        at = math.log1p((value - self.low + 0.5) / self._start) / self._length
        new = value
        while new == value:
            share = rng.gauss(at, SPREAD)
            if 0 <= share < 1:
                new = self._covering(share)
        return new

    @property
    def _start(self) -> float:
        """The lower end of the interval of `low`."""
        return self.low - 0.5

    @cached_property
    def _length(self) -> float:
        """The length of the intervals of all values, on the logarithmic scale."""
        return math.log1p(self.size / self._start)

    def _covering(self, share: float) -> int:
        """Return the value whose interval covers this share, from 0 to 1, of the logarithmic scale."""
        # Counted from the start, so that the integers of a short range far from 0 are told apart too.
        return self.low + min(int(self._start * math.expm1(share * self._length)), self.size - 1)

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
        ends = [self.low, self.high] if self.step == 1 else [self.low, self.high, self.step]
        return {"int": ends, **({"log": True} if self.log else {})}
