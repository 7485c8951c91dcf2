"""Known costs: their scale, walks to the points that keep the constraints, and points without a network."""

from itertools import combinations
from random import Random

import fgspace
import numpy as np
import pytest
from fgspace_predictor.known_costs import KnownCosts

CONVOLUTIONS = {
    "type": "FineGrainedSpace",
    "input_shape": [1, 8, 8],
    "modules": ["one", "two"],
    "one": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": {"choice": [5, 3, 1]}},
    "two": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": 1},
}
SPACE = fgspace.space(CONVOLUTIONS)
SCORE_AND_MACS = fgspace.Objectives({"score": "max", "macs": "min"}, {"params": {"max": 60}})


def test_on_the_scale_of_costs_random_points_differ_by_one_on_average():
    costs, rng = KnownCosts(SPACE, SCORE_AND_MACS), Random(1)
    axes = costs.axes([costs.of(SPACE.sample(rng)) for _ in range(300)])
    assert axes.shape == (300, 2)
    squares = np.mean([(one - other) ** 2 for one, other in combinations(axes, 2)], axis=0)
    assert squares == pytest.approx([1, 1], abs=0.3)
    assert axes.mean(0) == pytest.approx([0, 0], abs=0.3)


def test_a_walk_leads_from_a_point_that_was_proposed_before_to_another_that_keeps_the_constraints():
    costs = KnownCosts(SPACE, SCORE_AND_MACS)
    start = {"one.out_channels": 2, "one.kernel_size": 3, "two.out_channels": 2}
    assert not costs.excess_at(start)
    assert costs.reach(start, lambda point: True, Random(0)) == start
    for seed in range(10):
        reached = costs.reach(start, lambda point: point != start, Random(seed))
        assert reached != start
        assert costs.of(reached)["params"] <= 60
