"""Writes the pages of the documentation's site, and their order, below build/, from which zensical makes the site."""

import shutil
import sys
from pathlib import Path

from website import copied, reference, written

HERE = "      # here tools/docs.py writes the pages of every plugin\n"


def main(build: Path = copied.ROOT / "build") -> int:
    """Write all pages anew."""
    target = build / "docs"
    shutil.rmtree(target, ignore_errors=True)
    copied.copy(target)
    written.write(target)
    reference.write(target / "reference")
    (build / "mkdocs.yml").write_text(order(target), encoding="utf-8")
    print(f"{target}: {len(list(target.rglob('*.md')))} pages")
    return 0


def order(target: Path) -> str:
    """Return the settings of the site, with the pages of every plugin in its order."""
    names = sorted(page.stem for page in (target / "plugins").glob("*.md"))
    pages = [
        f"      - {name}:\n          - reference/{name}.md\n          - About: plugins/{name}.md\n" for name in names
    ]
    return (copied.ROOT / "mkdocs.yml").read_text("utf-8").replace(HERE, "".join(pages))


if __name__ == "__main__":
    sys.exit(main())
