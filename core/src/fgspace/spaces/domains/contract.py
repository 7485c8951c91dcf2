"""The contract of a domain."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Protocol, runtime_checkable

Value = Any
"""A value of a point: plain JSON."""


@runtime_checkable
class Domain(Protocol):
    """The values a hyper-parameter may take."""

    @property
    def size(self) -> int | float:
        """The number of values; `math.inf` for a continuous domain."""

    @property
    def initial(self) -> Value:
        """The initial value, if the description gives none."""

    @property
    def range_table(self) -> list[int]:
        """The number of values of each token."""

    def sample(self, rng: Random) -> Value:
        """Draw a value uniformly."""

    def mutate(self, value: Value, rng: Random) -> Value:
        """Return another value at random, or the same one if there is no other."""

    def crossover(self, first: Value, second: Value, rng: Random) -> Value:
        """Mix two values into a value of the domain."""

    def contains(self, value: Value) -> bool:
        """Return whether a value is in the domain."""

    def encode(self, value: Value) -> list[int]:
        """Return the tokens of a value, each at least 0 and below its entry in `range_table`."""

    def decode(self, tokens: Sequence[int]) -> Value:
        """Return the value with these tokens; raise ValueError if there is none."""

    def enumerate(self) -> Iterator[Value]:
        """Yield every value once, in a fixed order; raise ValueError if the domain is continuous."""

    def to_json(self) -> dict[str, Any]:
        """Return the domain as a description writes it."""
