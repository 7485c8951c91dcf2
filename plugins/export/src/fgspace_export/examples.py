"""Inputs that an exported network is checked on: random ones, and examples of the evaluator's data."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import fgspace
import torch
from fgspace import NetworkFacts
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

BATCHES = (1, 3, 8)
"""The sizes of the random batches: a file that was made for one size would fail at another."""
REAL = 32
"""The number of real inputs."""


def batches(shape: Sequence[Any], facts: NetworkFacts | None, batch: int | None = None) -> dict[str, list[Any]]:
    """Return kind → batches of inputs, as `fgspace.trace.example` makes them: "random", and "real" where there are.

    All are of one size where `batch` is given.
    """
    sizes = BATCHES if batch is None else (batch,)
    found = {"random": [fgspace.trace.example(shape, size, seed=size) for size in sizes]}
    examples = facts.examples if facts is not None else None
    return {**found, "real": [examples(batch or REAL)]} if examples is not None else found


def traced(shape: Sequence[Any], batch: int | None) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Return arguments to trace a network with, those by position and by name, and which sizes of them may change."""
    given = fgspace.trace.example(shape, batch or 2)
    named = dict(given) if isinstance(given, Mapping) else {}
    positional = () if named else (given,)
    size = None if batch else {0: torch.export.Dim("batch", min=1)}
    if named:
        return (), named, None if batch else dict.fromkeys(named, size)
    inside: Any = tuple(size for _ in given) if isinstance(given, tuple) else size
    return positional, {}, None if batch else (inside,)


def outputs(model: nn.Module, given: Any) -> list[Tensor]:
    """Return the tensors that a network puts out for one batch."""
    with evaluating(model), torch.no_grad():
        return tensors(fgspace.trace.call(model, given))


def tensors(output: Any) -> list[Tensor]:
    """Return the tensors in an output, in order."""
    return [one for one in tree_leaves(output) if isinstance(one, Tensor)]


def by_name(given: Any) -> dict[str, Tensor]:
    """Return the inputs of a batch by the names that an exported file gives them."""
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, tuple):
        return {f"input_{index}": one for index, one in enumerate(given)}
    return {"image" if given.dim() == 4 and given.is_floating_point() else "input": given}


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode meanwhile."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
