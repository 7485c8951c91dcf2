"""Modules that nodes are to import: under which names, and which files and folders have to be brought there."""

import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from fgspace import import_modules


def names_there(modules: Iterable[str]) -> tuple[str, ...]:
    """Return the name by which each module, given by its name or as a Python file, is imported on a node."""
    return tuple(Path(module).stem if module.endswith(".py") else module for module in modules)


def files(modules: Sequence[str]) -> list[str]:
    """Return the file of each module, or the folder of its package; not of what is installed, nodes have that.

    Raises:
        FgspaceError: a module cannot be imported here.
    """
    import_modules(modules)
    tops = dict.fromkeys(name.partition(".")[0] for name in names_there(modules))
    return [str(place) for place in map(_place, tops) if not _is_installed(place)]


def _place(name: str) -> Path:
    module = sys.modules[name]
    return Path(next(iter(getattr(module, "__path__", [module.__file__]))))


def _is_installed(place: Path) -> bool:
    return any(place.is_relative_to(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib"))
