"""The cell strings of NAS-Bench-201: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|`, read and written."""

import re
from collections.abc import Sequence
from math import isqrt

from fgspace.errors import brief

from fgspace_cells.nodes import Edge, checked

_NODE = re.compile(r"\|(?:[^|+~]+~\d{1,3}\|)+")
_EDGE = re.compile(r"([^|+~]+)~(\d+)\|")
_MOST_NODES = 20


def read_cell(text: str) -> tuple[str, ...]:
    """Return the operations in a cell string: those of the edges to the first node, to the second, and so on.

    Raises:
        ValueError: the text is no cell string, an operation is unknown, or a node does not have one edge from each node
            before it.
    """
    at, found = 0, []
    for number, written in enumerate(text.split("+"), 1):
        match = _NODE.fullmatch(written.strip())
        if match is None:
            raise ValueError(
                f"character {at + 1}: expected a node, such as |nor_conv_3x3~0|skip_connect~1|, got {brief(written)}"
            )
        found += _operations(number, [(name.strip(), int(source)) for name, source in _EDGE.findall(written)])
        at += len(written) + 1
    nodes_of(found)
    return tuple(found)


def write_cell(operations: Sequence[str]) -> str:
    """Return the cell string of operations; raise ValueError for an unknown one, and for a number of no cell."""
    written = ("".join(f"{name}~{source}|" for name, source in edges) for edges in nodes_of(operations))
    return "+".join(f"|{edges}" for edges in written)


def nodes_of(operations: Sequence[str]) -> list[list[Edge]]:
    """Return the edges of each node, which has one from the input and from each node before it.

    Raises:
        ValueError: the number of operations is that of no cell, or one is unknown.
    """
    count = (isqrt(8 * len(operations) + 1) - 1) // 2
    if not 1 <= count <= _MOST_NODES or count * (count + 1) // 2 != len(operations):
        raise ValueError(f"expected 1, 3, 6, 10, ... operations, one for each pair of nodes, got {len(operations)}")
    rest = iter(operations)
    nodes = [[(next(rest), source) for source in range(number)] for number in range(1, count + 1)]
    checked(nodes, 1)
    return nodes


def _operations(number: int, edges: Sequence[Edge]) -> list[str]:
    """Return the operations of one node, in the order of what they take."""
    sources = sorted(source for _, source in edges)
    if sources != list(range(number)):
        expected = " and ".join(map(str, range(number)))
        raise ValueError(
            f"node {number}: expected one edge from each of {expected}, got {', '.join(map(str, sources))}"
        )
    return [name for name, _ in sorted(edges, key=lambda edge: edge[1])]
