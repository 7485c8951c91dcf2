"""What notebooks show of a space: a table of its hyper-parameters."""

from collections.abc import Iterable

from fgspace.documents.markup import Markup, element, joined, table
from fgspace.errors import brief
from fgspace.spaces.domains.words import in_words
from fgspace.spaces.hyper_parameters import HyperParameter


def space_table(summary: str, parameters: Iterable[HyperParameter]) -> Markup:
    """Return the hyper-parameters of a space, each with its domain, its initial value and when it is active."""
    rows = [[one.path, in_words(one.domain), brief(one.start), _when(one)] for one in parameters]
    header = ["hyper-parameter", "domain", "initial value", "active"]
    return joined(element("p", summary), table(header, rows) if rows else element("p", "Nothing is searched."))


def _when(parameter: HyperParameter) -> str:
    if parameter.guards is None:
        return "always"
    path, option = parameter.guards
    return f"where {path} is {brief(option)}"
