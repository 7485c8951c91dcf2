"""Labels of channels: planes of integers that follow a model's tensors, and the classes they merge into."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

FROZEN = 0
"""The label of what never dies: a channel merged with it stays."""

Planes = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Value:
    """What is known of one tensor: planes of labels, each of the tensor's shape and varying along some of its dims.

    An element of the tensor dies when its label in any plane does. A tensor without planes is a constant.
    `weight` says that the entries that die are zero in a masked model: true of a parameter and of its views.
    """

    planes: Planes = ()
    weight: bool = False


CONSTANT = Value()


def varying(plane: torch.Tensor) -> tuple[int, ...]:
    """Return the dims along which a plane's labels differ: those it is not merely expanded over."""
    return tuple(d for d in range(plane.dim()) if plane.shape[d] > 1 and plane.stride(d) != 0)


def narrow(plane: torch.Tensor) -> torch.Tensor:
    """Return the plane with size 1 along every dim it does not vary along."""
    dims = varying(plane)
    return plane[tuple(slice(None) if d in dims else slice(0, 1) for d in range(plane.dim()))]


def tidy(plane: torch.Tensor) -> torch.Tensor:
    """Return an equal plane that is expanded over every dim along which its labels are the same."""
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
    """Labels handed out so far, and the pairs of them that were found to live or die together."""

    def __init__(self) -> None:
        self.count = 1
        live = torch.tensor([FROZEN])
        self._pairs: list[tuple[torch.Tensor, ...]] = [(live, live)]

    def fresh(self, size: int) -> torch.Tensor:
        """Return `size` labels that nothing has yet."""
        self.count += size
        return torch.arange(self.count - size, self.count)

    def merge(self, one: torch.Tensor, other: torch.Tensor) -> None:
        """Let labels live or die together, element by element, broadcast."""
        self._pairs.append(tuple(part.reshape(-1) for part in torch.broadcast_tensors(one, other)))  # type: ignore[no-untyped-call]

    def freeze(self, labels: torch.Tensor) -> None:
        """Let these labels live."""
        self.merge(narrow(labels), torch.tensor(FROZEN))

    def tie(self, rows: torch.Tensor) -> None:
        """Let the labels of each column of `rows`, (rows, columns), live or die together."""
        self.merge(rows[:1], rows)

    def join(self, lines: Iterable[torch.Tensor | None]) -> None:
        """Merge lines of one width; where one of them is unlabelled (a constant), the others live."""
        lines = list(lines)
        known = [line for line in lines if line is not None]
        for line in known:
            if len(known) < len(lines):
                self.freeze(line)
            else:
                self.merge(known[0], line)

    def classes(self, frozen: bool = True) -> np.ndarray:
        """Return for each label the smallest label it lives or dies with; `FROZEN` for those that live.

        Without `frozen`, say only what would live or die together, whether or not it may die.
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
