"""What every rule asks of a shape, and how it says what does not fit."""

from collections.abc import Sequence
from math import prod
from typing import Any

from fgspace.network.costs import Shape, is_many


def expect_dims(shape: Shape, *counts: int) -> None:
    """Raise ValueError unless the input is one tensor of so many dimensions, the batch not counted."""
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
    """Raise ValueError unless the input has as many channels, or features, as were given for it."""
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
    """Return one value for each dimension, as torch reads it; raise ValueError where there is another number."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return (value,) * count
    if len(value) == 1 and count > 1:
        return tuple(value) * count
    if len(value) != count:
        raise ValueError(f"{name}: expected 1 or {count} numbers, got {len(value)}")
    return tuple(value)


def sides(sizes: Sequence[Any]) -> str:
    """Return sizes as they are read: 3 x 3, or 7 where all are 7 and there is one."""
    return " x ".join(map(str, sizes))


def alike(sizes: Sequence[Any]) -> str:
    """Return one number where all sizes are equal, else all of them."""
    return str(sizes[0]) if len(set(sizes)) == 1 else sides(sizes)


def size_of(shape: Sequence[int]) -> int:
    """Return how many numbers a tensor of this shape holds."""
    return prod(shape)


_FORMS = {1: "(C)", 2: "(C, L)", 3: "(C, H, W)", 4: "(C, D, H, W)"}
