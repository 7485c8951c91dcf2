"""PruneEA: evolve by NSGA-III the channels that a network keeps, with one bit for each channel.

After the algorithm of the same name in Vega (Huawei Noah's Ark Lab), which has no paper of its own; its selection is
that of Deb and Jain, IEEE TEC 18 (2014).
"""

import math
from random import Random
from typing import Any

from fgspace import Domain, Float, Int, Point, Vector

from fgspace_ea.compression import CompressionSearch
from fgspace_ea.variation import repaired


class PruneEA(CompressionSearch):
    """NSGA-III over masks and widths, whose first population has networks of every density.

    The initial point is evaluated first, then founders until `random_models` trials are told. For each founder a share
    p is drawn between 0 and 1, and each of its bits is 1 with probability p. So the founders keep any share of the
    channels, while bits with probability ½ would all keep about half. An integer or a float with n steps is drawn like
    a sum of n such bits. Values of other domains, and integers on a logarithmic scale, are drawn by the domain.

    From then on a generation has `num_individual` children, and the population has `random_models` members. A parent is
    the member of the lower front of two drawn at random. With probability `crossover_rate` two parents exchange the
    genes between two cuts, which makes two children; otherwise the child is a copy of one parent. Then each gene is
    mutated with probability `mutation_rate`. After each generation, NSGA-III selects the next population from the
    members and the children. No point is proposed twice.

    A mask that must keep at least one channel is `{bits: 16, at_least: 1}`, as are those of the prune plugin. Where a
    founder or a child has too few ones, the first zeros are set.

    Args:
        space: the space to search.
        objectives: the objectives and constraints, such as accuracy and macs.
        seed: the seed of all randomness.
        num_individual: the number of children in a generation.
        num_generation: the number of generations after which the search ends; by default the budget of the study
            decides.
        random_models: the number of founders, including the initial point, and of members.
        crossover_rate: the probability that two parents exchange genes.
        mutation_rate: the probability that a gene is mutated; by default one over the number of genes.

    Raises:
        ValueError: an option is out of its range.
    """

    makes_plain_points = True

    def found(self, rng: Random) -> Point:
        """Draw a density, and then a founder of that density."""
        share, point = rng.random(), self.space.sample(rng)
        return {path: dense(domain, point[path], share, rng) for path, domain in self.space.active(point).items()}


def dense(domain: Domain, value: Any, share: float, rng: Random) -> Any:
    """Return a random value of the density `share`, 0 to 1; domains without a density keep `value`.

    Each bit is 1 with that probability; a number is drawn like the sum of such bits, one for each step of its range.
    """
    match domain:
        case Vector(_, _, ones) if ones is not None:
            return value
        case Vector() if domain.is_binary:
            return repaired(domain, [int(rng.random() < share) for _ in value])
        case Vector(element):
            return [dense(element, one, share, rng) for one in value]
        case Int(log=False) | Float(log=False) if domain.size < math.inf:
            # The normal approximation of the binomial distribution: a range may have millions of steps.
            steps = int(domain.size) - 1
            drawn = round(rng.gauss(steps * share, math.sqrt(steps * share * (1 - share))))
            return domain.decode([min(max(drawn, 0), steps)])
    return value
