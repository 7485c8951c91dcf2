"""Digests: short names of plain JSON that are the same in every program."""

import json
from hashlib import sha256
from typing import Any

from fgspace.documents.plain import as_plain

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """Return plain JSON as text that is equal for equal values, regardless of the order of keys."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of plain JSON.

    Raises:
        FgspaceError: something in it is no plain data.
    """
    try:
        text = canonical(value)
    except TypeError:  # NumPy's numbers, paths and the like
        text = canonical(as_plain(value))
    return sha256(text.encode()).hexdigest()[:16]
