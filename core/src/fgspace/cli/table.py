"""Prints rows in aligned columns, without the start-up cost of a table library."""

from collections.abc import Iterable, Sequence

from fgspace.cli.printing import in_line


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as lines, with columns as wide as their widest cell and two spaces apart; cells are escaped."""
    rows = [tuple(map(in_line, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
