"""Genotypes: the two cells of a network of DARTS, as the papers print them, read without running them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from fgspace.errors import brief, did_you_mean

from fgspace_cells.genotype_text import read
from fgspace_cells.nodes import Edge, checked

INPUTS = 2
"""The inputs of a cell: the outputs of the two cells before it."""
EACH = 2
"""The edges of a node."""


@dataclass(frozen=True)
class Genotype:
    """A normal and a reduction cell: two edges for each node, and the nodes whose outputs are concatenated.

    Nodes are numbered from 2, after the two inputs. `str` gives it as the papers print it; `parse` reads that.

    Raises:
        ValueError: the number of edges is odd, an operation is unknown, or an edge or a concatenation names a node that
            is not there.
    """

    normal: tuple[Edge, ...]
    normal_concat: tuple[int, ...]
    reduce: tuple[Edge, ...]
    reduce_concat: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("normal", "reduce"):
            try:
                count = INPUTS + len(checked(nodes(getattr(self, name)), INPUTS))
                check_concat(getattr(self, f"{name}_concat"), count)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error

    def __str__(self) -> str:
        listed = (f"{one.name}={[*getattr(self, one.name)]!r}" for one in fields(self))
        return f"Genotype({', '.join(listed)})"

    @classmethod
    def parse(cls, text: str) -> "Genotype":
        """Read a genotype that a paper or a program printed, or return the published one of this name.

        Raises:
            ValueError: the text is neither; the message says where it goes wrong.
        """
        if text in PUBLISHED:
            return PUBLISHED[text]
        if "(" not in text:
            near = did_you_mean(text, PUBLISHED) or f"; there are {', '.join(PUBLISHED)}; or write Genotype(normal=...)"
            raise ValueError(f"unknown genotype {brief(text)}{near}")
        return cls.of(read(text))

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Genotype":
        """Return the genotype of a mapping; all nodes are concatenated where it does not say which."""
        known = [one.name for one in fields(cls)]
        for name in given:
            if name not in known:
                near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
                raise ValueError(f"unknown field {name!r}{near}")
        for name in ("normal", "reduce"):
            if name not in given:
                raise ValueError(f"needs {name!r}")
        normal, reduce = edges_of(given["normal"], "normal"), edges_of(given["reduce"], "reduce")
        return cls(normal, _concat_of(given, "normal", normal), reduce, _concat_of(given, "reduce", reduce))


def nodes(edges: Sequence[Edge]) -> list[Sequence[Edge]]:
    """Return the edges of each node; raise ValueError if they are odd in number."""
    if len(edges) % EACH or not edges:
        raise ValueError(f"expected {EACH} edges for each node, got {len(edges)} edges")
    return [edges[at : at + EACH] for at in range(0, len(edges), EACH)]


def edges_of(given: Any, name: str) -> tuple[Edge, ...]:
    """Return the edges in a list of pairs; raise ValueError, naming the list, for what is none."""
    if not isinstance(given, list | tuple):
        raise ValueError(f"{name}: expected a list of [operation, node], got {brief(given)}")
    return tuple(_edge(one, f"{name}: edge {index}") for index, one in enumerate(given))


def check_concat(concat: Sequence[int], count: int) -> None:
    """Raise ValueError for nodes that cannot be concatenated, of `count` inputs and nodes."""
    for one in concat:
        if not 0 <= one < count:
            raise ValueError(f"cannot concatenate node {one}; the nodes are {INPUTS} to {count - 1}")
    if not concat or len(set(concat)) != len(concat):
        raise ValueError(f"expected different nodes to concatenate, got {list(concat)}")


def _edge(given: Any, what: str) -> Edge:
    if not (isinstance(given, list | tuple) and len(given) == 2 and isinstance(given[0], str) and _is_int(given[1])):
        raise ValueError(f"{what}: expected [operation, node], such as [skip_connect, 0], got {brief(given)}")
    return given[0], given[1]


def _concat_of(given: Mapping[str, Any], name: str, edges: Sequence[Edge]) -> tuple[int, ...]:
    concat = given.get(f"{name}_concat")
    if concat is None:
        return tuple(range(INPUTS, INPUTS + len(edges) // EACH))
    if not isinstance(concat, list | tuple) or not all(map(_is_int, concat)):
        raise ValueError(f"{name}_concat: expected a list of nodes, got {brief(concat)}")
    return tuple(concat)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _published(normal: str, reduce: str) -> Genotype:
    """Return the genotype whose edges are written as NODE:OPERATION."""
    cells = ([tuple(edge.split(":")) for edge in cell.split()] for cell in (normal, reduce))
    normal_edges, reduce_edges = ([(name, int(source)) for source, name in cell] for cell in cells)
    return Genotype.of({"normal": normal_edges, "reduce": reduce_edges})


PUBLISHED: Mapping[str, Genotype] = MappingProxyType(
    {
        "DARTS_V1": _published(
            "1:sep_conv_3x3 0:sep_conv_3x3 0:skip_connect 1:sep_conv_3x3"
            " 0:skip_connect 1:sep_conv_3x3 0:sep_conv_3x3 2:skip_connect",
            "0:max_pool_3x3 1:max_pool_3x3 2:skip_connect 0:max_pool_3x3"
            " 0:max_pool_3x3 2:skip_connect 2:skip_connect 0:avg_pool_3x3",
        ),
        "DARTS_V2": _published(
            "0:sep_conv_3x3 1:sep_conv_3x3 0:sep_conv_3x3 1:sep_conv_3x3"
            " 1:sep_conv_3x3 0:skip_connect 0:skip_connect 2:dil_conv_3x3",
            "0:max_pool_3x3 1:max_pool_3x3 2:skip_connect 1:max_pool_3x3"
            " 0:max_pool_3x3 2:skip_connect 2:skip_connect 1:max_pool_3x3",
        ),
        "PADDLESLIM": _published(
            "0:dil_conv_3x3 1:sep_conv_3x3 0:sep_conv_3x3 1:sep_conv_3x3"
            " 0:sep_conv_3x3 1:sep_conv_3x3 0:skip_connect 1:sep_conv_3x3",
            "0:max_pool_3x3 1:skip_connect 1:max_pool_3x3 2:skip_connect"
            " 2:skip_connect 3:dil_conv_5x5 2:skip_connect 1:max_pool_3x3",
        ),
    }
)
"""Published genotypes: the two of DARTS for CIFAR-10, and the one whose widths PaddleSlim's `DartsSpace` searches."""
