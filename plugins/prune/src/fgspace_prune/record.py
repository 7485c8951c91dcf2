"""The record of one run of a model: merged labels, multiply-adds, views, module calls, and why channels stay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.flop_counter import flop_registry
from torch.utils.weak import WeakTensorKeyDictionary

from fgspace_prune.labels import CONSTANT, Labels, Planes, Value, narrow, tidy, varying

Line = torch.Tensor | None
Key = tuple[str, str, int]
"""The path, type and number of a call, as in the rows of `fgspace.trace`."""


@dataclass(frozen=True)
class Note:
    """The reason why channels stay: an operation that has no rule, or whose result depends on all of them.

    `labels` are the labels that it froze; `unknown` is true where the operation has no rule.
    """

    reason: str
    labels: torch.Tensor
    unknown: bool = False


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
    """A tensor of the run: its shape, and the labels along each dim (None: not channels)."""

    shape: tuple[int, ...]
    lines: tuple[Line, ...]


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
class View:
    """The shape of a view, and the labels that decide its shape in a small model."""

    shape: tuple[int, ...]
    lines: tuple[tuple[tuple[int, ...], torch.Tensor], ...]


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


class Record:
    """The labels of the tensors of one run, and everything that its operations told about them.

    `chunking` is true while the model's code calls `chunk`.
    """

    def __init__(self) -> None:
        self.labels = Labels()
        self.values = WeakTensorKeyDictionary()
        self.notes: list[Note] = []
        self.products: list[Product] = []
        self.producers: list[Producer] = []
        self.scales: list[torch.Tensor] = []
        self.views: list[View] = []
        self.runs: list[Run] = []
        self.chunking = False

    def value(self, tensor: torch.Tensor) -> Value:
        """Return the labels of a tensor; one that no rule has labelled is a constant."""
        known: Value = self.values.get(tensor, CONSTANT)  # type: ignore[no-untyped-call]
        return known

    def labelled(self, tensor: torch.Tensor) -> Labelled:
        """Return the shape and labels of a tensor."""
        # These operations on planes are not the model's own, so the record must not follow them.
        with _disable_current_modes():
            planes = {varying(plane): narrow(plane).reshape(-1) for plane in self.value(tensor).planes}
        return Labelled(tuple(tensor.shape), tuple(planes.get((dim,)) for dim in range(tensor.dim())))

    def settle(self, planes: Iterable[torch.Tensor], weight: bool = False) -> Value:
        """Return the value with these planes; a plane with one label for the whole tensor is frozen.

        Two planes along the same dim are frozen too: each index there would have two labels that decide over it.
        """
        kept: dict[tuple[int, ...], torch.Tensor] = {}
        for plane in map(tidy, planes):
            dims = varying(plane)
            if not dims or dims in kept:
                self.labels.freeze(plane)
            if dims in kept:
                self.labels.freeze(kept[dims])
            if dims:
                kept[dims] = plane
        return Value(tuple(kept.values()), weight)

    def freeze(self, planes: Iterable[torch.Tensor], reason: str, unknown: bool = False) -> None:
        """Freeze the labels of these planes; the reason is noted unless it is empty."""
        small = [narrow(plane).reshape(-1) for plane in planes]
        if small:
            self.labels.freeze(torch.cat(small))
        if small and reason:
            self.notes.append(Note(reason, torch.cat(small), unknown))

    def lines(self, tensor: torch.Tensor | None, reason: str, *dims: int) -> list[Line]:
        """Return the labels along each of `dims`, (size of dim,), None where there are none.

        Planes that vary along other dims cannot be followed through the operation: they are frozen.
        """
        planes = {varying(plane): plane for plane in self.value(tensor).planes} if tensor is not None else {}
        wanted = [(dim % tensor.dim(),) for dim in dims] if tensor is not None else [(0,) for _ in dims]
        self.freeze((plane for key, plane in planes.items() if key not in wanted), reason)
        return [narrow(planes[key]).reshape(-1) if key in planes else None for key in wanted]

    def meet(self, operands: Sequence[tuple[Sequence[int], Planes]], shape: Sequence[int], reason: str) -> Planes:
        """Merge the labels of operands that are broadcast to one shape, and return the planes of the result.

        Labels that vary along some dims need such labels in every operand that is not broadcast over these dims.
        Otherwise a constant, or channels of another dim, are combined with them, and they are frozen.
        """
        sizes = [(1,) * (len(shape) - len(size)) + tuple(size) for size, _ in operands]
        planes = [[narrow(plane)[(None,) * (len(shape) - plane.dim())] for plane in some] for _, some in operands]
        found: dict[tuple[int, ...], list[torch.Tensor]] = {}
        for plane in (plane for some in planes for plane in some):
            found.setdefault(tuple(d for d in range(len(shape)) if plane.shape[d] > 1), []).append(plane)
        for dims, same in found.items():
            holders = sum(any(size[d] > 1 for d in dims) for size in sizes)
            clash = any(other != dims and set(other) & set(dims) for other in found)
            if clash or len(same) < holders:
                self.freeze(same, reason)
            for plane in same[1:]:
                self.labels.merge(same[0], plane)
        return tuple(same[0].expand(*shape) for same in found.values())

    def count(self, call: Call) -> None:
        """Count the multiply-adds of an operation whose sizes do not depend on masks, by torch's own formula."""
        flops = flop_registry.get(call.function.overloadpacket)
        if flops is not None:
            self.products.append(Product(int(flops(*call.positional, **call.named, out_val=call.result)) // 2, ()))

    def view(self, shape: Sequence[int], planes: Planes) -> None:
        """Remember the shape of a view, and the labels that decide it in a small model."""
        lines = tuple((varying(plane), narrow(plane).squeeze()) for plane in planes)
        self.views.append(View(tuple(shape), lines))
