"""A range of real numbers."""

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from fgspace.documents.plain import plain
from fgspace.errors import brief
from fgspace.spaces.domains.contract import Value
from fgspace.spaces.domains.draws import SPREAD, below, in_range, near
from fgspace.spaces.domains.steps import Steps


@dataclass(frozen=True)
class Float:
    """The real numbers from low to high, both included, drawn uniformly on a linear or a logarithmic scale.

    With a `step`, they are low, low + step, ..., high, each the number that its decimal digits name (0.15, not
    0.15000000000000002), and the token of a value is its index. Without one, the token of a value is the number of
    double-precision numbers between low and it, so that encoding is lossless.

    Raises:
        ValueError: a number is not finite, low exceeds high, the scale is logarithmic and low is not positive, the step
            is not positive or does not reach high, or there is a step on a logarithmic scale.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high", *(() if self.step is None else ("step",))):
            object.__setattr__(self, name, _real(name, getattr(self, name)))
        object.__setattr__(self, "log", bool(self.log))
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"float: low and high must be finite, got {self.low} and {self.high}")
        if self.low > self.high:
            raise ValueError(f"float: low must not exceed high, got {self.low} > {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"float: low must be above 0 where log is true, got {self.low}")
        if self.step is not None:
            self._check_step(self.step)

    def _check_step(self, step: float) -> None:
        if self.log:
            raise ValueError(f"float: takes either log or a step, got log and a step of {step}; leave one out")
        if not (math.isfinite(step) and step > 0):
            raise ValueError(f"float: step must be a finite number above 0, got {step}")
        largest = max(-self.low, self.high)
        if step < 2 * math.ulp(largest):
            raise ValueError(f"float: steps of {step} are too fine for numbers as large as {largest}; take larger ones")
        last = Steps(self.low, self.high, step)[-1]
        if last != self.high:
            raise ValueError(
                f"float: {self.high} is not reached from {self.low} in steps of {step}; write {last} as high"
            )

    @cached_property
    def values(self) -> Sequence[float] | None:
        """The numbers in order where there is a step, else None."""
        return None if self.step is None else Steps(self.low, self.high, self.step)

    @property
    def size(self) -> int | float:
        if self.values is not None:
            return len(self.values)
        return 1 if self.low == self.high else math.inf

    @property
    def initial(self) -> float:
        return self.low

    @cached_property
    def range_table(self) -> list[int]:
        return [_rank(self.high) - _rank(self.low) + 1 if self.values is None else len(self.values)]

    def at_share(self, share: float) -> float:
        """Return the value at a share, from 0 to 1, of the way from low to high on the domain's scale.

        With a step, it is the value nearest to that place.
        """
        if self.values is not None:
            return self.values[round(share * (len(self.values) - 1))]
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return min(max(value, self.low), self.high)

    def share(self, value: float) -> float:
        """Return the share, from 0 to 1, of the way from low to high at which a value lies, on the domain's scale."""
        if self.low == self.high:
            return 0.0
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def sample(self, rng: Random) -> float:
        return self.at_share(rng.random()) if self.values is None else self.values[below(rng, len(self.values))]

    def mutate(self, value: float, rng: Random) -> float:
        if self.values is not None:
            return self.values[near(self.values.index(value), len(self.values), rng)]
        new = value
        while new == value and self.low < self.high:
            share = rng.gauss(self.share(value), SPREAD)
            if 0 <= share <= 1:
                new = self.at_share(share)
        return new

    def crossover(self, first: float, second: float, rng: Random) -> float:
        return first if rng.random() < 0.5 else second

    def contains(self, value: Value) -> bool:
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
            and (self.values is None or value in self.values)
        )

    def encode(self, value: float) -> list[int]:
        return [_rank(float(value)) - _rank(self.low) if self.values is None else self.values.index(value)]

    def decode(self, tokens: Sequence[int]) -> float:
        (token,) = in_range(tokens, self.range_table)
        return _unrank(token + _rank(self.low)) if self.values is None else self.values[token]

    def enumerate(self) -> Iterator[float]:
        if self.values is not None:
            return iter(self.values)
        if self.low == self.high:
            return iter([self.low])
        raise ValueError(f"float [{self.low}, {self.high}] is continuous and cannot be enumerated")

    def to_json(self) -> dict[str, Any]:
        ends = [self.low, self.high] if self.step is None else [self.low, self.high, self.step]
        return {"float": ends, **({"log": True} if self.log else {})}


def _real(name: str, given: Any) -> float:
    number = plain(given, f"float: {name}")
    if not isinstance(number, int | float) or isinstance(number, bool):
        raise ValueError(f"float: expected a number as {name}, got {brief(number)}")
    return float(number)


def _rank(number: float) -> int:
    """Return the rank of a double among all doubles, that of 0.0 being 0."""
    pattern: int
    (pattern,) = struct.unpack("<q", struct.pack("<d", number))
    return pattern if pattern >= 0 else -(pattern & 0x7FFF_FFFF_FFFF_FFFF)


def _unrank(rank: int) -> float:
    pattern = rank if rank >= 0 else -rank - (1 << 63)
    (number,) = struct.unpack("<d", struct.pack("<q", pattern))
    return float(number)
