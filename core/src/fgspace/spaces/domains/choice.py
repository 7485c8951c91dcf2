"""A choice among options."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from fgspace.documents.plain import plain
from fgspace.spaces.domains.contract import Value
from fgspace.spaces.domains.draws import below, in_range


@dataclass(frozen=True)
class Choice:
    """One of several options, without order.

    Raises:
        ValueError: there is no option, or one is given twice.
    """

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(plain(list(self.options), "choice")))
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
        return self.options[below(rng, len(self.options))]

    def mutate(self, value: Value, rng: Random) -> Value:
        others = len(self.options) - 1
        if not others:
            return value
        drawn = below(rng, others)
        return self.options[drawn + (drawn >= self.options.index(value))]

    def crossover(self, first: Value, second: Value, rng: Random) -> Value:
        return first if rng.random() < 0.5 else second

    def contains(self, value: Value) -> bool:
        return value in self.options

    def encode(self, value: Value) -> list[int]:
        return [self.options.index(value)]

    def decode(self, tokens: Sequence[int]) -> Value:
        (token,) = in_range(tokens, self.range_table)
        return self.options[token]

    def enumerate(self) -> Iterator[Value]:
        return iter(self.options)

    def to_json(self) -> dict[str, Any]:
        return {"choice": list(self.options)}
