"""Opens the studies of folders, and of programs, for a report."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from fgspace.errors import FgspaceError, brief
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Registry
from fgspace.runs.reports.source import Source
from fgspace.study.results import Results


@contextmanager
def opened(folders: Sequence[Path], registry: Registry) -> Iterator[list[Source]]:
    """Yield the studies in some folders, read whole, so that a search that runs may go on.

    Raises:
        FgspaceError: there is no study in one of them, or a folder is named twice.
    """
    names = _names(folders)
    with ExitStack() as stack:
        sources = []
        for folder, name in zip(folders, names, strict=True):
            results = Results(folder)
            stack.callback(results.close)
            sources.append(Source(name, results, registry, folder if folder.is_dir() else folder.parent))
        yield sources


def source_of(study: Any) -> Source:
    """Return the study that a program gives: a `Study`, its `Results`, or the folder of one.

    Raises:
        FgspaceError: it is none of these.
    """
    if isinstance(study, str | Path):
        study = Results(study)
    if not all(hasattr(study, name) for name in ("identity", "objectives", "trials", "front")):
        raise FgspaceError(f"expected a study, its results, or the folder of one; got {brief(study)}")
    space, place = getattr(study, "space", None), getattr(study, "place", None)
    registry = default_registry() if space is None else space.registry
    folder = None if place is None else Path(place)
    return Source(folder.resolve().name if folder else "study", study, registry, folder)


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the shortest ends of paths that tell the folders apart."""
    whole = [folder.resolve() for folder in folders]
    if twice := next((folder for folder, one in zip(folders, whole, strict=True) if whole.count(one) > 1), None):
        raise FgspaceError(f"{str(twice)!r} is named twice; name each study once")
    for parts in range(1, max(len(one.parts) for one in whole) + 1):
        names = ["/".join(one.parts[-parts:]) for one in whole]
        if len({*names}) == len(names):
            return names
    return list(map(str, whole))
