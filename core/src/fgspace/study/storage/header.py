"""The header of a store's file: what every store has alike, put right in the copy of a damaged one."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

APPLICATION_ID = 0x66677370  # "fgsp", where SQLite keeps the mark of the program that a file belongs to
FORMAT = 1
WRITE_AHEAD = b"\x02"
"""Byte 19 of a database file whose transactions are in a log beside it."""

_SIZE = 100
_ALIKE: Mapping[int, bytes] = MappingProxyType(
    {
        0: b"SQLite format 3\0",
        20: bytes([0, 64, 32, 32]),
        44: (4).to_bytes(4, "big"),
        56: (1).to_bytes(4, "big"),
        60: FORMAT.to_bytes(4, "big"),
        68: APPLICATION_ID.to_bytes(4, "big"),
    }
)
"""Place → bytes of the header of every store: https://www.sqlite.org/fileformat2.html#the_database_header."""
_CREDIBLE = 100
"""How many times as long as it is a file is believed to have been."""
_MOST_WRONG = 4
"""Bytes of these that may be wrong in a file that is still taken for a store."""
_PAGE_SIZES = {size.to_bytes(2, "big") for size in (512, 1024, 2048, 4096, 8192, 16384, 32768, 1)}
_USUAL_PAGE = (4096).to_bytes(2, "big")
_VERSIONS = {bytes([1, 1]), bytes([2, 2])}


def mend(path: Path, *, has_log: bool) -> None:
    """Put the header of a file right, if it is that of a store but for a few bytes, and fill up what was cut off."""
    content = path.read_bytes()
    header = bytearray(content[:_SIZE])
    if len(header) < _SIZE or _wrong(header) > _MOST_WRONG:
        return
    for at, alike in _ALIKE.items():
        header[at : at + len(alike)] = alike
    if bytes(header[16:18]) not in _PAGE_SIZES:
        header[16:18] = _USUAL_PAGE
    if bytes(header[18:20]) not in _VERSIONS:
        header[18:20] = bytes([2, 2]) if has_log else bytes([1, 1])
    page = 65536 if header[16:18] == bytes([0, 1]) else int.from_bytes(header[16:18], "big")
    pages, said = -(-len(content) // page), int.from_bytes(header[28:32], "big")
    pages = said if pages <= said <= _CREDIBLE * pages else pages
    header[28:32] = pages.to_bytes(4, "big")
    path.write_bytes(bytes(header) + content[_SIZE:].ljust(pages * page - _SIZE, b"\0"))


def _wrong(header: bytes | bytearray) -> int:
    return sum(
        one != other
        for at, alike in _ALIKE.items()
        for one, other in zip(header[at : at + len(alike)], alike, strict=True)
    )
