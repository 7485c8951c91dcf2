"""One operation of a run: its arguments by name, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Call:
    """One operation of the run: its arguments by name, and its result."""

    name: str
    function: Any
    arguments: Mapping[str, Any]
    result: Any

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument, or the default where the operation has none of that name."""
        return self.arguments.get(name, default)

    @property
    def named(self) -> dict[str, Any]:
        """The arguments that are given by name only."""
        names = {argument.name for argument in self.function._schema.arguments if argument.kwarg_only}
        return {name: value for name, value in self.arguments.items() if name in names}

    @property
    def positional(self) -> list[Any]:
        """The positional arguments."""
        named = self.named
        return [value for name, value in self.arguments.items() if name not in named]

    @property
    def rest(self) -> list[Any]:
        """The positional arguments after the first."""
        return self.positional[1:]

    @property
    def source(self) -> torch.Tensor:
        """The tensor that the operation acts on: its first argument."""
        first: torch.Tensor = next(iter(self.arguments.values()))
        return first

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the (first) result."""
        first = self.result if isinstance(self.result, torch.Tensor) else self.result[0]
        return tuple(first.shape)
