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


def test_a_cost_that_hardly_varies_has_the_same_scale_and_one_that_never_does_makes_no_difference():
    conv = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "bias": {"choice": [True, False]}}
    described = {"type": "FineGrainedSpace", "input_shape": [1, 8, 8], "modules": ["one"]}
    space = fgspace.space({**described, "one": conv})
    costs = KnownCosts(space, SCORE_AND_MACS)
    with_bias, without = costs.axes([costs.of({"one.bias": bias}) for bias in (True, False)])
    assert with_bias[0] == without[0]
    # Of two random points, half differ: their squared difference is twice the mean.
    assert (with_bias[1] - without[1]) ** 2 == pytest.approx(2, abs=0.2)


def test_a_walk_leads_from_a_point_that_was_proposed_before_to_another_that_keeps_the_constraints():
    costs = KnownCosts(SPACE, SCORE_AND_MACS)
    start = {"one.out_channels": 2, "one.kernel_size": 3, "two.out_channels": 2}
    assert not costs.excess_at(start)
    assert costs.reach(start, lambda point: True, Random(0)) == start
    for seed in range(10):
        reached = costs.reach(start, lambda point: point != start, Random(seed))
        assert reached != start
        assert costs.of(reached)["params"] <= 60


def test_costs_of_a_point_without_a_network_are_unknown_and_infinitely_far_outside():
    space = fgspace.space({**CONVOLUTIONS, "one": {**CONVOLUTIONS["one"], "kernel_size": {"choice": [3, 9]}}})
    costs = KnownCosts(space, SCORE_AND_MACS)
    broken = {**space.initial, "one.kernel_size": 9}
    assert costs.of(broken) == {}
    assert costs.excess_at(broken) == np.inf
    assert costs.names == costs.there_are == {"macs", "params"}
    axes = costs.axes([costs.of(broken), costs.of(space.initial)])
    assert axes[0].tolist() == [0, 0]
    assert axes[1].all()


def test_only_the_costs_that_are_named_are_computed_and_bounded():
    assert KnownCosts(SPACE, fgspace.Objectives({"score": "max"})).names == set()
    further = KnownCosts(SPACE, fgspace.Objectives({"score": "max"}), ["macs", "joules"])
    assert further.names == {"macs"}
    assert further.of(SPACE.initial) == {"macs": SPACE.cost()["macs"]}
    assert not further.is_bounded
    assert further.excess_at(SPACE.initial) == 0
    assert KnownCosts(SPACE, SCORE_AND_MACS).is_bounded


def test_the_columns_of_costs_are_in_the_order_of_their_names_and_grow_with_the_cost():
    costs, rng = KnownCosts(SPACE, SCORE_AND_MACS), Random(0)
    found = [costs.of(SPACE.sample(rng)) for _ in range(40)]
    axes = costs.axes(found)
    for column, name in enumerate(("macs", "params")):
        assert costs.axis(name) == column
        ranked = sorted(range(40), key=lambda index: found[index][name])
        assert (np.diff(axes[ranked, column]) >= 0).all()
    assert costs.axes_of(np.hstack([np.ones((40, 3)), axes])).tolist() == axes.tolist()


def test_the_costliest_point_is_close_to_the_most_that_the_constraints_allow():
    costs = KnownCosts(SPACE, SCORE_AND_MACS)
    allowed = [SPACE.cost(point)["macs"] for point in SPACE.enumerate() if SPACE.cost(point)["params"] <= 60]
    for seed in range(4):
        assert costs.of(costs.costliest(["macs"], Random(seed)))["macs"] >= 0.95 * max(allowed)
    impossible = fgspace.Objectives({"score": "max"}, {"macs": {"max": 1}})
    assert KnownCosts(SPACE, impossible).costliest(["macs"], Random(0)) is None


def test_no_point_is_reached_where_none_keeps_the_constraints_or_none_is_fresh():
    costs = KnownCosts(SPACE, fgspace.Objectives({"score": "max"}, {"macs": {"max": 1}}))
    assert costs.reach(SPACE.initial, lambda point: True, Random(0)) is None
    assert costs.broken(SPACE.initial) == f"macs is {SPACE.cost()['macs']}, above the most allowed, 1"
    assert KnownCosts(SPACE, SCORE_AND_MACS).reach(SPACE.initial, lambda point: False, Random(0)) is None
