"""The acquisition function of Predictor: areas of known costs, constraints, pending points, many objectives."""

from random import Random

import fgspace
import numpy as np
import pytest
from fgspace_predictor.beliefs import Beliefs
from fgspace_predictor.coordinates import Coordinates
from fgspace_predictor.known_costs import KnownCosts
from fgspace_predictor.promise import promise

SPACE = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "input_shape": [1, 8, 8],
        "modules": ["one", "two"],
        "one": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": {"choice": [3, 1, 9]}},
        "two": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": 1},
    }
)
LINE = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"x": {"int": [0, 100]}}})


def network(one, kernel, two):
    return {"one.out_channels": one, "one.kernel_size": kernel, "two.out_channels": two}


def values(point, directions):
    """Return the costs of a point, all to be minimised."""
    cost = SPACE.cost(point)
    return [cost[name] if direction == "min" else -cost[name] for name, direction in directions.items()]


def acquired(space, objectives, told, points, pending=(), seed=0, doubt=1.0):
    """Return the acquisition values of points after these trials."""
    costs = KnownCosts(space, objectives)
    beliefs = Beliefs(Coordinates(space), objectives, costs, {})
    beliefs.learn(told, list(pending))
    return promise(told, list(pending), objectives, beliefs, costs, Random(seed), doubt)(points)


def trials(space, points, measure):
    """Return a complete trial for each point."""
    return [fgspace.Trial(number, point, "complete", measure(point)) for number, point in enumerate(points)]


def area(found, reference):
    """Return the area that pairs of values dominate, up to a reference."""
    total, height = 0.0, reference[1]
    for first, second in sorted(map(tuple, found)):
        if first < reference[0] and second < height:
            total += (reference[0] - first) * (height - second)
            height = second
    return total


@pytest.mark.parametrize(
    ("networks", "directions"),
    [
        ([network(6, 3, 4), network(8, 1, 12), network(8, 3, 8)], {"macs": "min", "params": "max"}),
        ([network(12, 3, 12)], {"macs": "min", "params": "min"}),
    ],
)
def test_of_two_known_costs_a_point_is_worth_the_area_it_adds_up_to_a_tenth_beyond_the_worst_values(
    networks, directions
):
    found = [values(point, directions) for point in networks]
    low, high = np.min(found, 0), np.max(found, 0)
    reference = high + 0.1 * np.where(high > low, high - low, 1)
    points = [network(one, kernel, two) for one in range(1, 17) for kernel in (1, 3) for two in range(1, 17)]
    grown = [area([*found, values(point, directions)], reference) - area(found, reference) for point in points]
    assert sum(gain > 0 for gain in grown) > 20
    told = trials(SPACE, networks, SPACE.cost)
    assert acquired(SPACE, fgspace.Objectives(directions), told, points) == pytest.approx(grown)


def test_points_whose_costs_break_a_constraint_or_cannot_be_computed_are_worth_minus_infinity():
    objectives = fgspace.Objectives({"score": "max"}, {"params": {"max": 60}})
    told = trials(
        SPACE, [network(2, 1, width) for width in range(1, 7)], lambda point: {"score": 1.0, **SPACE.cost(point)}
    )
    points = [network(2, 1, 8), network(16, 3, 16), network(2, 9, 2)]
    assert SPACE.cost(points[0])["params"] <= 60 < SPACE.cost(points[1])["params"]
    assert np.isfinite(acquired(SPACE, objectives, told, points)).tolist() == [True, False, False]


def test_before_a_trial_is_feasible_a_point_is_worth_the_probability_that_it_is():
    objectives = fgspace.Objectives({"loss": "min"}, {"heat": {"max": 10}})
    told = trials(LINE, [{"x": x} for x in (40, 60, 80, 100)], lambda point: {"loss": 1.0, "heat": float(point["x"])})
    worth = acquired(LINE, objectives, told, [{"x": x} for x in (0, 10, 60, 90)])
    assert worth[0] > worth[1] > 0.01 > worth[2] >= worth[3] >= 0
    assert worth[0] <= 1
    # A pending point is not feasible yet: nothing has to be improved on.
    assert acquired(LINE, objectives, told, [{"x": 0}], [{"x": 90}])[0] > 0.01


def test_a_pending_point_is_worth_less_and_so_are_its_neighbours():
    objectives = fgspace.Objectives({"loss": "min"})
    told = trials(LINE, [{"x": x} for x in range(0, 101, 20)], lambda point: {"loss": abs(point["x"] - 50) / 50})
    points = [{"x": 50}, {"x": 51}, {"x": 10}]
    free, beside = (acquired(LINE, objectives, told, points, pending) for pending in ([], [{"x": 50}]))
    assert (beside[:2] < 0.5 * free[:2]).all()


@pytest.mark.parametrize("directions", [{"loss": "min"}, {"loss": "min", "rise": "max"}])
def test_with_one_or_two_objectives_nothing_is_drawn(directions):
    objectives = fgspace.Objectives(directions)
    told = trials(
        LINE, [{"x": x} for x in range(0, 101, 20)], lambda point: {"loss": (point["x"] - 50) ** 2, "rise": point["x"]}
    )
    points = [{"x": x} for x in range(0, 101, 7)]
    one, other = (acquired(LINE, objectives, told, points, seed=seed) for seed in (0, 1))
    assert one.max() > 0
    assert one.tolist() == other.tolist()


def test_with_three_objectives_weights_are_drawn_anew_and_uncertain_points_are_worth_more():
    objectives = fgspace.Objectives({"a": "min", "b": "min", "c": "min"})

    def measure(point):
        share = point["x"] / 100
        return {"a": share, "b": (1 - share) ** 2, "c": abs(share - 0.5)}

    told = trials(LINE, [{"x": x} for x in range(0, 101, 10)], measure)
    points = [{"x": x} for x in range(101)]
    drawn = [acquired(LINE, objectives, told, points, seed=seed) for seed in range(4)]
    assert len({int(worth.argmax()) for worth in drawn}) > 1
    assert all((worth >= 0).all() and worth.max() > 0 for worth in drawn)
    sure = acquired(LINE, objectives, told, points, doubt=0.0)
    assert drawn[0].mean() > sure.mean() >= 0
