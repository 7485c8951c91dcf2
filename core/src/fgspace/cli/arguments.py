"""The arguments that several commands share: whole numbers, and the shape of an input."""

from argparse import ArgumentTypeError
from collections.abc import Callable

from fgspace.errors import FgspaceError


def whole(least: int) -> Callable[[str], int]:
    """Return a function that reads a whole number of at least `least`, for argparse."""

    def read(written: str) -> int:
        try:
            number = int(written)
        except ValueError:
            number = least - 1
        if number < least:
            raise ArgumentTypeError(f"expected a whole number of at least {least}, got {written!r}")
        return number

    return read


def input_shape(written: str | None) -> tuple[int, ...] | None:
    """Read the shape that `--input` gives.

    Raises:
        FgspaceError: it is not a list of whole numbers of at least 1, separated by commas.
    """
    if written is None:
        return None
    try:
        shape = tuple(int(size) for size in written.split(","))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise FgspaceError(f"--input: expected whole numbers with commas between, as in 3,32,32; got {written!r}")
    return shape
