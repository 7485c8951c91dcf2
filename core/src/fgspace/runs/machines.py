"""Writes machines.json: where a search was started, and with which versions of what it computes with."""

import json
import os
import platform
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from fgspace.plugins.versions import __version__
from fgspace.runs.atomic_write import write_atomically

_PACKAGES = ("torch", "numpy")


def note_machine(folder: Path) -> None:
    """Add this machine to machines.json, unless the last start was on the same one."""
    file, known = folder / "machines.json", []
    with suppress(OSError, ValueError):
        known = json.loads(file.read_text("utf-8"))
    known = known if isinstance(known, list) else []
    if known[-1:] != [here := machine()]:
        write_atomically(file, json.dumps([*known, here], indent=2) + "\n")


def machine() -> dict[str, Any]:
    """Return the processor, memory and system of this machine, and the versions of Python and of what computes."""
    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "python": platform.python_version(),
        "fgspace": __version__,
        **{name: found for name in _PACKAGES if (found := _version(name))},
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float | None:
    with suppress(ValueError, OSError, AttributeError):
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    return None


def _version(name: str) -> str | None:
    """Return the version of a package without importing it."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    return None
