"""Constraints on costs hold for every point that SimulatedAnnealing proposes."""

import re
from random import Random

import fgspace
import pytest
from fgspace_annealing.annealing import SimulatedAnnealing
from fgspace_annealing.open_points import OpenPoints
from hypothesis import given, settings
from hypothesis import strategies as st

CONVOLUTIONS = {
    "type": "FineGrainedSpace",
    "input_shape": [1, 8, 8],
    "modules": ["one", "two", "three"],
    "one": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": {"choice": [5, 3, 1]}},
    "two": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": 3, "padding": 1},
    "three": {"type": "Conv2d", "out_channels": {"int": [1, 16]}, "kernel_size": 1},
}
SPACE = fgspace.space(CONVOLUTIONS)
WIDE = SPACE.encode({"one.out_channels": 16, "one.kernel_size": 5, "two.out_channels": 16, "three.out_channels": 16})


def search(constraints, start=None, seed=0, space=SPACE):
    return fgspace.Study(space, SimulatedAnnealing, {"score": "max"}, constraints, seed=seed, init_tokens=start)


def score(description):
    return {"score": float(description["one"]["out_channels"] + description["three"]["out_channels"])}


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.integers(4_000, 60_000), st.sampled_from([None, WIDE]))
def test_no_point_is_proposed_whose_costs_break_a_constraint(seed, most, start):
    study = search({"macs": {"max": most}, "params": {"min": 20}}, start, seed)
    study.run(score, trials=40)
    assert [trial.state for trial in study.trials] == ["complete"] * 40
    for trial in study.trials:
        cost = SPACE.cost(trial.point)
        assert cost["macs"] <= most
        assert cost["params"] >= 20


def test_a_search_whose_initial_point_breaks_a_constraint_starts_nearby():
    study = search({"macs": {"max": 20_000}}, WIDE)
    assert SPACE.cost(SPACE.decode(WIDE))["macs"] > 20_000
    trial = study.ask()
    assert trial.lineage["operator"] == "initial"
    assert SPACE.cost(trial.point)["macs"] <= 20_000


def test_from_a_point_that_was_proposed_before_a_walk_leads_to_an_open_one_beside_it():
    objectives = fgspace.Objectives({"score": "max"}, {"macs": {"max": 60_000}})
    start = {"one.out_channels": 4, "one.kernel_size": 3, "two.out_channels": 4, "three.out_channels": 4}
    open_points = OpenPoints(SPACE, objectives, lambda point: point != start)
    for seed in range(10):
        found = open_points.find(start, Random(seed))
        assert found in open_points
        assert sum(found[path] != start[path] for path in start) == 1


def test_the_same_start_is_found_again_in_a_replay():
    study, again = (search({"macs": {"max": 20_000}}, WIDE, seed=3) for _ in range(2))
    study.run(score, trials=30)
    for trial in study.trials:
        again.algorithm.tell(trial)
    assert again.algorithm.ask() == study.algorithm.ask()


def test_a_search_goes_on_to_the_last_point_that_keeps_the_constraints():
    kept = [SPACE.key(point) for point in SPACE.enumerate() if SPACE.cost(point)["macs"] <= 800]
    study = search({"macs": {"max": 800}})
    study.run(score, trials=10_000)
    assert sorted(SPACE.key(trial.point) for trial in study.trials) == sorted(kept)
    assert {trial.state for trial in study.trials} == {"complete"}


def test_constraints_that_no_point_keeps_are_an_error_that_says_so():
    message = (
        "found no point that keeps the constraints; at the initial point macs is 560, above the most allowed, 5;"
        " loosen that constraint"
    )
    with pytest.raises(fgspace.FgspaceError, match=f"^{re.escape(message)}$"):
        search({"macs": {"max": 5}}).ask()


def test_a_point_whose_cost_cannot_be_known_is_left_to_the_study_which_says_why():
    broken = {**CONVOLUTIONS, "one": {"type": "Conv2d", "out_channels": 4, "kernel_size": {"choice": [3, 9]}}}
    study = search({"macs": {"max": 100_000}}, space=fgspace.space(broken))
    study.run(lambda description: {"score": 1.0}, trials=30)
    failed = [trial for trial in study.trials if trial.state == "failed"]
    assert failed
    assert {trial.point["one.kernel_size"] for trial in failed} == {9}


def test_the_walk_passes_through_points_that_break_a_constraint():
    start = SPACE.encode({"one.out_channels": 8, "one.kernel_size": 3, "two.out_channels": 8, "three.out_channels": 8})
    most, changed = SPACE.cost(SPACE.decode(start))["macs"], []
    for seed in range(5):
        study = search({"macs": {"max": most, "min": 0.9 * most}}, start, seed)
        study.run(score, trials=12)
        for trial in study.trials:
            assert 0.9 * most <= SPACE.cost(trial.point)["macs"] <= most
            if trial.lineage["operator"] == "detour":
                parent = study.trials[trial.lineage["parents"][0]].point
                changed.append(sum(trial.point[path] != value for path, value in parent.items()))
    assert max(changed) > 1
