"""Finds in rows the products with a parameter that functions compute, and gives them the rows of linear layers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

from fgspace_quant.costs import FUNCTIONS


def as_layers(rows: Sequence[Any]) -> list[Any]:
    """Return rows in which products of an input and a parameter are those of linear layers.

    A product has the name of its module; several of one module have the names of their functions behind it, and so have
    other functions.
    """
    own = [row for row in rows if _is_product(row)]
    several = Counter(row.path for row in own)
    names = {_key(row): row.path if several[row.path] == 1 else _called(row) for row in own}
    again = {(row.path, row.type, row.in_shape, row.out_shape): names[_key(row)] for row in own}
    return [_renamed(row, names.get(_key(row)) or _again(row, again)) for row in rows]


def _is_product(row: Any) -> bool:
    """Say whether a row is a product of an input (..., in) and a parameter, (in, out), with or without a bias."""
    if row.type not in FUNCTIONS or not row.params or not row.macs:
        return False
    given, made = row.in_shape, row.out_shape
    if not given or not all(isinstance(size, int) for size in given) or given[:-1] != made[:-1]:
        return False
    biases = row.params - given[-1] * made[-1]
    return biases in (0, made[-1]) and row.macs == prod(given) * made[-1]


def _again(row: Any, names: Any) -> str | None:
    """Return the name of a product that runs once more, with a parameter that another row counts."""
    return names.get((row.path, row.type, row.in_shape, row.out_shape)) if row.macs and not row.params else None


def _renamed(row: Any, name: str | None) -> Any:
    if name is not None:
        return replace(row, path=name, type="Linear")
    return replace(row, path=_called(row)) if row.type[:1].islower() else row


def _called(row: Any) -> str:
    return f"{row.path}:{row.type}{row.call or ''}"


def _key(row: Any) -> tuple[str, str, int]:
    return row.path, row.type, row.call
