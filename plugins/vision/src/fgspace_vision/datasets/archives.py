"""What is packed, in zips and gzip files: read after a look at the size that it unpacks to."""

import os
import zipfile
from pathlib import Path

from fgspace import FgspaceError

# Images and labels pack to a tenth at best; a file that unpacks to a hundred times its size is no data.
_RATIO = 100
_ALWAYS = 64 * 2**20
"""Bytes that are unpacked whatever their ratio is."""


def check_size(name: str, file: str, packed: int, unpacked: int) -> None:
    """Raise FgspaceError where so many bytes cannot be what the file says, or do not fit into memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if unpacked > memory:
        raise FgspaceError(
            f"{name}: {file!r} unpacks to {unpacked:,} bytes, expected at most the {memory:,} of this machine's "
            "memory; give fewer images, or smaller ones"
        )
    if unpacked > max(_ALWAYS, _RATIO * packed):
        raise FgspaceError(
            f"{name}: {file!r} unpacks from {packed:,} to {unpacked:,} bytes, expected at most {_RATIO} times its "
            "size; fetch it again, or unpack it yourself"
        )


def check_entry(name: str, archive: Path, entry: zipfile.ZipInfo) -> None:
    """Raise FgspaceError where an entry of a zip is encrypted, or unpacks to more than its size allows."""
    if entry.flag_bits & 1:
        raise FgspaceError(
            f"{name}: {entry.filename!r} in {str(archive)!r} is encrypted; unpack it, and give the folder"
        )
    check_size(name, f"{archive}/{entry.filename}", entry.compress_size, entry.file_size)


def unpack(name: str, archive: Path, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the bytes of an entry. Raises FgspaceError where it cannot be unpacked here."""
    check_entry(name, archive, entry)
    try:
        return opened.read(entry)
    except NotImplementedError as error:
        raise FgspaceError(
            f"{name}: {entry.filename!r} in {str(archive)!r} is packed by method {entry.compress_type}, expected "
            "stored, deflate, bzip2 or lzma; unpack it, and give the folder"
        ) from error
