"""What notebooks show of a space: a table of its hyper-parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fgspace.documents.markup import Markup, element, joined, table
from fgspace.errors import brief
from fgspace.spaces.domains.words import in_words
from fgspace.spaces.hyper_parameters import HyperParameter


def space_table(summary: str, parameters: Iterable[HyperParameter]) -> Markup:
    """Return the hyper-parameters of a space, each with its domain, its initial value and when it is active."""
    rows = [[one.path, in_words(one.domain), brief(one.start), _when(one)] for one in parameters]
    header = ["hyper-parameter", "domain", "initial value", "active"]
    return joined(element("p", summary), table(header, rows) if rows else element("p", "Nothing is searched."))


@dataclass(frozen=True)
class ShownPoint:
    """A point as people read it, in a notebook or printed: each active hyper-parameter, its value and its domain.

    A value that is not the initial one is marked by an asterisk.
    """

    rows: tuple[tuple[str, str, str], ...]

    def __repr__(self) -> str:
        widths = [max((len(row[column]) for row in self.rows), default=0) for column in (0, 1)]
        lines = [f"{path:{widths[0]}}  {value:{widths[1]}}  {domain}" for path, value, domain in self.rows]
        return "\n".join(lines) or "nothing is searched"

    def _repr_html_(self) -> str:
        if not self.rows:
            return element("p", "Nothing is searched.")
        return table(["hyper-parameter", "value", "domain"], [list(row) for row in self.rows])


def shown_point(point: Mapping[str, Any], parameters: Iterable[HyperParameter]) -> ShownPoint:
    """Return a whole point as people read it."""
    active = [one for one in parameters if one.path in point]
    return ShownPoint(
        tuple(
            (one.path, brief(point[one.path]) + "*" * (point[one.path] != one.start), in_words(one.domain))
            for one in active
        )
    )


def _when(parameter: HyperParameter) -> str:
    if parameter.guards is None:
        return "always"
    path, option = parameter.guards
    return f"where {path} is {brief(option)}"
