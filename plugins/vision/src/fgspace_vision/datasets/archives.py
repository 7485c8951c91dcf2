"""What is packed, in zips and gzip files: read after a look at the size that it unpacks to."""

import gzip
import io
import math
import os
import zipfile
from pathlib import Path

import numpy as np
from fgspace import FgspaceError

# Images and labels pack to a tenth at best; a file that unpacks to a hundred times its size is no data.
_RATIO = 100
_ALWAYS = 64 * 2**20
"""Bytes that are unpacked whatever their ratio is."""


def check_size(name: str, file: str, packed: int, unpacked: int, more: str = "") -> None:
    """Raise FgspaceError where so many bytes cannot be what the file says, or do not fit into memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if unpacked > memory:
        raise FgspaceError(
            f"{name}: {file!r} unpacks to {unpacked:,} bytes{more}, expected at most the {memory:,} of this machine's "
            "memory; give fewer images, or smaller ones"
        )
    if unpacked > max(_ALWAYS, _RATIO * packed):
        raise FgspaceError(
            f"{name}: {file!r} unpacks from {packed:,} to {unpacked:,} bytes{more}, expected at most {_RATIO} "
            "times its size; fetch it again, or unpack it yourself"
        )


def check_entry(name: str, archive: Path, entry: zipfile.ZipInfo) -> None:
    """Raise FgspaceError where an entry of a zip is encrypted, or unpacks to more than its size allows."""
    if entry.flag_bits & 1:
        raise FgspaceError(
            f"{name}: {entry.filename!r} in {str(archive)!r} is encrypted; pack it anew without a password"
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
            "stored, deflate, bzip2 or lzma; pack it anew by one of these"
        ) from error


def read_array(name: str, archive: Path, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """Return the .npy array in an entry, where its bytes are as many as its head says.

    Raises FgspaceError where it cannot be unpacked here, ValueError where it is damaged or holds objects.
    """
    content = io.BytesIO(unpack(name, archive, opened, entry))
    version = np.lib.format.read_magic(content)
    read_head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_head(content)
    held = entry.file_size - content.tell()
    if not dtype.hasobject and math.prod(shape) * dtype.itemsize != held:
        raise ValueError(f"{entry.filename!r} holds {held:,} bytes, its head says {dtype} of shape {shape}")
    content.seek(0)
    array: np.ndarray = np.lib.format.read_array(content, allow_pickle=False)
    return array


def gunzip(name: str, file: Path) -> bytes:
    """Return what a gzip file holds. Raises FgspaceError, before it is all unpacked, where that is too much."""
    packed, parts, size = file.stat().st_size, list[bytes](), 0
    with gzip.open(file) as opened:
        while part := opened.read(_ALWAYS):
            size += len(part)
            check_size(name, str(file), packed, size, " or more")
            parts.append(part)
    return b"".join(parts)
