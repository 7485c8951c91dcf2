"""Checks the write-ahead log that SQLite keeps beside a store: a damaged one would be cut off there without a word.

The format: https://www.sqlite.org/fileformat2.html#walformat. SQLite reads the log up to the first frame whose
checksum differs, which is right for a transaction that was being written when the process or machine stopped, and
loses every later one where a bit has changed.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER, _FRAME_HEADER = 32, 24
_MAGIC = 0x377F0682
"""The first word of a log, whose last bit says in which byte order the checksums are computed."""


class _Frame(NamedTuple):
    salts: tuple[int, int]
    ends_transaction: bool
    is_sound: bool


def log_of(path: Path) -> Path:
    """Return the write-ahead log of a database file."""
    return path.with_name(path.name + "-wal")


def damage_of_log(path: Path) -> str | None:
    """Return in words what is damaged in the log of a store, None where nothing is or there is none.

    A log that changes while it is read belongs to a search that runs, for which SQLite itself knows what is in it.
    """
    content = _content(path)
    found = _damage(content) or (None if _index_of(path).exists() else _damage_of_copy(content))
    return found if found and _content(path) == content else None


def _index_of(path: Path) -> Path:
    """Return the index of the log, which is beside a search that runs or was killed, and seldom beside a copy."""
    return path.with_name(path.name + "-shm")


def _damage_of_copy(content: bytes) -> str | None:
    """Return in words that a copy of a log ends within a page; a kill or power failure can leave such an original."""
    if not content:
        return None
    left = (len(content) - _HEADER) % (_FRAME_HEADER + int.from_bytes(content[8:12], "big"))
    return "its log was cut off within a page" if left > _FRAME_HEADER else None


def _content(path: Path) -> bytes:
    try:
        return log_of(path).read_bytes()
    except FileNotFoundError:
        return b""


def _damage(content: bytes) -> str | None:
    if not content:
        return None
    if len(content) < _HEADER:
        return f"its log was cut off, {len(content)} bytes are left"
    magic, _, _, _, *salts, first, second = struct.unpack(">8I", content[:_HEADER])
    if magic & ~1 != _MAGIC or _checksum(content[: _HEADER - 8], magic & 1, (0, 0)) != (first, second):
        return "the beginning of its log is not as it was written"
    frames = list(_frames(content))
    sound = next((index for index, frame in enumerate(frames) if not frame.is_sound), len(frames))
    later, current = frames[sound:], (salts[0], salts[1])
    # Frames of an earlier round of the log lie there until they are written over. Frames of this round that end no
    # transaction are what a full disk or a kill has left of one.
    lost = [index for index, frame in enumerate(later) if frame.ends_transaction and frame.salts == current]
    is_unfinished = lost == [0] and len(later) > 1
    if (lost and not is_unfinished) or any(_is_half(frame.salts, current) for frame in later):
        return f"its log is not as it was written: {len(later)} of {len(frames)} pages in it cannot be read"
    return None


def _is_half(salts: tuple[int, int], current: tuple[int, int]) -> bool:
    """Say whether one of two salts is the current one: both are new in every round of the log."""
    return (salts[0] == current[0]) != (salts[1] == current[1])


def _frames(content: bytes) -> Iterator[_Frame]:
    """Yield the frames that are in the log in full; a frame is sound where all before it are, too."""
    magic, _, page, _, *salts, first, second = struct.unpack(">8I", content[:_HEADER])
    length, checksum, is_sound = _FRAME_HEADER + page, (first, second), True
    for start in range(_HEADER, len(content) - length + 1, length):
        _, database_size, *own, first, second = struct.unpack(">6I", content[start : start + _FRAME_HEADER])
        is_sound = is_sound and own == salts
        if is_sound:
            checksum = _checksum(content[start : start + 8], magic & 1, checksum)
            checksum = _checksum(content[start + _FRAME_HEADER : start + length], magic & 1, checksum)
            is_sound = checksum == (first, second)
        yield _Frame((own[0], own[1]), database_size != 0, is_sound)


def _checksum(content: bytes, is_big_endian: int, start: tuple[int, int]) -> tuple[int, int]:
    words = struct.unpack(f"{'>' if is_big_endian else '<'}{len(content) // 4}I", content)
    first, second = start
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
