"""Parts of a page that several sections have: figures with their tables, and choices between figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.markup import Markup, element, table
from fgspace.documents.numbers import in_short
from fgspace.runs.figures.figure import Figure

_MOST_ROWS = 100


def section(name: str, heading: str, *inside: Any) -> Markup:
    """Return a section with its heading."""
    return element("section", element("h2", heading, id=name), inside, aria_labelledby=name)


def figure(drawn: Figure) -> Markup:
    """Return a figure, what it shows in words, and its numbers as a table."""
    return element(
        "figure",
        element("div", drawn.svg, class_="scroll", tabindex=0, role="group", aria_label=drawn.title),
        element("figcaption", f"{drawn.title}: {drawn.words}."),
        _numbers(drawn),
    )


def choice(name: str, label: str, options: Mapping[str, Any]) -> Markup:
    """Return several contents of which one is shown, as a list of options chooses."""
    if len(options) == 1:
        return element("div", *options.values())
    listed = [element("option", text, value=index) for index, text in enumerate(options)]
    return element(
        "div",
        element("p", element("label", f"{label} ", element("select", listed, id=name, data_chooses=True))),
        [
            element("div", content, data_choice=index, hidden=index > 0)
            for index, content in enumerate(options.values())
        ],
        class_="choice",
    )


def cell(value: Any) -> Any:
    """Return a value as the text of a cell."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else "yes" if value else "no"
    return in_short(value) if isinstance(value, int | float) else str(value)


def _numbers(drawn: Figure) -> Markup:
    shown = [[cell(value) for value in row] for row in drawn.rows[:_MOST_ROWS]]
    left = len(drawn.rows) - len(shown)
    note = element("p", f"{left} more rows; fgspace report --csv writes all.") if left else None
    inside = [
        element(
            "div",
            table(list(drawn.header), shown),
            class_="scroll",
            tabindex=0,
            role="group",
            aria_label=f"{drawn.title}, as a table",
        ),
        note,
    ]
    return element(
        "details", element("summary", "As a table"), inside if shown else element("p", "There are no numbers.")
    )


def described(items: Mapping[str, Any]) -> Markup:
    """Return a list of names and what they are."""
    return element("dl", [[element("dt", name), element("dd", value)] for name, value in items.items()])


def worded(value: Any) -> str:
    """Return plain data in a line of words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {worded(one)}" for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(worded, value))
    return "none" if value is None else str(value)
