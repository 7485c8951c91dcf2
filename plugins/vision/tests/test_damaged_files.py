"""Files that are encrypted, damaged, or unpack to more than memory holds: one message, and nothing unpacked before."""

import gzip
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.datasets.archives import check_size
from fgspace_vision.datasets.folder import ImageFolder
from fgspace_vision.datasets.idx import Idx
from fgspace_vision.datasets.npz import Npz
from PIL import Image

LABELS = np.arange(50) % 5
IMAGES = np.zeros((50, 6, 5))


def fails(dataset: ImageFolder | Idx | Npz) -> str:
    with pytest.raises(FgspaceError) as caught:
        dataset.load(0)
    return str(caught.value)


def png(width: int = 6, height: int = 4) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def write_zip(file: Path, entries: dict[str, bytes], flag: int = 0, method: int = 0) -> Path:
    """Write a zip, then the flag bits and the method into the heads of its entries."""
    with zipfile.ZipFile(file, "w") as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    content = bytearray(file.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            struct.pack_into("<HH", content, start + at, flag, method)
            start = content.find(mark, start + 1)
    file.write_bytes(content)
    return file


CLASSES = {"cat/0.png": png(), "dog/0.png": png()}
ARRAYS = {"x_train.npy": npy(IMAGES), "y_train.npy": npy(LABELS)}


@pytest.mark.parametrize(
    ("dataset", "entries", "first"), [(ImageFolder, CLASSES, "cat/0.png"), (Npz, ARRAYS, "x_train.npy")]
)
def test_an_encrypted_zip_is_refused(tmp_path, dataset, entries, first):
    where = str(write_zip(tmp_path / "data.zip", entries, flag=1))
    said = f"{dataset.__name__}: {first!r} in {where!r} is encrypted; pack it anew without a password"
    assert fails(dataset(where)) == said


@pytest.mark.parametrize("method", [97, 1])
@pytest.mark.parametrize(
    ("dataset", "entries", "first"), [(ImageFolder, CLASSES, "cat/0.png"), (Npz, ARRAYS, "x_train.npy")]
)
def test_a_zip_packed_by_an_unknown_method_is_refused(tmp_path, dataset, entries, first, method):
    where = str(write_zip(tmp_path / "data.zip", entries, method=method))
    assert fails(dataset(where)) == (
        f"{dataset.__name__}: {first!r} in {where!r} is packed by method {method}, expected stored, deflate, bzip2 or "
        "lzma; pack it anew by one of these"
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


HUGE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0)) + chunk(b"IDAT", b"")
BOMB = (
    "Image size (1152921504606846976 pixels) exceeds limit of 178956970 pixels, could be decompression bomb DOS attack."
)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "no image of a known format"),
        (png()[:20], "Truncated File Read"),
        (png()[:45], "image file is truncated"),
        (HUGE, BOMB),
        (png()[:33] + b"\0\0\0\0ID T" + png()[33:], "no image of a known format"),
    ],
    ids=["empty", "cut in its head", "cut in its pixels", "huge", "broken chunk"],
)
def test_a_broken_png_is_named(tmp_path, content, cause):
    write_zip(tmp_path / "data.zip", {**CLASSES, "dog/1.png": content})
    said = f"ImageFolder: 'dog/1.png' is truncated or damaged ({cause}); fetch it again"
    assert fails(ImageFolder(str(tmp_path / "data.zip"))) == said


@pytest.mark.parametrize("shape", [(2**40, 8, 8), (51, 6, 5), (49, 6, 5)])
def test_a_head_that_says_another_size_is_refused_before_anything_is_made(tmp_path, shape):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    file = write_zip(tmp_path / "data.npz", {**ARRAYS, "x_train.npy": head.getvalue() + IMAGES.tobytes()})
    cause = f"'x_train.npy' holds 12,000 bytes, its head says float64 of shape {shape}"
    assert fails(Npz(str(file))) == f"Npz: {str(file)!r} is truncated or damaged ({cause}); fetch it again"


def test_an_array_that_is_not_asked_for_is_not_read(tmp_path):
    file = write_zip(tmp_path / "data.npz", {**ARRAYS, "notes.npy": b"damaged", "readme.txt": b"text"})
    assert len(Npz(str(file)).load(0).test) == 10


def test_a_small_npz_that_unpacks_to_much_more_is_refused(tmp_path):
    file, size = tmp_path / "data.npz", 80 * 2**20
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("x_train.npy", bytes(size))
        packed = opened.getinfo("x_train.npy").compress_size
    assert fails(Npz(str(file))) == (
        f"Npz: '{file}/x_train.npy' unpacks from {packed:,} to {size:,} bytes, expected at most 100 times its size; "
        "fetch it again, or unpack it yourself"
    )


def test_a_small_gzip_that_unpacks_to_much_more_is_refused(tmp_path):
    file = tmp_path / "train-images-idx3-ubyte.gz"
    file.write_bytes(gzip.compress(bytes(200 * 2**20), 1))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"")
    packed = file.stat().st_size
    assert fails(Idx(str(tmp_path))) == (
        f"Idx: {str(file)!r} unpacks from {packed:,} to {128 * 2**20:,} bytes or more, expected at most 100 times its "
        "size; fetch it again, or unpack it yourself"
    )


def test_what_memory_does_not_hold_is_refused():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with pytest.raises(FgspaceError) as caught:
        check_size("Npz", "a.npz", memory, memory + 1)
    assert str(caught.value) == (
        f"Npz: 'a.npz' unpacks to {memory + 1:,} bytes, expected at most the {memory:,} of this machine's memory; "
        "give fewer images, or smaller ones"
    )
    check_size("Npz", "a.npz", memory // 50, memory)


@pytest.mark.parametrize(
    ("value", "dtype"), [(np.nan, np.float64), (np.inf, np.float32), (-np.inf, np.float16), (1e300, np.float64)]
)
@pytest.mark.parametrize("name", ["x_train", "x_test"])
def test_images_of_npz_that_are_not_finite_are_refused(tmp_path, value, dtype, name):
    images = IMAGES.astype(dtype)
    images[7, 0, :2] = value
    arrays = {"x_train": IMAGES, "x_test": IMAGES, "y_train": LABELS, "y_test": LABELS, name: images}
    np.savez(tmp_path / "data.npz", **arrays)
    assert fails(Npz(str(tmp_path / "data.npz"))) == (
        f"Npz: {name!r} holds 2 values that are NaN or infinite as float32, the first in image 7, "
        "expected finite ones; replace them"
    )


@pytest.mark.parametrize("dtype", ["complex128", "<U3", "datetime64[D]"])
def test_images_of_npz_that_are_no_real_numbers_are_refused(tmp_path, dtype):
    np.savez(tmp_path / "data.npz", x_train=IMAGES.astype(int).astype(dtype), y_train=LABELS)
    assert fails(Npz(str(tmp_path / "data.npz"))) == (
        f"Npz: 'x_train' is {dtype}, expected real numbers; write it as uint8 or float32"
    )
