"""Inputs: the shapes of what a network takes, and the kind of their values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fgspace.documents.plain import plain
from fgspace.errors import brief, did_you_mean
from fgspace.network.costs import PartError, Shape

FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")
InputShape = Sequence[Any] | Mapping[str, Any]
"""What a program gives as the shape of an input; see `as_shape`."""
_ONLY_INT = frozenset({int})
_KEYS = ("shape", "dtype", "below")
_FORM = "expected the sizes of one input, for instance [3, 32, 32], or {shape: [128], dtype: int64, below: 30522}"


class Input(tuple[int, ...]):
    """The shape of one input, without the batch, with the type of its values.

    A plain tuple stands for an input of float32. `below` bounds integers: they are from 0 to `below` - 1.
    """

    dtype: str
    below: int | None

    def __new__(cls, shape: Iterable[int], dtype: str = "float32", below: int | None = None) -> "Input":
        """Return the input of a shape; it is equal to another only if dtype and bound are equal too."""
        made = super().__new__(cls, shape)
        made.dtype, made.below = dtype, below
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self), self.dtype, self.below

    def _key(self) -> tuple[Any, ...]:
        return tuple(self), self.dtype, self.below

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Input) and self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        bound = "" if self.below is None else f" below {self.below}"
        return f"{tuple(self)} of {self.dtype}{bound}"


class Inputs(tuple[Shape, ...]):
    """The inputs of a network that takes several, by the names of its parameters."""

    names: tuple[str, ...]

    def __new__(cls, named: Mapping[str, Shape]) -> "Inputs":
        """Return the inputs of these names; they are equal to others only if the names are equal too."""
        made = super().__new__(cls, named.values())
        made.names = tuple(named)
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (dict(zip(self.names, self, strict=True)),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inputs) and (self.names, tuple(self)) == (other.names, tuple(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.names, tuple(self)))

    def __repr__(self) -> str:
        return ", ".join(f"{name} {shape!r}" for name, shape in zip(self.names, self, strict=True))


def as_shape(given: Any) -> Shape:
    """Return the shape that a program gives: sizes, several shapes, or a mapping as in the section `input` of a file.

    Raises:
        PartError: it describes no input.
    """
    if isinstance(given, Input | Inputs):
        return given
    if given.__class__ is tuple and _ONLY_INT.issuperset(map(type, given)) and min(given, default=1) > 0:
        return given
    if isinstance(given, list | tuple) and given and all(isinstance(one, list | tuple) for one in given):
        return tuple(map(as_shape, given))
    try:
        return described(plain(given))
    except ValueError as error:
        raise PartError(str(error), ("input_shape",)) from None


def described(written: Any) -> Shape:
    """Return the shape that is written as sizes, as a mapping with `shape`, or as a mapping of several inputs by name.

    Raises:
        ValueError: it is none of these.
    """
    if not isinstance(written, Mapping):
        return _sizes(written)
    if "shape" not in written and written and all(isinstance(one, Mapping) for one in written.values()):
        return Inputs({name: _one(one, f"{name}: ") for name, one in written.items()})
    return _one(written, "")


def plain_shape(shape: Shape) -> Any:
    """Return a shape as plain data, which `described` reads."""
    if isinstance(shape, Inputs):
        named = zip(shape.names, shape, strict=True)
        return {name: plain_shape(one if isinstance(one, Input) else Input(one)) for name, one in named}
    if not isinstance(shape, Input):
        return [plain_shape(one) if isinstance(one, tuple) else one for one in shape]
    bound = {} if shape.below is None else {"below": shape.below}
    return {"shape": list(shape), "dtype": shape.dtype, **bound}


def written_input(shape: Shape) -> dict[str, Any]:
    """Return the entry of a space that says what its input is."""
    return {"input" if isinstance(shape, Input | Inputs) else "input_shape": plain_shape(shape)}


def is_integer(shape: Shape) -> bool:
    """Return whether an input holds integers."""
    return isinstance(shape, Input) and shape.dtype in INTEGERS


def _one(written: Mapping[str, Any], at: str) -> Shape:
    for key in written:
        if key not in _KEYS:
            near = did_you_mean(key, _KEYS) or f"; there are {', '.join(_KEYS)}"
            raise ValueError(f"{at}unknown key {key!r}{near}")
    if "shape" not in written:
        raise ValueError(f"{at}{_FORM}; got {brief(dict(written))}")
    shape, dtype, below = _sizes(written["shape"], at), written.get("dtype", FLOATS[0]), written.get("below")
    if dtype not in (*FLOATS, *INTEGERS):
        raise ValueError(f"{at}dtype: expected one of {', '.join((*FLOATS, *INTEGERS))}, got {brief(dtype)}")
    if below is None:
        return Input(shape, dtype) if dtype != FLOATS[0] else shape
    if dtype in FLOATS:
        raise ValueError(f"{at}below: bounds integers, but dtype is {dtype}; leave it out, or write dtype: int64")
    if not _is_size(below):
        raise ValueError(f"{at}below: expected a whole number of at least 1, got {brief(below)}")
    return Input(shape, dtype, below)


def _sizes(written: Any, at: str = "") -> tuple[int, ...]:
    if isinstance(written, list | tuple) and written and all(map(_is_size, written)):
        return tuple(written)
    raise ValueError(f"{at}{_FORM}; got {brief(written)}")


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
