"""Numbers of points: integers of any size, or infinity."""

import math
from collections.abc import Iterable

Size = int | float
"""An integer, or `math.inf`."""

_EXACT = 10**9
"""The size from which on only the magnitude is shown."""


def product(sizes: Iterable[Size]) -> Size:
    """Return the product of sizes; a large integer times infinity is infinity, which Python's own cannot say."""
    whole = 1
    infinite = False
    for size in sizes:
        if isinstance(size, float):
            infinite = True
        else:
            whole *= size
    return math.inf if infinite and whole else whole


def total(sizes: Iterable[Size]) -> Size:
    """Return the sum of sizes."""
    whole = 0
    infinite = False
    for size in sizes:
        if isinstance(size, float):
            infinite = True
        else:
            whole += size
    return math.inf if infinite else whole


def in_digits(size: Size) -> str:
    """Return a size as people write it: "65,536", "about 10^20", "inf"."""
    if isinstance(size, float):
        return f"{size:g}"
    return f"{size:,}" if size < _EXACT else f"about 10^{round(math.log10(size))}"
