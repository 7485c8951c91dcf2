"""What one run of a model tells: products, producers of channels, shapes of views, splits and calls of layers."""

from dataclasses import dataclass

import torch

Line = torch.Tensor | None
Key = tuple[str, str, int]
"""The path, type and number of a call, as in the rows of `fgspace.trace`."""


@dataclass(frozen=True)
class Product:
    """The multiply-adds of one convolution or matrix product: `times` times the product of `sizes`."""

    times: int
    sizes: tuple[torch.Tensor | int, ...]


@dataclass(frozen=True)
class Producer:
    """A weight that makes channels: the labels of its results, and those of its inputs (None: not channels)."""

    out: torch.Tensor
    read: Line


@dataclass(frozen=True)
class Labelled:
    """The shape of a tensor of the run, and its planes: the dims along which labels vary, with the labels."""

    shape: tuple[int, ...]
    planes: tuple[tuple[tuple[int, ...], torch.Tensor], ...]


@dataclass(frozen=True)
class Run:
    """One call of a layer or function: its inputs and outputs, and the numbers of its products in the record.

    `parameters` are the names of the parameters that it is the first to read.
    """

    key: Key
    inputs: tuple[Labelled, ...]
    outputs: tuple[Labelled, ...]
    parameters: tuple[str, ...]
    products: tuple[int, ...]


@dataclass(frozen=True)
class Site:
    """Where a view is made: the modules whose code runs, innermost first, and the line of the code."""

    modules: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, eq=False)
class Doubt:
    """Labels that can only be cut if the code does not write a size out: `view` is the number of the view that tells.

    `reason` says why they stay if it does.
    """

    view: int
    labels: torch.Tensor
    reason: str


@dataclass(frozen=True)
class Split:
    """A dim of channels that a view splits into several: at most one of these can shrink.

    `labels` have one dim for each of them; `shrinks` is the one that does, where nothing else in the model decides it.
    `view` is the number of the view, None where a layer of torch makes it: its code is known.
    """

    labels: torch.Tensor
    shrinks: int
    view: int | None
