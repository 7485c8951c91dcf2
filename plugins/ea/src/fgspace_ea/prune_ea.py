"""PruneEA: evolve which channels a network keeps, a bit a channel, by NSGA-III.

After the algorithm of that name in Vega (Huawei Noah's Ark Lab), which has no paper of its own; its selection is that
of Deb and Jain, IEEE TEC 18 (2014).
"""

import math
from random import Random
from typing import Any

from fgspace import Domain, Int, Point, Vector

from fgspace_ea.compression import CompressionSearch
from fgspace_ea.variation import repaired


class PruneEA(CompressionSearch):
    """NSGA-III over masks and widths, from founders of every density.

    The initial point is evaluated first, then founders until `random_models` trials are told. A founder draws a share p
    between 0 and 1, and each of its bits is 1 with probability p: so networks of every size are among them, where bits
    drawn evenly would all keep half. A whole number lies as many steps above its lowest value as bits of that
    probability would put it; every other domain draws its own way.

    From then on a generation is `num_individual` children. A parent is the one of the lower front of two members
    drawn from the population, which holds `random_models`; with probability `crossover_rate` the genes between two
    cuts are exchanged and both children are used, else the one parent is the child; then each gene moves with
    probability `mutation_rate`. After each generation told, the population is what NSGA-III selects of itself and
    the children. No point is proposed twice.

    A mask that must keep something is `{bits: 16, at_least: 1}`, as are those of the prune plugin; where a founder or
    child would keep too few, the first of the missing bits are set.

    Args:
        space: what is searched.
        objectives: what the front is the front of, such as accuracy and macs.
        seed: where all randomness comes from.
        num_individual: how many children are a generation.
        num_generation: after how many generations the search ends; without it, the study's budget decides.
        random_models: how many founders there are, the initial point included, and members.
        crossover_rate: the share of matings that exchange genes.
        mutation_rate: the probability of each gene to move; left out, one over the number of genes.

    Raises:
        ValueError: an option is out of its range.
    """

    def found(self, rng: Random) -> Point:
        """Draw a founder of a density drawn first."""
        share, point = rng.random(), self.space.sample(rng)
        return {path: dense(domain, point[path], share, rng) for path, domain in self.space.active(point).items()}


def dense(domain: Domain, value: Any, share: float, rng: Random) -> Any:
    """Return a value of this density: bits drawn with that probability, whole numbers as their sums; else the value."""
    match domain:
        case Vector(_, _, ones) if ones is not None:
            return value
        case Vector() if domain.is_binary:
            return repaired(domain, [int(rng.random() < share) for _ in value])
        case Vector(element):
            return [dense(element, one, share, rng) for one in value]
        case Int(low, _, step):
            # The binomial distribution's normal limit, since a range may have any number of steps.
            steps = domain.size - 1
            drawn = round(rng.gauss(steps * share, math.sqrt(steps * share * (1 - share))))
            return low + step * min(max(drawn, 0), steps)
    return value
