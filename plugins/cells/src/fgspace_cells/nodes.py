"""The nodes of a cell: each is the sum of operations on inputs of the cell and on nodes before it."""

from collections.abc import Sequence
from functools import cache

from fgspace import Add, FineGrainedSpace, Leaf, Merge, nn

from fgspace_cells.catalogue import NONE, known, made
from fgspace_cells.leaves import Pick
from fgspace_cells.operations import DropPath

Edge = tuple[str, int]
"""An operation by its name, and the number of the input or node that it takes. Inputs are counted first, from 0."""


def checked(nodes: Sequence[Sequence[Edge]], inputs: int) -> Sequence[Sequence[Edge]]:
    """Return nodes; raise ValueError for an unknown operation, and for an edge from a node that is not before."""
    for number, edges in enumerate(nodes, inputs):
        if not edges:
            raise ValueError(f"node {number} has no edge; give it at least one")
        for name, source in edges:
            try:
                known(name)
            except ValueError as error:
                raise ValueError(f"node {number}: {error}") from error
            if not 0 <= source < number:
                raise ValueError(f"node {number}: {name} takes {source!r}, but there are only 0 to {number - 1} before")
    return nodes


@cache
def pick(source: int) -> Leaf:
    """Return the part that picks one of several tensors."""
    return Leaf(Pick, (source,))


class Nodes(Merge):
    """The inputs of a cell, and the outputs of all its nodes.

    Args:
        count: the number of inputs.
        nodes: the edges of each node.
        width: the width of all inputs and nodes.
        stride: the stride of operations on an input.
        drop_path: the probability that an operation is dropped for an image in training.
    """

    def constructor(
        self,
        count: int,
        nodes: Sequence[Sequence[Edge]],
        width: int,
        stride: int = 1,
        drop_path: float = 0.0,
    ) -> None:
        """Set the inputs and the nodes."""
        self.inputs = nn.Identity()
        for number, edges in enumerate(nodes, count):
            strides = tuple(stride if source < count else 1 for _, source in edges)
            setattr(self, f"node_{number}", Node(edges, strides, width, drop_path))


class Node(Add):
    """The sum of operations; those that put out zeros are left out, unless there are no others."""

    def constructor(self, edges: Sequence[Edge], strides: Sequence[int], width: int, drop_path: float) -> None:
        """Set the operations that add something."""
        adding = [index for index, (name, _) in enumerate(edges) if name != NONE] or [0]
        for index in adding:
            setattr(self, f"edge_{index}", EdgeOperation(*edges[index], strides[index], width, drop_path))


class EdgeOperation(FineGrainedSpace):
    """An operation on one of the inputs and nodes so far."""

    def constructor(self, name: str, source: int, stride: int, width: int, drop_path: float) -> None:
        """Set the choice of the input, the operation, and what drops it."""
        self.pick = pick(source)
        self.operation = made(name, width, width, stride)
        if drop_path and name != NONE and (name != "skip_connect" or stride != 1):
            self.drop = DropPath(width, drop_path)
