"""The border for data from programs: makes plain JSON of it, or says what it is and where."""

import operator
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

from fgspace.documents.scalars import is_int64, too_large
from fgspace.errors import FgspaceError, brief

_AS_THEY_ARE = frozenset({bool, float, str, type(None)})
_COLLECTIONS = frozenset({dict, list, tuple})
are_scalars = frozenset({bool, float, int, str, type(None)}).issuperset
"""Returns whether classes are those of plain values that are no collections, in a tenth of the time of asking each."""
_are_text = frozenset({str}).issuperset

Written = Callable[[Any, str], Any]
"""Returns an object at a dotted path as it is written, or the object itself."""


def plain(value: Any, at: str = "", keep: Callable[[Any], bool] | None = None, written: Written | None = None) -> Any:
    """Return a copy of a value as plain JSON: mappings with text as keys, lists, text, numbers, booleans and None.

    Scalars and arrays of NumPy and tensors of torch become numbers and lists, tuples and ranges become lists, an enum
    its value, and a path its text. A mapping or list that stands in several places is one object in the copy too.

    Args:
        value: what a program gives.
        at: the dotted path of the value, for errors.
        keep: whether a value that is not plain is to stay as it is.
        written: what objects of fgspace's own become.

    Raises:
        ValueError: something in it is none of these, or an integer of more than 64 bits; it says what and where.
    """
    return _Border(keep, written).plain(value, at)


def as_plain(value: Any, at: str = "", written: Written | None = None) -> Any:
    """Return a copy of a value as plain JSON, like `plain`.

    Raises:
        FgspaceError: something in it is no plain data; the message says what and where.
    """
    try:
        return plain(value, at, written=written)
    except ValueError as error:
        raise FgspaceError(str(error)) from error


def whole_number(name: str, given: Any, least: int | None = None) -> int:
    """Return a whole number as Python's own.

    Raises:
        FgspaceError: it is none, or less than `least`.
    """
    bound = "" if least is None else f" of at least {least}"
    try:
        number = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = None
    if number is None or (least is not None and number < least):
        raise FgspaceError(f"{name}: expected a whole number{bound}, got {brief(given)}")
    return number


def plain_numbers(value: Any) -> Any:
    """Return what code gives with plain numbers in place of scalars of NumPy; everything else stays as it is.

    Unlike `plain`, it keeps tuples, arrays, tensors and objects, which a module may take.
    """
    kind = value.__class__
    if kind is int or kind in _AS_THEY_ARE:
        return value
    if kind is tuple or kind is list:
        return value if are_scalars(map(type, value)) else kind(map(plain_numbers, value))
    if kind is dict:
        return {key: plain_numbers(one) for key, one in value.items()}
    is_scalar = kind.__module__ == "numpy" and getattr(value, "shape", None) == () and hasattr(value, "item")
    return value.item() if is_scalar else value


class _Border:
    """One passage of a value over the border; remembers what it has made of each mapping and list."""

    def __init__(self, keep: Callable[[Any], bool] | None, written: Written | None) -> None:
        self._keep = keep
        self._written = written
        self._made: dict[int, Any] = {}

    def plain(self, value: Any, at: str) -> Any:
        if value.__class__ is int:
            return _checked(value, at)
        if value.__class__ in _AS_THEY_ARE:
            return value
        if value.__class__ in _COLLECTIONS or isinstance(value, Mapping | list | tuple):
            if id(value) not in self._made:
                self._made[id(value)] = self._collection(value, at)
            return self._made[id(value)]
        if isinstance(value, Enum):
            return self.plain(value.value, at)
        if isinstance(value, PurePath):
            return str(value)
        if isinstance(value, range):
            return list(value)
        if self._written is not None and (written := self._written(value, at)) is not value:
            if id(value) not in self._made:
                self._made[id(value)] = self.plain(written, at)
            return self._made[id(value)]
        if hasattr(value, "dtype") and hasattr(value, "tolist"):
            return self.plain(value.tolist(), at)
        for kind in (bool, int, float, str):  # a class of the program's own that is one of these
            if isinstance(value, kind):
                return self.plain(kind(value), at)
        if self._keep is not None and self._keep(value):
            return value
        where = f"{at}: " if at else ""
        raise ValueError(f"{where}expected plain data (mappings, lists, text, numbers), got {_named(value)}")

    def _collection(self, value: Any, at: str) -> Any:
        """Return the copy of a mapping or a list; most of what they hold is plain, and needs no path."""
        under = f"{at}." if at else ""
        if isinstance(value, Mapping):
            keyed = value if _are_text(map(type, value)) else {_key(key, at): one for key, one in value.items()}
            return {
                key: one
                if one.__class__ in _AS_THEY_ARE or (one.__class__ is int and is_int64(one))
                else self.plain(one, f"{under}{key}")
                for key, one in keyed.items()
            }
        if are_scalars(map(type, value)) and all(map(is_int64, [one for one in value if one.__class__ is int])):
            return list(value)
        return [self.plain(one, f"{under}{index}") for index, one in enumerate(value)]


def _checked(number: int, at: str) -> int:
    if is_int64(number):
        return number
    # Python writes no integer of more than some thousand digits.
    written = str(number) if number.bit_length() < 10_000 else f"one of {number.bit_length():,} bits"
    raise ValueError(f"{at}: {too_large(written)}" if at else too_large(written))


def _key(key: Any, at: str) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, str):
        return str(key)
    where = f"{at}: " if at else ""
    raise ValueError(f"{where}expected text as the key of a mapping, got {brief(key)}")


def _named(value: Any) -> str:
    name = getattr(value, "__qualname__", None)
    kind = type(value).__name__
    return f"the {kind} {name!r}" if name else f"an object of class {kind!r}"
