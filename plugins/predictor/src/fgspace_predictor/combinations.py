"""Combinations of options: the values of all choices of a point, without its numbers and masks."""

from collections.abc import Callable, Sequence

import numpy as np
from fgspace import Choice, Point, Space

from fgspace_predictor.coordinates import Array


class Combinations:
    """The combinations of options of a space.

    A model that polishes numbers promises a little at each proposal, while an option that was chosen early stays as it
    is: the better combination differs in a choice whose numbers are still bad.

    Attributes:
        is_partial: whether points have both choices and other values; if not, every new point is a new combination.
    """

    def __init__(self, space: Space) -> None:
        domains = {path: domain for path, domain in space.hyper_parameters.items() if domain.size > 1}
        self._paths = [path for path, domain in domains.items() if isinstance(domain, Choice)]
        self.is_partial = 0 < len(self._paths) < len(domains)

    def of(self, point: Point) -> str:
        """Return the combination of a point."""
        return repr([point.get(path) for path in self._paths])

    def untried(self, gain: Callable[[Sequence[Point]], Array], tried: Sequence[Point]) -> Callable[..., Array]:
        """Return the acquisition function that excludes the combinations of the points tried."""
        known = set(map(self.of, tried))

        def gained(points: Sequence[Point]) -> Array:
            return np.where([self.of(point) in known for point in points], -np.inf, gain(points))

        return gained
