"""A figure: its drawing, its numbers as a table, and what it shows in words."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from fgspace.documents.markup import Markup
from fgspace.errors import FgspaceError
from fgspace.runs.atomic_write import atomic_write, write_atomically

FORMATS = ("svg", "png", "csv")
_PNG_SCALE = 2


@dataclass(frozen=True)
class Figure:
    """A drawing of a study, which notebooks show; `save` writes it as a file.

    `words` say what the figure shows, for those who do not see it. `header` and `rows` are its numbers.
    """

    name: str
    title: str
    words: str
    svg: Markup
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def __repr__(self) -> str:
        return f"<Figure {self.title!r}: {self.words}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def to_csv(self) -> str:
        """Return the numbers of the figure as CSV."""
        written = io.StringIO()
        table = csv.writer(written, lineterminator="\n")
        table.writerow(self.header)
        table.writerows(self.rows)
        return written.getvalue()

    def to_png(self) -> bytes:
        """Return the drawing as a PNG file, two pixels for each unit of the SVG.

        Raises:
            FgspaceError: the package that draws it is not installed.
        """
        try:
            import resvg_py
        except ImportError:
            raise FgspaceError("png: needs resvg-py; pip install resvg-py, or write SVG, which needs nothing") from None
        return bytes(resvg_py.svg_to_bytes(svg_string=self.svg, zoom=_PNG_SCALE, background="white"))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the figure to a file, as its ending says: .svg, .png or .csv.

        Raises:
            FgspaceError: it has another ending, or PNG cannot be drawn.
        """
        file = Path(path)
        kind = file.suffix.removeprefix(".").lower()
        if kind == "png":
            drawn = self.to_png()
            with atomic_write(file) as part:
                part.write_bytes(drawn)
        elif kind in FORMATS:
            write_atomically(file, self.svg if kind == "svg" else self.to_csv())
        else:
            raise FgspaceError(f"{str(file)!r}: expected a name that ends in .svg, .png or .csv")
