"""A range of real numbers."""

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from fgspace.spaces.domains.contract import Value
from fgspace.spaces.domains.draws import SPREAD, in_range


@dataclass(frozen=True)
class Float:
    """The real numbers from low to high, both included, drawn uniformly on a linear or a logarithmic scale.

    The token of a value is the number of double-precision numbers between low and it, so that encoding is lossless.

    Raises:
        ValueError: low or high is not finite, low exceeds high, or the scale is logarithmic and low is not positive.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"float: low and high must be finite, got {self.low} and {self.high}")
        if self.low > self.high:
            raise ValueError(f"float: low must not exceed high, got {self.low} > {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"float: low must be above 0 where log is true, got {self.low}")

    @property
    def size(self) -> int | float:
        return 1 if self.low == self.high else math.inf

    @property
    def initial(self) -> float:
        return self.low

    @cached_property
    def range_table(self) -> list[int]:
        return [_rank(self.high) - _rank(self.low) + 1]

    def at_share(self, share: float) -> float:
        """Return the value at a share, from 0 to 1, of the way from low to high on the scale of the domain."""
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return min(max(value, self.low), self.high)

    def share(self, value: float) -> float:
        """Return the share, from 0 to 1, of the way from low to high at which a value lies."""
        if self.low == self.high:
            return 0.0
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def sample(self, rng: Random) -> float:
        return self.at_share(rng.random())

    def mutate(self, value: float, rng: Random) -> float:
        new = value
        while new == value and self.low < self.high:
            share = rng.gauss(self.share(value), SPREAD)
            if 0 <= share <= 1:
                new = self.at_share(share)
        return new

    def crossover(self, first: float, second: float, rng: Random) -> float:
        return first if rng.random() < 0.5 else second

    def contains(self, value: Value) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def encode(self, value: float) -> list[int]:
        return [_rank(float(value)) - _rank(self.low)]

    def decode(self, tokens: Sequence[int]) -> float:
        (token,) = in_range(tokens, self.range_table)
        return _unrank(token + _rank(self.low))

    def enumerate(self) -> Iterator[float]:
        if self.low == self.high:
            return iter([self.low])
        raise ValueError(f"float [{self.low}, {self.high}] is continuous and cannot be enumerated")

    def to_json(self) -> dict[str, Any]:
        return {"float": [self.low, self.high], **({"log": True} if self.log else {})}


def _rank(number: float) -> int:
    """Return the rank of a double among all doubles, that of 0.0 being 0."""
    pattern: int
    (pattern,) = struct.unpack("<q", struct.pack("<d", number))
    return pattern if pattern >= 0 else -(pattern & 0x7FFF_FFFF_FFFF_FFFF)


def _unrank(rank: int) -> float:
    pattern = rank if rank >= 0 else -rank - (1 << 63)
    (number,) = struct.unpack("<d", struct.pack("<q", pattern))
    return float(number)
