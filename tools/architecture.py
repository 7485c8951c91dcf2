"""Draws the rooms of core and who imports whom, from the import graph, into docs/architecture.svg."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from picture.drawing import draw
from picture.house import house

ROOT = Path(__file__).parents[1]
PICTURE = Path("docs", "architecture.svg")


def main() -> int:
    """Write the picture; or, with --check, return 1 where it is not what would be written."""
    parser = ArgumentParser(description="Draw the rooms of core, and which imports which, from the import graph.")
    parser.add_argument("file", nargs="?", type=Path, default=ROOT / PICTURE, help=f"the picture (default: {PICTURE})")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where the picture is stale")
    arguments = parser.parse_args()
    drawn = draw(house(ROOT))
    if not arguments.check:
        arguments.file.write_text(drawn, encoding="utf-8")
        return 0
    if arguments.file.is_file() and arguments.file.read_text(encoding="utf-8") == drawn:
        return 0
    print(f"{PICTURE} is stale; run .venv/bin/python tools/architecture.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
