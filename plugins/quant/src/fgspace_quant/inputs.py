"""The inputs of a model that is exported: examples, their names in the file, and a model that takes them in a row."""

from collections.abc import Mapping
from typing import Any

import fgspace
from torch import Tensor, nn

IMAGE, TOKENS, OUTPUT = "image", "tokens", "output"


class InARow(nn.Module):
    """A model that takes its inputs in a row, not by name, and puts out the tensors of its output."""

    def __init__(self, model: nn.Module, names: tuple[str, ...] | None) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the tensors that the model puts out."""
        given = inputs[0] if self.names is None else dict(zip(self.names, inputs, strict=True))
        return tuple(tensors(fgspace.trace.call(self.model, given)))


def names(given: Any) -> tuple[str, ...]:
    """Return the names of inputs in a file: those they have, else "image", and "tokens" for whole numbers."""
    if isinstance(given, Mapping):
        return tuple(given)
    return (IMAGE if given.is_floating_point() else TOKENS,)


def in_a_row(given: Any) -> tuple[Tensor, ...]:
    """Return the tensors of inputs that `fgspace.trace.example` has made."""
    return tuple(given.values()) if isinstance(given, Mapping) else (given,)


def output_names(output: Any) -> tuple[str, ...]:
    """Return the names of the tensors of an output in a file: "output", and where there are several, "output1", ..."""
    return tuple(f"{OUTPUT}{index or ''}" for index in range(len(tensors(output))))


def tensors(output: Any) -> list[Tensor]:
    """Return the tensors of an output, in order."""
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, Mapping):
        output = list(output.values())
    return [one for part in output for one in tensors(part)] if isinstance(output, tuple | list) else []
