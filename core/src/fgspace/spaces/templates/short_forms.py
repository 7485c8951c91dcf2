"""Reads the short form of a domain, a plain list, and tells which of its values are one candidate."""

from typing import Any

from fgspace.documents.document import Document, Path
from fgspace.errors import brief
from fgspace.signatures.parameters import Parameter
from fgspace.spaces.domains import Vector
from fgspace.spaces.domains.syntax import distinct, merged, short_vector

Merged = tuple[int, Any]
"""The index of a value that equals one before it, and that one."""


def candidates(raw: list[Any]) -> tuple[list[Any], list[Merged]]:
    """Return the values of a list without repetition, and those that are left out."""
    return list(distinct(raw)), list(merged(raw))


def given_vector(raw: list[Any], parameter: Parameter | None) -> tuple[Vector, list[Merged]]:
    """Return the vector that starts at a list, and the values that equal one before and look different.

    Raises:
        ValueError: a value is not in the domain that the parameter declares.
    """
    declared = parameter.searched if parameter is not None else None
    alike = [] if declared is not None else [one for one in merged(raw) if repr(raw[one[0]]) != repr(one[1])]
    return short_vector(raw, declared, parameter is not None and parameter.keeps_ones), alike


def told(raw: list[Any], alike: list[Merged], document: Document, at: Path, path: str) -> list[str]:
    """Return what is said of values that are one candidate with an equal one before."""
    words = "{} is the same candidate as {} before it; leave one out"
    return [
        str(document.problem((*at, index), path, words.format(brief(raw[index]), brief(first))))
        for index, first in alike
    ]
