"""Watches folders in training: one trainer at a time, and a line for every epoch, wherever it is trained."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from fgspace.errors import FgspaceError
from fgspace.runs.atomic_write import explained_outputs
from fgspace.runs.training.folder import read_log
from fgspace.runs.training.members import Member
from fgspace.study.storage.lock import WriterLock

_SECONDS = 0.2
"""The time between two looks at the logs."""


@contextmanager
def locked(members: Sequence[Member]) -> Iterator[None]:
    """Let nobody else train in the folders of these members inside; make those that are not there.

    Raises:
        FgspaceError: another process trains in one of them.
    """
    with ExitStack() as stack:
        for member in members:
            with explained_outputs(member.folder):
                member.folder.mkdir(parents=True, exist_ok=True)
                stack.callback(_lock(member).close)
        yield


@contextmanager
def told_of(members: Sequence[Member], said: Callable[[str], None]) -> Iterator[None]:
    """Inside, say a line of every epoch of the members as their logs grow."""
    told, ended = {member.name: _last(member) for member in members}, threading.Event()

    def tell() -> None:
        for member in members:
            for row in read_log(member.folder):
                if int(row["epoch"]) > told[member.name]:
                    told[member.name] = int(row["epoch"])
                    said(f"{member.name}: {_in_words(row)}")

    def watch() -> None:
        while not ended.wait(_SECONDS):
            tell()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        tell()


def _lock(member: Member) -> WriterLock:
    try:
        return WriterLock(member.folder / "training", is_alone=True)
    except FgspaceError as error:
        raise FgspaceError(
            f"{str(member.folder)!r} is being trained by another process; wait until that ends, or name another --out"
        ) from error


def _last(member: Member) -> int:
    rows = read_log(member.folder)
    return int(rows[-1]["epoch"]) if rows else 0


def _in_words(row: Mapping[str, str]) -> str:
    of = f" of {row['epochs']}" if row.get("epochs") else ""
    numbers = [f"{name} {float(value):.4g}" for name, value in row.items() if name not in ("epoch", "epochs") and value]
    return f"epoch {row['epoch']}{of}, {', '.join(numbers)}"
