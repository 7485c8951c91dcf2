"""Gives the errors of the types of a file their places: that of an option, of a section, or of a part."""

from collections.abc import Mapping
from typing import Any

from fgspace.documents.document import Document
from fgspace.errors import Problem
from fgspace.network.costs import PartError
from fgspace.signatures.reasons import reason
from fgspace.spaces.templates.placeholders import document_path


def of_section(document: Document, section: str, error: BaseException | str) -> Problem:
    """Return an error of the type that a section names as a problem."""
    message = (error if isinstance(error, str) else reason(error)).removeprefix(f"{section}: ")
    return document.problem(document.option((section,), message), section, message)


def of_part(
    document: Document, tree: Any, error: PartError, point: Mapping[str, Any] | None = None, note: str = ""
) -> Problem:
    """Return an error of a part of the network at a point (by default the initial one) as a problem."""
    at = document.option(document_path(tree, error.path, point), error.message)
    return document.problem(at, ".".join(error.path), error.message + note)
