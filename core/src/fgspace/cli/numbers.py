"""Numbers as the command reads and prints them."""

from argparse import ArgumentTypeError
from collections.abc import Callable


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


def in_short(value: float | None) -> str:
    """Return a metric as a person reads it: whole numbers with commas, others with four digits."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 10 else f"{value:.4g}"
