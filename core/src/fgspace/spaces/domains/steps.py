"""The numbers of a range of decimals, computed without rounding errors."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any


class Steps(Sequence[float]):
    """The numbers low, low + step, ..., up to high, each the double nearest to its decimal value.

    The arguments are the decimal numbers that Python writes them as: 0.1 is a tenth. A step must be at least twice the
    distance of doubles near low and high, so that all numbers differ.
    """

    def __init__(self, low: float, high: float, step: float) -> None:
        start, end, width = (Fraction(repr(number)) for number in (low, high, step))
        # In units of which all three are multiples: the quotient of two integers is rounded to the nearest double.
        self._unit = math.lcm(start.denominator, width.denominator)
        self._start, self._width = int(start * self._unit), int(width * self._unit)
        self._size = (end - start) // width + 1

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: Any) -> Any:
        return (self._start + range(self._size)[index] * self._width) / self._unit

    def __contains__(self, value: Any) -> bool:
        return bool(self[self.index(value)] == value)

    def index(self, value: Any, *_: Any) -> int:
        """Return the index of the number nearest to a value from low to high."""
        above, below = float(value).as_integer_ratio()
        distance, width = above * self._unit - below * self._start, below * self._width
        return min((2 * distance + width) // (2 * width), self._size - 1)
