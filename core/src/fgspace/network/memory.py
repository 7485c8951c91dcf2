"""The memory of the machine, and the networks that do not fit in it."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

BYTES = 4
"""The size of a parameter: of a 32-bit float."""
_GROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_GIB = 2**30


def memory_limit() -> int | None:
    """Return the bytes of memory that this process can have; None if the system does not tell.

    It is the smallest of the machine's memory, the limits of the control groups of the process (those of a container,
    or of a job of a cluster), and the limit of its address space. Swap space does not count.
    """
    limits = [limit for limit in (_of_machine(), *_of_groups(), _of_process()) if limit is not None]
    return min(limits, default=None)


def too_large(params: int, trained: bool = False) -> str | None:
    """Return a sentence that a network with so many parameters does not fit in memory; None if it may fit.

    Counted are the parameters and, if the network is trained, their gradients: 4 bytes each. The tensors between the
    layers and the state of an optimiser come on top.
    """
    limit, needed = memory_limit(), params * BYTES * (2 if trained else 1)
    if limit is None or needed <= limit:
        return None
    what = "parameters and their gradients" if trained else "parameters"
    return (
        f"needs {_gib(needed)} for its {params:,} {what} of {BYTES} bytes each,"
        f" but this machine has {_gib(limit)} of memory; make it smaller, or bound params by a constraint"
    )


def _gib(count: int) -> str:
    return f"{count / _GIB:,.1f} GiB"


@cache
def _of_machine() -> int | None:
    with suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


@cache
def _of_groups() -> tuple[int, ...]:
    """Return the limits of the control groups of this process, of both versions, and of the groups that hold them."""
    files = [_GROUPS / "memory.max", _GROUPS / "memory" / "memory.limit_in_bytes"]
    for line in _read(_OWN).splitlines():
        _, controllers, group = ([*line.split(":", 2), "", ""])[:3]
        name, root = ("memory.max", _GROUPS) if not controllers else ("memory.limit_in_bytes", _GROUPS / "memory")
        if not controllers or "memory" in controllers.split(","):
            own = Path(group.lstrip("/"))
            files += [root / part / name for part in (own, *own.parents)]
    return tuple(int(text) for text in map(_read, files) if text.strip().isdigit())  # "max" is no limit


def _of_process() -> int | None:
    with suppress(ImportError, OSError):  # Windows has no such module
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        return None if soft == resource.RLIM_INFINITY else soft
    return None


def _read(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8")
    return ""
