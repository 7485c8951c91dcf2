"""Scalars as YAML 1.2 reads them: which text is a number, a boolean or null, and which is only text."""

import math
import re
from typing import Any

_INT = re.compile(r"[-+]?[0-9][0-9_]*$|0o[0-7][0-7_]*$|0x[0-9a-fA-F][0-9a-fA-F_]*$")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*)(?:[eE][-+]?[0-9]+)?$"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$"
    r"|[-+]?\.(?:inf|Inf|INF)$"
    r"|\.(?:nan|NaN|NAN)$"
)
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$")
_NULL = re.compile(r"(?:~|null|Null|NULL|)$")

TAG = "tag:yaml.org,2002:"
RESOLVERS = (
    (f"{TAG}int", _INT, list("-+0123456789")),
    (f"{TAG}float", _FLOAT, list("-+.0123456789")),
    (f"{TAG}bool", _BOOL, list("tTfF")),
    (f"{TAG}null", _NULL, ["~", "n", "N", ""]),
    (f"{TAG}merge", re.compile(r"<<$"), ["<"]),
)
"""Tag, pattern and first characters of each scalar that is not text: `on`, `1:30`, `2026-11-23` and `=` are text.

Numbers may have underscores, as in `2_000_000`, which YAML 1.2 leaves to the program.
"""
SCALARS = frozenset(f"{TAG}{name}" for name in ("str", "int", "float", "bool", "null", "merge"))

_PATTERNS = {"int": _INT, "float": _FLOAT, "bool": _BOOL, "null": _NULL}
LARGEST_INT = 2**63 - 1
"""The largest whole number that is read; the smallest is -LARGEST_INT - 1."""


def scalar(tag: str, text: str) -> Any:
    """Return the value of a scalar with one of the tags in `SCALARS`.

    Raises:
        ValueError: the text is none of this tag, or a number that no command could count with.
    """
    kind = tag.removeprefix(TAG)
    if kind in ("str", "merge"):
        return text
    if not _PATTERNS[kind].match(text) and not (kind == "float" and _INT.match(text)):
        raise ValueError(f"expected {kind}, got {_short(text)!r}")
    if kind == "int":
        return _int(text)
    if kind == "float":
        return _float(text)
    return None if kind == "null" else text.lower() == "true"


def is_int64(number: int) -> bool:
    """Return whether an integer has at most 64 bits."""
    return -LARGEST_INT - 1 <= number <= LARGEST_INT


def too_large(written: str) -> str:
    """Return what is said of an integer of more than 64 bits."""
    return f"expected an integer of at most 64 bits, {-LARGEST_INT - 1:,} to {LARGEST_INT:,}; got {_short(written)}"


def _int(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    digits = text.replace("_", "").removeprefix("0o").removeprefix("0x")
    try:
        number = int(digits, base)
    except ValueError:  # Python reads no more than some thousand decimal digits
        raise ValueError(too_large(text)) from None
    if not is_int64(number):
        raise ValueError(too_large(text))
    return number


def _float(text: str) -> float:
    if text[:2] in ("0o", "0x"):
        return float(_int(text))
    word = text.lower().replace("_", "")
    number = float(word.replace(".inf", "inf").replace(".nan", "nan"))
    if math.isinf(number) and "inf" not in word:
        raise ValueError(f"expected a number below 1.8e308, got {_short(text)}; write .inf for infinity")
    return number


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
