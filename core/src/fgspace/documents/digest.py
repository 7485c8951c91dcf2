"""Short names of plain JSON that stay the same from one program to the next."""

import json
from hashlib import sha256
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """Return plain JSON as text that is equal for equal values, whatever the order of their keys."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """Return a short name of plain JSON: the first 16 hexadecimal digits of its SHA-256."""
    return sha256(canonical(value).encode()).hexdigest()[:16]
