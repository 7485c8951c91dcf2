"""Minimises a smooth function by BFGS with step halving.

Nocedal and Wright, "Numerical Optimization" (2006), section 6.1.
"""

from collections.abc import Callable

import numpy as np

from fgspace_predictor.coordinates import Array

_CALLS = 25
"""The largest number of calls of the function."""
_LONGEST = 1.5
"""The longest step in any coordinate."""
_FLAT = 0.02
"""The largest entry of a gradient that ends the descent."""
_LITTLE = 0.01
"""A step that gains no more than this ends the descent."""

Slope = Callable[[Array], tuple[float, Array]]
"""Returns the value and the gradient at a place, (n,)."""


def descended(slope: Slope, at: Array) -> Array:
    """Return a place, (n,), at which the function is lower than at the given one, or the given one."""
    value, gradient = slope(at)
    inverse = np.eye(len(at)) / max(1.0, float(np.abs(gradient).max()))
    left = _CALLS
    while left and np.abs(gradient).max() > _FLAT:
        step = -inverse @ gradient
        step *= min(1.0, _LONGEST / max(1e-12, float(np.abs(step).max())))
        gain = float(step @ gradient)
        new, its, steep = at, np.inf, gradient
        size = 1.0
        while left and its > value + 1e-4 * size * gain:
            size *= 1.0 if new is at else 0.4
            new = at + size * step
            its, steep = slope(new)
            left -= 1
        if its >= value:
            return at
        inverse = _updated(inverse, new - at, steep - gradient)
        is_little = value - its < _LITTLE
        at, value, gradient = new, its, steep
        if is_little:
            return at
    return at


def _updated(inverse: Array, moved: Array, turned: Array) -> Array:
    """Return the inverse of the Hessian after a step and the change of the gradient along it."""
    curve = float(moved @ turned)
    if curve < 1e-10:
        return inverse
    across = np.outer(moved, inverse @ turned)
    stretch = 1 + float(turned @ inverse @ turned) / curve
    updated: Array = inverse + (stretch * np.outer(moved, moved) - across - across.T) / curve
    return updated
