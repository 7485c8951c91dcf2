"""Ends all that the trials of a worker have started, also what has left its process group or outlives it.

A worker has a mark: in its environment, which the programs that it starts inherit, and as the name of a mapping in its
memory, which the processes that it forks inherit. Both stay whatever group, session or parent a process has. Marks are
looked for in /proc, so elsewhere than on Linux only the process group of a worker ends with it.

Run as a program, this file watches over the workers of an executor: it reads their marks, and ends what has them when
the process that writes them is gone, however that ended. It imports nothing of fgspace, so that it starts in no time.
"""

import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

VARIABLE = "FGSPACE_WORKER"
_ROUNDS = 500
_PAUSE = 0.01
"""Seconds between two looks whether all processes have ended."""
_CLEAN = 2
"""The number of looks that find none: a process that is just becoming another program has no mark for a moment."""


def put_on(mark: str) -> object:
    """Mark this process and all that it starts; the mark stays while what is returned does."""
    os.environ[VARIABLE] = ",".join(filter(None, (os.environ.get(VARIABLE), mark)))  # a worker may have workers
    if not hasattr(os, "memfd_create"):
        return None
    descriptor = os.memfd_create(f"fgspace-{mark}")
    try:
        os.ftruncate(descriptor, mmap.PAGESIZE)
        return mmap.mmap(descriptor, mmap.PAGESIZE)
    finally:
        os.close(descriptor)


def end_marked(marks: Iterable[str]) -> None:
    """Kill the processes with one of these marks, and their descendants; return when they have ended."""
    wanted, clean = [mark.encode() for mark in marks if mark], 0
    known: set[tuple[int, bytes]] = set()
    for _ in range(_ROUNDS if wanted else 0):
        known |= _with_descendants({one for one in _processes() if _is_marked(one, wanted)})
        found = [process for process, began in known if _began(process) == began]
        clean = 0 if found else clean + 1
        if clean == _CLEAN:
            return
        for process in found:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(_PAUSE)


def _with_descendants(processes: set[int]) -> set[tuple[int, bytes]]:
    """Return processes, and those that they have started, as far as they are still their ancestors, with their begin.

    A number alone does not tell a process: another one may have it soon after.
    """
    parents = {one: _parent(one) for one in _processes()} if processes else {}
    while more := {one for one, parent in parents.items() if parent in processes} - processes:
        processes |= more
    return {(process, began) for process in processes if (began := _began(process))}


def _processes() -> Iterator[int]:
    """Yield the numbers of the processes that run, but for this one."""
    names: list[str] = []
    with suppress(OSError):  # it is not there, or no file descriptor is left to read it
        names = os.listdir("/proc")
    yield from (number for name in names if name.isdigit() and (number := int(name)) != os.getpid())


def _parent(process: int) -> int | None:
    stat = _stat(process)
    return int(stat[1]) if stat else None


def _began(process: int) -> bytes:
    """Return when a process began, by the clock of the kernel; empty where it has ended, even if that is waited for."""
    stat = _stat(process)
    return stat[19] if stat and stat[0] != b"Z" else b""


def _stat(process: int) -> list[bytes]:
    """Return what the kernel says of a process, from its state on."""
    return _read(process, "stat").rpartition(b")")[2].split()


def _is_marked(process: int, marks: list[bytes]) -> bool:
    """Say whether a process has one of these marks; one that has ended and is waited for has none."""
    return any(mark in content for what in ("environ", "maps") if (content := _read(process, what)) for mark in marks)


def _read(process: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{what}").read_bytes()
    except OSError:  # it has ended, or is another user's
        return b""


def _watch(owner: int) -> None:
    """Read "+mark" and "-mark" until their writer has ended, then end what has one of those that are left."""
    marks: set[str] = set()
    waited: list[int] = [0]
    with suppress(AttributeError, OSError):
        waited.append(os.pidfd_open(owner))  # a process that it has forked may keep the pipe open
    rest = b""
    while select.select(waited, [], [])[0] == [0] and (read := os.read(0, 65536)):
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            (marks.add if line[:1] == b"+" else marks.discard)(line[1:].decode())
    end_marked(marks)


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
