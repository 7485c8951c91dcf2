"""The checks of shapes and sizes that all rules share, and their messages."""

from collections.abc import Sequence
from math import prod
from typing import Any

from fgspace.network.costs import Shape, is_many
from fgspace.network.inputs import is_integer


def expect_dims(shape: Shape, *counts: int) -> None:
    """Raise ValueError unless the input is one tensor with one of these numbers of dimensions, without the batch."""
    if is_many(shape):
        raise ValueError(f"takes one tensor, but gets {len(shape)}")
    if len(shape) not in counts:
        forms = " or ".join(_FORMS[count] for count in counts)
        raise ValueError(f"takes an input of {forms}, but gets {shape}")


def expect_tensor(shape: Shape) -> None:
    """Raise ValueError unless the input is one tensor."""
    if is_many(shape):
        raise ValueError(f"takes one tensor, but gets {len(shape)}")


def expect_width(name: str, given: int, shape: Shape, axis: int = 0) -> None:
    """Raise ValueError unless the input has the given number of channels or features, and is no tensor of integers."""
    if is_integer(shape):
        raise ValueError(f"takes floats, but the input is {shape}; an Embedding makes floats of integers")
    if not shape or shape[axis] != given:
        what = "features" if axis else "channels"
        got = shape[axis] if shape else 0
        raise ValueError(f"{name} is {given!r}, but the input has {got} {what}; it is {shape}")


def expect_positive(**sizes: Any) -> None:
    """Raise ValueError unless every size, and every element of it, is at least 1."""
    for name, size in sizes.items():
        if any(item is not None and item < 1 for item in (size if isinstance(size, Sequence) else (size,))):
            raise ValueError(f"{name} must be at least 1, got {size!r}")


def each(name: str, value: Any, count: int) -> tuple[Any, ...]:
    """Return one value for each dimension, as torch reads it; raise ValueError if the number of values is wrong."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return (value,) * count
    if len(value) == 1 and count > 1:
        return tuple(value) * count
    if len(value) != count:
        raise ValueError(f"{name}: expected 1 or {count} numbers, got {len(value)}")
    return tuple(value)


def sides(sizes: Sequence[Any]) -> str:
    """Return sizes in words: "3 x 3"."""
    return " x ".join(map(str, sizes))


def alike(sizes: Sequence[Any]) -> str:
    """Return sizes in words, as one number if they are all equal."""
    return str(sizes[0]) if len(set(sizes)) == 1 else sides(sizes)


def size_of(shape: Sequence[int]) -> int:
    """Return the number of elements of a tensor of this shape."""
    return prod(shape)


_FORMS = {1: "(C)", 2: "(C, L)", 3: "(C, H, W)", 4: "(C, D, H, W)"}
