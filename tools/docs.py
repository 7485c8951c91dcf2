"""Writes the pages of the documentation's site below build/docs, from which zensical makes the site."""

import shutil
import sys
from pathlib import Path

from website import copied, reference, written

TARGET = copied.ROOT / "build" / "docs"


def main(target: Path = TARGET) -> int:
    """Write all pages anew."""
    shutil.rmtree(target, ignore_errors=True)
    copied.copy(target)
    written.write(target)
    reference.write(target / "reference")
    print(f"{target}: {len(list(target.rglob('*.md')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
