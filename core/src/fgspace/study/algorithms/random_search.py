"""Random search: every point drawn from the whole space, none twice."""

from random import Random

from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.trial import Point


class RandomSearch(Algorithm):
    """Draws points from the whole space, none twice.

    Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012).
    """

    makes_plain_points = True

    def propose(self, rng: Random) -> Point:
        """Return a point drawn from the whole space."""
        self.because("sample")
        return self.fresh(lambda: self.space.sample(rng))
