"""Reads the pickles that CIFAR is published as: plain values and arrays of bytes, and never anything that runs."""

import pickle
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np


class _Bytes:
    """Stands for numpy's array type: takes an array's pickled state, and accepts unsigned bytes only."""

    values: np.ndarray

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, raw = state
        if dtype.code not in ("u1", b"u1"):
            raise ValueError(f"an array of {dtype.code!r}, expected unsigned bytes")
        raw = raw if isinstance(raw, bytes) else raw.encode("latin1")
        self.values = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if fortran else "C")


class _Dtype:
    """Stands for numpy's element type: keeps its code."""

    def __init__(self, code: str | bytes, *_: Any) -> None:
        self.code = code

    def __setstate__(self, state: Any) -> None:
        """Take byte order and alignment, which single bytes have no use for."""


def _reconstruct(*_: Any) -> _Bytes:
    return _Bytes()


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes written as {encoding!r}, expected 'latin1'")
    return text.encode("latin1")


# The names that pickles of bytes and byte arrays hold, by Python 2 and 3 and by numpy 1 and 2.
_ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Bytes,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
}


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, and a data file may hold plain values only")
        return _ALLOWED[module, name]


def read_plain(file: BinaryIO) -> dict[str, Any]:
    """Return the mapping in a pickle, its keys as text, its byte arrays as uint8 arrays.

    Nothing that the file names is imported or called. Raises UnpicklingError where it holds anything else
    or is damaged.
    """
    try:
        content = _Plain(file, encoding="bytes").load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # a pickle that is damaged may raise anything, as its documentation says
        raise pickle.UnpicklingError(str(error) or type(error).__name__) from error
    if not isinstance(content, dict):
        raise pickle.UnpicklingError(f"it holds a {type(content).__name__}, expected a mapping")
    text = {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in content.items()}
    return {key: value.values if isinstance(value, _Bytes) else value for key, value in text.items()}
