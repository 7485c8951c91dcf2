"""Labels of channels: planes of integers that follow a model's tensors, and the classes that labels merge into."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

FROZEN = 0
"""The label of whatever is never cut: a channel that is merged with it stays."""

Planes = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Note:
    """The reason why channels stay: an operation that has no rule, or whose result depends on all of them.

    `labels` are the labels that it froze; `unknown` is true where the operation has no rule, and `where` is the line of
    the model's code, "" where there is none.
    """

    reason: str
    labels: torch.Tensor
    unknown: bool = False
    where: str = ""


@dataclass(frozen=True)
class Value:
    """The labels of one tensor, as planes: each has the tensor's shape, and its labels vary along some of the dims.

    An element of the tensor is cut when its label in any plane is. A tensor without planes is a constant.
    `weight` says that the cut elements are zero in a masked model, as they are in a parameter and its views. `mixed`
    are channels that this tensor depends on as a whole: they stay if an operation reads it. `sign` is 1 where no value
    can be negative, 2 where all are above zero by some distance, also those of cut elements.
    """

    planes: Planes = ()
    weight: bool = False
    mixed: tuple[Note, ...] = ()
    sign: int = 0


CONSTANT = Value()


def varying(plane: torch.Tensor) -> tuple[int, ...]:
    """Return the dims along which a plane's labels vary: those that it is not merely expanded over."""
    return tuple(d for d in range(plane.dim()) if plane.shape[d] > 1 and plane.stride(d) != 0)


def narrow(plane: torch.Tensor) -> torch.Tensor:
    """Return the plane with size 1 along every dim it does not vary along."""
    dims = varying(plane)
    return plane[tuple(slice(None) if d in dims else slice(0, 1) for d in range(plane.dim()))]


def tidy(plane: torch.Tensor) -> torch.Tensor:
    """Return an equal plane that is expanded over every dim along which the labels do not vary."""
    small = narrow(plane)
    for dim in varying(plane):
        first = small.narrow(dim, 0, 1)
        if torch.equal(small, first.expand_as(small)):
            small = first
    return small.expand(plane.shape)


def spread(line: torch.Tensor, shape: Sequence[int], dim: int) -> torch.Tensor:
    """Return the plane of this shape whose labels along `dim` are `line`, (size of dim,)."""
    dim %= len(shape)
    return line.reshape([-1 if d == dim else 1 for d in range(len(shape))]).expand(*shape)


class Labels:
    """The labels handed out so far, and the pairs of them that are to be kept or cut together."""

    def __init__(self) -> None:
        self.count = 1
        frozen = torch.tensor([FROZEN])
        self._pairs: list[tuple[torch.Tensor, ...]] = [(frozen, frozen)]

    def fresh(self, size: int) -> torch.Tensor:
        """Return `size` labels that are not in use yet."""
        self.count += size
        return torch.arange(self.count - size, self.count)

    def merge(self, one: torch.Tensor, other: torch.Tensor) -> None:
        """Keep or cut labels together, element by element; the two tensors are broadcast."""
        self._pairs.append(tuple(part.reshape(-1) for part in torch.broadcast_tensors(one, other)))  # type: ignore[no-untyped-call]

    def freeze(self, labels: torch.Tensor) -> None:
        """Never cut these labels."""
        self.merge(narrow(labels), torch.tensor(FROZEN))

    def tie(self, rows: torch.Tensor) -> None:
        """Keep or cut the labels of each column of `rows`, (rows, columns), together."""
        self.merge(rows[:1], rows)

    def join(self, lines: Iterable[torch.Tensor | None]) -> None:
        """Merge lines of one width; where one of them is None (a constant), freeze the others."""
        lines = list(lines)
        known = [line for line in lines if line is not None]
        for line in known:
            if len(known) < len(lines):
                self.freeze(line)
            else:
                self.merge(known[0], line)

    def classes(self, frozen: bool = True) -> np.ndarray:
        """Return for each label the smallest label that is kept or cut with it: `FROZEN` if it is never cut.

        Without `frozen`, ignore which labels are frozen, and return only which ones go together.
        """
        one, other = (torch.cat(side).numpy() for side in zip(*self._pairs, strict=True))
        if not frozen:
            together = (one != FROZEN) & (other != FROZEN)
            one, other = one[together], other[together]
        root = np.arange(self.count)
        while (root[one] != root[other]).any():
            least = np.minimum(root[one], root[other])
            np.minimum.at(root, root[one], least)
            np.minimum.at(root, root[other], least)
            while (root[root] != root).any():
                root = root[root]
        return root
