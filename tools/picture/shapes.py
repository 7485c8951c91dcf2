"""The shapes of the picture as SVG, and its style sheet."""

from dataclasses import dataclass
from html import escape

STYLE = """
  text { font-family: "Helvetica Neue", Helvetica, Arial, sans-serif; font-size: 13px; fill: #1d2733 }
  .title { font-size: 20px; font-weight: bold }
  .name { font-size: 16px; font-weight: bold }
  .head { font-size: 14px; font-weight: bold }
  .small { font-size: 12px; fill: #4c5a6b }
  .room { fill: #eef3fa; stroke: #5c7391; stroke-width: 1.5 }
  .inner { fill: #ffffff; stroke: #8ca0ba }
  .plugins { fill: #eef7ec; stroke: #6f9a66; stroke-width: 1.5 }
  .door { fill: #fdf3dc; stroke: #b99748; stroke-width: 1.5 }
  .arrow { stroke: #23405f; stroke-width: 2; fill: none; marker-end: url(#head) }
  .thin { stroke: #23405f; stroke-width: 1.2; fill: none; marker-end: url(#head) }
  .finds { stroke: #55804c; stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; marker-end: url(#finds) }
  .grid { stroke: #dde4ec }
  .self { fill: #e6ebf1 }
  .drawn { fill: #23405f }
  .follows { fill: #ffffff; stroke: #6d87a5; stroke-width: 1.3 }
""".strip("\n")


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner and its size, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> int:
        """The height half way down."""
        return self.y + self.height // 2


def opening(width: int, height: int, title: str) -> list[str]:
    """Return the lines that begin a picture on white paper."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{STYLE}\n</style>",
        f"<defs>{_arrowhead('head', '#23405f')}{_arrowhead('finds', '#55804c')}</defs>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]


def rectangle(box: Box, style: str, corner: int = 5) -> str:
    """Return a rectangle."""
    size = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'
    return f'<rect {size} rx="{corner}" class="{style}"/>'


def path(steps: str, style: str) -> str:
    """Return a line along these steps, written as SVG does: `M0 0 H5 V5`."""
    return f'<path class="{style}" d="{steps}"/>'


def dot(x: int, y: int, style: str) -> str:
    """Return a dot around a centre."""
    return f'<circle cx="{x}" cy="{y}" r="5" class="{style}"/>'


def text(x: int, y: int, words: str, style: str = "", anchor: str = "start") -> str:
    """Return words on a line that begins, has its middle or ends at x."""
    return f'<text x="{x}" y="{y}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def upright(x: int, y: int, words: str, style: str = "", anchor: str = "start") -> str:
    """Return words that are read from below upwards."""
    turned = f'transform="translate({x} {y}) rotate(-90)"'
    return f'<text {turned} class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def _arrowhead(name: str, colour: str) -> str:
    size = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"'
    return f'<marker id="{name}" {size}><path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
