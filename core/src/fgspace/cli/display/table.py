"""Prints rows in aligned columns, or one below the other where the terminal is too narrow for that."""

import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap

from fgspace.cli.display.widths import columns, width
from fgspace.cli.printing import in_line

_LEAST = 24
"""The number of columns that a text needs to stand beside a name."""


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as lines, with columns as wide as their widest cell and two spaces apart; cells are escaped."""
    rows = [tuple(map(in_line, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def explained(pairs: Iterable[tuple[str, str]]) -> str:
    """Return things and what they are in two columns, the second one wrapped, or below where it has too little room."""
    pairs = list(pairs)
    lines = table(pairs)
    if not is_too_wide(lines):
        return lines
    left = max(width(in_line(one)) for one, _ in pairs) + 2
    if columns() - left >= _LEAST:
        wrapped = [(one, wrap(in_line(what), columns() - left)) for one, what in pairs]
        return table((one if index == 0 else "", part) for one, parts in wrapped for index, part in enumerate(parts))
    return "\n".join(f"{in_line(one)}\n" + _indented(in_line(what)) for one, what in pairs)


def numbers(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of numbers, aligned to the right; in a narrow terminal, a paragraph for each row."""
    widths = [max(map(width, column)) for column in zip(header, *rows, strict=True)]
    lines = "\n".join(
        "  ".join(" " * (taken - width(cell)) + cell for cell, taken in zip(row, widths, strict=True))
        for row in [header, *rows]
    )
    if not is_too_wide(lines):
        return lines
    return "\n".join(f"{header[0]} {row[0]}\n" + _indented(_named(header[1:], row[1:])) for row in rows)


def is_too_wide(lines: str) -> bool:
    """Say whether a line is wider than the terminal, if standard output is one."""
    return sys.stdout.isatty() and max(map(width, lines.split("\n"))) > columns()


def _named(header: Sequence[str], row: Sequence[str]) -> str:
    return ", ".join(f"{name} {cell}" for name, cell in zip(header, row, strict=True) if cell)


def _indented(text: str) -> str:
    return "\n".join(wrap(text, columns(), initial_indent="    ", subsequent_indent="    "))
