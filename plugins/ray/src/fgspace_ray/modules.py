"""The modules that the nodes of a cluster import: their names there, and the files and folders to copy there."""

import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from fgspace import import_modules


def import_names(modules: Iterable[str]) -> tuple[str, ...]:
    """Return the name under which a node imports each module, given by its name or the path of a Python file."""
    return tuple(Path(module).stem if module.endswith(".py") else module for module in modules)


def files(modules: Sequence[str]) -> list[str]:
    """Return the file of each module, or the folder of its package; installed modules are left out, nodes have them.

    Raises:
        FgspaceError: a module cannot be imported here.
    """
    import_modules(modules)
    tops = dict.fromkeys(name.partition(".")[0] for name in import_names(modules))
    return [str(place) for place in map(_place, tops) if not _is_installed(place)]


def _place(name: str) -> Path:
    module = sys.modules[name]
    return Path(next(iter(getattr(module, "__path__", [module.__file__]))))


def _is_installed(place: Path) -> bool:
    return any(place.is_relative_to(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib"))
