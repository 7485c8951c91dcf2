"""Whole numbers on the command line, with the least they may be."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(least: int) -> Callable[[str], int]:
    """Return what reads a whole number of at least so much, for argparse."""

    def read(written: str) -> int:
        try:
            number = int(written)
        except ValueError:
            number = least - 1
        if number < least:
            raise ArgumentTypeError(f"expected a whole number of at least {least}, got {written!r}")
        return number

    return read
