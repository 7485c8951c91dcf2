"""Writes elements of HTML and SVG, with everything that is not markup itself escaped."""

from html import escape
from typing import Any

_VOID = frozenset({"br", "input", "link", "meta", "hr", "img"})


class Markup(str):
    """Text that is markup already, and is not escaped again."""

    __slots__ = ()


def element(tag: str, *children: Any, **attributes: Any) -> Markup:
    """Return an element; children that are no markup are escaped, as are the values of attributes.

    A name of an attribute is written with `_` for `-`, and with `_` at its end where Python has the word (`class_`).
    An attribute that is None or False is left out; of one that is True, only the name is written.
    """
    given = {name: value for name, value in attributes.items() if value is not None and value is not False}
    written = "".join(f" {_name(name)}{_value(value)}" for name, value in given.items())
    inner = joined(*children)
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{inner}</{tag}>")


def joined(*parts: Any) -> Markup:
    """Return several pieces of text or markup, or lists of these, as one."""
    return Markup("".join(map(_escaped, parts)))


def table(header: "list[Any] | tuple[Any, ...]", rows: Any, **attributes: Any) -> Markup:
    """Return a table of HTML; the first cell of a row is its header."""
    head = element("tr", [element("th", cell, scope="col") for cell in header])
    body = [
        element("tr", element("th", first, scope="row"), [element("td", cell) for cell in rest])
        for first, *rest in rows
    ]
    return element("table", element("thead", head), element("tbody", body), **attributes)


def _escaped(part: Any) -> str:
    if part is None or part is False:
        return ""
    if isinstance(part, list | tuple):
        return joined(*part)
    return part if isinstance(part, Markup) else escape(str(part))


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name != "viewBox" else name


def _value(value: Any) -> str:
    return "" if value is True else f'="{escape(format(value, ".6g") if isinstance(value, float) else str(value))}"'
