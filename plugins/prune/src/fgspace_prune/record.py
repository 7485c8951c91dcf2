"""The record of one run of a model: merged labels, multiply-adds, views, module calls, and why channels stay."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.flop_counter import flop_registry
from torch.utils.weak import WeakTensorKeyDictionary

from fgspace_prune.attention import attending
from fgspace_prune.call import Call
from fgspace_prune.events import Doubt, Labelled, Line, Producer, Product, Run, Site, Split
from fgspace_prune.labels import CONSTANT, Labels, Note, Planes, Value, narrow, tidy, varying
from fgspace_prune.places import integers, owners, stack, users_line

WRITTEN = "the code makes a view for the full number of heads"


class Record:
    """The labels of the tensors of one run, and everything that its operations told about them.

    `chunking` is true while the model's code calls `chunk`; `buffers` is the first label of the model's buffers.
    """

    def __init__(self) -> None:
        self.labels = Labels()
        self.values = WeakTensorKeyDictionary()
        self.notes: list[Note] = []
        self.products: list[Product] = []
        self.producers: list[Producer] = []
        self.scales: list[torch.Tensor] = []
        self.views: list[Labelled] = []
        self.sites: list[Site] = []
        self.names: dict[int, str] = {}
        self.doubts: list[Doubt] = []
        self.output: list[Note] = []
        self.decided = False
        self.splits: list[Split] = []
        self.runs: list[Run] = []
        self.chunking = False
        self.buffers = 0

    def value(self, tensor: torch.Tensor) -> Value:
        """Return the labels of a tensor; one that no rule has labelled is a constant."""
        known: Value = self.values.get(tensor, CONSTANT)  # type: ignore[no-untyped-call]
        return known

    def labelled(self, tensor: torch.Tensor) -> Labelled:
        """Return the shape and labels of a tensor."""
        # These operations on planes are not the model's own, so the record must not follow them.
        with _disable_current_modes():
            return _labelled(tensor.shape, self.value(tensor).planes)

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
        note = self.note(planes, reason, unknown)
        if len(note.labels):
            self.labels.freeze(note.labels)
        if len(note.labels) and reason:
            self.notes.append(note)

    def note(self, planes: Iterable[torch.Tensor], reason: str, unknown: bool = False) -> Note:
        """Return the reason why the labels of these planes stay."""
        small = [narrow(plane).reshape(-1) for plane in planes]
        labels = torch.cat(small) if small else torch.empty(0, dtype=torch.int64)
        return Note(reason, labels, unknown, users_line(stack()) if small and reason else "")

    def use(self, tensor: torch.Tensor) -> None:
        """Freeze the channels that a tensor depends on as a whole, now that it is read."""
        for note in self.value(tensor).mixed:
            self.labels.freeze(note.labels)
            self.notes.append(note)

    def hold(self, planes: Iterable[torch.Tensor], dims: Iterable[int], reason: str) -> list[torch.Tensor]:
        """Return the planes, of which none can shrink along any of `dims`.

        Where labels vary along other dims too, the indices along `dims` are kept or cut together; else they are frozen.
        """
        gone, held, stay = set(dims), [], []
        for plane in planes:
            mine = varying(plane)
            if not gone & set(mine):
                held.append(plane)
            elif set(mine) <= gone:
                stay.append(plane)
                held.append(plane)
            else:
                held.append(self._together(plane, gone & set(mine)))
        self.freeze(stay, reason)
        return held

    def _together(self, plane: torch.Tensor, dims: Iterable[int]) -> torch.Tensor:
        """Keep or cut the indices along `dims` together, and return the plane with equal labels along these."""
        small = narrow(plane)
        for dim in dims:
            first = small.narrow(dim, 0, 1)
            self.labels.merge(first, small)
            small = first
        return small.expand(plane.shape)

    def lines(self, tensor: torch.Tensor | None, reason: str, *dims: int) -> list[Line]:
        """Return the labels along each of `dims`, (size of dim,), None where there are none.

        Planes that vary along other dims alone cannot be followed through the operation: they are frozen. One that
        varies along several dims can shrink along the first of `dims` alone.
        """
        if tensor is None:
            return [None for _ in dims]
        wanted = [dim % tensor.dim() for dim in dims]
        found: dict[int, torch.Tensor] = {}
        for plane in self.value(tensor).planes:
            mine = varying(plane)
            target = next((dim for dim in wanted if dim in mine), None)
            (held,) = self.hold([plane], [dim for dim in mine if dim != target], reason)
            if target in found:
                self.freeze([held, found[target]], reason)
            elif target is not None:
                found[target] = held
        return [narrow(found[dim]).reshape(-1) if dim in found else None for dim in wanted]

    def meet(self, operands: Sequence[tuple[Sequence[int], Planes]], shape: Sequence[int], reason: str) -> Planes:
        """Merge the labels of operands that are broadcast to one shape, and return the planes of the result.

        Labels that vary along some dims need such labels in every operand that is not broadcast over these dims.
        Otherwise a constant, or channels of another dim, are combined with them, and they are frozen. Labels that vary
        along several dims need this for one of the dims only: the indices along the others are kept or cut together.
        """
        sizes = [(1,) * (len(shape) - len(size)) + tuple(size) for size, _ in operands]
        planes = [[narrow(plane)[(None,) * (len(shape) - plane.dim())] for plane in some] for _, some in operands]
        planes = self._agreed(planes, sizes)
        found: dict[tuple[int, ...], list[torch.Tensor]] = {}
        for plane in (plane for some in planes for plane in some):
            found.setdefault(_dims(plane), []).append(plane)
        for dims, same in found.items():
            holders = sum(any(size[d] > 1 for d in dims) for size in sizes)
            clash = any(other != dims and set(other) & set(dims) for other in found)
            if clash or len(same) < holders:
                self.freeze(same, reason)
            for plane in same[1:]:
                self.labels.merge(same[0], plane)
        return tuple(same[0].expand(*shape) for same in found.values())

    def _agreed(self, operands: list[list[torch.Tensor]], sizes: Sequence[Sequence[int]]) -> list[list[torch.Tensor]]:
        """Return the planes of the operands; those that vary along several dims, along the dims of the others alone."""
        for mine, planes in enumerate(operands):
            for index, plane in enumerate(planes):
                dims = set(_dims(plane))
                for other in [one for one in range(len(operands)) if one != mine and len(dims) > 1]:
                    common = [set(_dims(one)) & dims for one in operands[other] if int(one.min()) < self.buffers]
                    held = {dim for dim in dims if sizes[other][dim] > 1}
                    stays = next((some for some in common if some), dims - held)
                    if stays and stays != dims:
                        planes[index] = narrow(self._together(planes[index], dims - stays))
                        return self._agreed(operands, sizes)
        return operands

    def count(self, call: Call) -> None:
        """Count the multiply-adds of an operation whose sizes do not depend on masks, by torch's own formula."""
        flops = flop_registry.get(call.function.overloadpacket)
        if flops is not None:
            self.products.append(Product(int(flops(*call.positional, **call.named, out_val=call.result)) // 2, ()))

    def view(self, shape: Sequence[int], planes: Planes) -> None:
        """Remember the shape of a view, and the labels that decide it in a small model."""
        if attending():
            return
        self.views.append(_labelled(shape, planes))
        frames = stack() if planes else []
        inside = tuple(self.names[id(module)] for module in owners(frames) if id(module) in self.names)
        self.sites.append(Site(inside, users_line(frames)))

    def keeps(self, size: int) -> bool:
        """Return whether a module whose code runs now has an attribute of this value."""
        running = [module for module in owners(stack()) if id(module) in self.names]
        return any(value == size for module in running for _, value in integers(module))

    def classes(self) -> np.ndarray:
        """Return the class of each label, after it is decided which of the dims of each split shrinks."""
        root = self.labels.classes()
        if not self.decided:
            clear = [(split.view, split.labels) for split in self.splits if len(_factors(split, root)) == 1]
            self.doubts += [Doubt(view, labels, WRITTEN) for view, labels in clear if view is not None]
        self.decided = True
        while open_splits := [(s, factors) for s in self.splits if len(factors := _factors(s, root)) > 1]:
            split, factors = open_splits[0]
            shrinks = split.shrinks if split.shrinks in factors else factors[-1]
            self._together(split.labels, [dim for dim in factors if dim != shrinks])
            root = self.labels.classes()
        return root

    def refuse(self, doubt: Doubt, where: str) -> None:
        """Freeze the labels of a doubt that has turned out to be right; the reason is noted before that of outputs."""
        labels = narrow(doubt.labels).reshape(-1)
        self.labels.freeze(labels)
        self.doubts.remove(doubt)
        last = len(self.notes) - len(self.output)
        self.notes.insert(last, Note(doubt.reason, labels, False, where))


def _factors(split: Split, root: np.ndarray) -> list[int]:
    """Return the dims of a split along which not all indices are in one class."""
    classes = root[split.labels.numpy()]
    return [dim for dim in range(classes.ndim) if (classes != classes.take([0], dim)).any()]


def _dims(plane: torch.Tensor) -> tuple[int, ...]:
    return tuple(dim for dim, size in enumerate(plane.shape) if size > 1)


def _labelled(shape: Sequence[int], planes: Planes) -> Labelled:
    return Labelled(tuple(shape), tuple((varying(plane), narrow(plane).squeeze()) for plane in planes))
