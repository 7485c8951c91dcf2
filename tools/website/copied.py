"""Copies the pages of the repository to the site, and has their links lead to where the pages are there."""

import re
import shutil
from collections.abc import Iterator, Mapping
from os.path import relpath
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


def places() -> dict[Path, Path]:
    """Return page or file of the repository → its place below the site's pages."""
    docs = {path: path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*") if path.is_file()}
    plugins = {path: Path("plugins", f"{path.parent.name}.md") for path in sorted(ROOT.glob("plugins/*/README.md"))}
    root = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
    return {**docs, **plugins, **{ROOT / name: Path(place) for name, place in root.items()}}


def copy(target: Path) -> None:
    """Write all pages, and what they show, below a folder."""
    found = places()
    for source, place in found.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            (target / place).write_text(moved(source, found), encoding="utf-8")
        else:
            shutil.copyfile(source, target / place)


def moved(source: Path, found: Mapping[Path, Path]) -> str:
    """Return the text of a page with links to the places of other pages; a link to other files becomes plain text."""
    fence = False
    lines = []
    for line in source.read_text("utf-8").splitlines():
        fence ^= line.lstrip().startswith("```")
        lines.append(line if fence else _LINK.sub(lambda link: _link(link, source, found), line))
    return "\n".join(lines) + "\n"


def _link(link: re.Match[str], source: Path, found: Mapping[Path, Path]) -> str:
    image, label, address, anchor = link.groups()
    if not address or ":" in address:
        return link.group()
    target = (source.parent / address).resolve()
    target = next((one for one in _candidates(target) if one in found), target)
    if target not in found:
        return label
    return f"{image}[{label}]({relpath(found[target], found[source].parent)}{anchor or ''})"


def _candidates(target: Path) -> Iterator[Path]:
    """Return a page, or the page of a folder."""
    yield target
    yield target / "README.md"
    yield ROOT / "docs" / "decisions.md" if target == ROOT / "docs" / "decisions" else target
