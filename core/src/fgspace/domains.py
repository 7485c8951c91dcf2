"""Domains: the values a hyper-parameter may take; each samples, mutates, crosses, checks and encodes its own value."""

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from random import Random
from typing import Any, Protocol, runtime_checkable

Value = Any
"""A value of a point: plain JSON."""

_SPREAD = 0.2
"""Standard deviation of a mutation's step, as a share of an ordered domain's whole range."""


@runtime_checkable
class Domain(Protocol):
    """The values a hyper-parameter may take."""

    @property
    def size(self) -> int | float:
        """The number of values; `math.inf` for a continuous domain."""

    @property
    def initial(self) -> Value:
        """The value to start from where the description gives none."""

    @property
    def range_table(self) -> list[int]:
        """For each token of a value, how many values that token may take."""

    def sample(self, rng: Random) -> Value:
        """Draw a value, each equally likely."""

    def mutate(self, value: Value, rng: Random) -> Value:
        """Move to another value; the same one only where there is no other."""

    def crossover(self, first: Value, second: Value, rng: Random) -> Value:
        """Mix two values into one of the domain."""

    def contains(self, value: Value) -> bool:
        """Say whether the value is one of the domain's."""

    def encode(self, value: Value) -> list[int]:
        """Return the value's tokens, each at least 0 and below its entry of `range_table`."""

    def decode(self, tokens: Sequence[int]) -> Value:
        """Return the value that has these tokens; raises ValueError where none has."""

    def enumerate(self) -> Iterator[Value]:
        """Yield every value once, in a fixed order; raises ValueError for a continuous domain."""

    def to_json(self) -> dict[str, Any]:
        """Return the domain as it is written in a description."""


@dataclass(frozen=True)
class Choice:
    """One of several options, without order.

    Raises:
        ValueError: there is no option, or one is given twice.
    """

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options:
            raise ValueError("choice: needs at least one option")
        for index, option in enumerate(self.options):
            if option in self.options[:index]:
                raise ValueError(f"choice: option {option!r} is given twice")

    @property
    def size(self) -> int:
        return len(self.options)

    @property
    def initial(self) -> Value:
        return self.options[0]

    @property
    def range_table(self) -> list[int]:
        return [len(self.options)]

    def sample(self, rng: Random) -> Value:
        return self.options[_below(rng, len(self.options))]

    def mutate(self, value: Value, rng: Random) -> Value:
        others = len(self.options) - 1
        if not others:
            return value
        drawn = _below(rng, others)
        return self.options[drawn + (drawn >= self.options.index(value))]

    def crossover(self, first: Value, second: Value, rng: Random) -> Value:
        return first if rng.random() < 0.5 else second

    def contains(self, value: Value) -> bool:
        return value in self.options

    def encode(self, value: Value) -> list[int]:
        return [self.options.index(value)]

    def decode(self, tokens: Sequence[int]) -> Value:
        (token,) = _in_range(tokens, self.range_table)
        return self.options[token]

    def enumerate(self) -> Iterator[Value]:
        return iter(self.options)

    def to_json(self) -> dict[str, Any]:
        return {"choice": list(self.options)}


@dataclass(frozen=True)
class Int:
    """The integers from low to high, both included, every step-th.

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
    def initial(self) -> int:
        return self.low

    @property
    def range_table(self) -> list[int]:
        return [self.size]

    def sample(self, rng: Random) -> int:
        return self.low + self.step * _below(rng, self.size)

    def mutate(self, value: int, rng: Random) -> int:
        if self.size < 3:
            return value if self.size == 1 else 2 * self.low + self.step - value
        old = new = (value - self.low) // self.step
        while new == old or not 0 <= new < self.size:
            new = round(rng.gauss(old, max(1.0, _SPREAD * (self.size - 1))))
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
        (token,) = _in_range(tokens, self.range_table)
        return self.low + self.step * token

    def enumerate(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1, self.step))

    def to_json(self) -> dict[str, Any]:
        return {"int": [self.low, self.high] if self.step == 1 else [self.low, self.high, self.step]}


@dataclass(frozen=True)
class Float:
    """The real numbers from low to high, both included, evenly or evenly on a logarithmic scale.

    Its token is the number of double-precision numbers between low and the value, so that encoding loses nothing.

    Raises:
        ValueError: low exceeds high, or the scale is logarithmic and low is not positive.
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
        """Return the value that stands at this share, 0 to 1, of the way from low to high."""
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return min(max(value, self.low), self.high)

    def share(self, value: float) -> float:
        """Return how far, 0 to 1, the value is on the way from low to high."""
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
            share = rng.gauss(self.share(value), _SPREAD)
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
        (token,) = _in_range(tokens, self.range_table)
        return _unrank(token + _rank(self.low))

    def enumerate(self) -> Iterator[float]:
        if self.low == self.high:
            return iter([self.low])
        raise ValueError(f"float [{self.low}, {self.high}] is continuous and cannot be enumerated")

    def to_json(self) -> dict[str, Any]:
        return {"float": [self.low, self.high], **({"log": True} if self.log else {})}


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
        place = _below(rng, self.length)
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
        _in_range(tokens, self.range_table)
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


def in_words(domain: Domain) -> str:
    """Return the domain as a person reads it: "int [1, 8]", "choice of 3, 5", "8 bits with 4 ones"."""
    match domain:
        case Choice(options):
            return "choice of " + ", ".join(map(str, options))
        case Int(low, high, step):
            return f"int [{low}, {high}]" + (f" step {step}" if step > 1 else "")
        case Float(low, high, log):
            return f"float [{low:g}, {high:g}]" + (" log" if log else "")
        case Vector(_, length, ones) if domain.is_binary:
            return f"{length} bits" + (f" with {ones} ones" if ones is not None else "")
        case Vector(element, length):
            return f"vector of {length}, each {in_words(element)}"
    return str(domain)


def _below(rng: Random, bound: int) -> int:
    # As random as randrange to one part in 2^53, at a third of its time; bounds beyond that take randrange.
    return int(rng.random() * bound) if bound < 1 << 40 else rng.randrange(bound)


def _swap_one(bits: list[int], rng: Random) -> None:
    ones = [index for index, bit in enumerate(bits) if bit]
    zeros = [index for index, bit in enumerate(bits) if not bit]
    bits[rng.choice(ones)], bits[rng.choice(zeros)] = 0, 1


def _in_range(tokens: Sequence[int], table: list[int]) -> Sequence[int]:
    if len(tokens) != len(table):
        raise ValueError(f"expected {len(table)} tokens, got {len(tokens)}")
    for index, (token, bound) in enumerate(zip(tokens, table, strict=True)):
        if not 0 <= token < bound:
            raise ValueError(f"token {index} must be at least 0 and below {bound}, got {token}")
    return tokens


def _rank(number: float) -> int:
    """Return the place of a double among all doubles in order, 0.0 having place 0."""
    (pattern,) = struct.unpack("<q", struct.pack("<d", number))
    return pattern if pattern >= 0 else -(pattern & 0x7FFF_FFFF_FFFF_FFFF)


def _unrank(rank: int) -> float:
    pattern = rank if rank >= 0 else -rank - (1 << 63)
    (number,) = struct.unpack("<d", struct.pack("<q", pattern))
    return float(number)
