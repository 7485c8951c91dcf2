"""What every domain does with its own values."""

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
