"""BackboneNasSearch: what it proposes first, where its parents come from, what it moves, and that this finds more."""

import re
from random import Random

import fgspace
import pytest
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace_ea.backbone_nas import BackboneNasSearch, move_point
from hypothesis import given
from hypothesis import strategies as st

ERROR_AND_COST = fgspace.Objectives({"error": "min", "cost": "min"})
BACKBONE = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {"double": {"bits": 16, "ones": 5}, "down": {"bits": 16}, "depth": {"choice": [18, 34]}},
}
CONDITIONAL = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {
        "where": {"bits": 6},
        "net": {"choice": [{"type": "ResNet", "depth": {"choice": [20, 32, 44]}}, {"type": "Identity"}]},
    },
}


def run(algorithm, measure, trials):
    """Return the trials of a study that evaluates in place."""
    told = []
    for number in range(trials):
        point = algorithm.ask()
        told.append(fgspace.Trial(number, point, "complete", measure(point), lineage=algorithm.lineage))
        algorithm.tell(told[-1])
    return told


def to_target(space, seed):
    """Return a measure with one best point, drawn: the error is the distance to it, the cost rises with late ones."""
    target = space.sample(Random(seed))

    def measure(point):
        far = sum(
            mine != its for path in ("double", "down") for mine, its in zip(point[path], target[path], strict=True)
        )
        return {"error": far + 2 * (point["depth"] != target["depth"]), "cost": cost(point)}

    return measure


def cost(point):
    return sum(place * bit for place, bit in enumerate(point["down"]))


def hypervolume(trials, worst=(34, 130)):
    """Return the area that the trials' front dominates, up to the worst values there can be."""
    area, height = 0, worst[1]
    for error, price in sorted((trial.metrics["error"], trial.metrics["cost"]) for trial in trials):
        if price < height:
            area += (worst[0] - error) * (height - price)
            height = price
    return area


def test_the_initial_point_comes_first_and_random_ones_until_enough_trials_are_told():
    space = fgspace.space(BACKBONE)
    trials = run(BackboneNasSearch(space, ERROR_AND_COST, min_sample=7), to_target(space, 0), 40)
    assert trials[0].point == space.initial
    assert [trial.lineage["operator"] for trial in trials[:8]] == [
        "initial",
        *["sample"] * 6,
        trials[7].lineage["operator"],
    ]
    assert {trial.lineage["operator"] for trial in trials[7:]} == {"sample", "move"}


def test_without_random_draws_every_point_after_the_first_is_moved_from_a_parent():
    space = fgspace.space(BACKBONE)
    algorithm = BackboneNasSearch(space, ERROR_AND_COST, min_sample=1, random_ratio=0)
    assert [trial.lineage["operator"] for trial in run(algorithm, to_target(space, 0), 20)] == [
        "initial",
        *["move"] * 19,
    ]


def test_parents_come_from_all_of_the_front_and_from_nowhere_else():
    space = fgspace.space(BACKBONE)
    algorithm = BackboneNasSearch(space, ERROR_AND_COST, seed=3)
    trials = run(algorithm, to_target(space, 3), 100)
    parents = [(trial.number, parent) for trial in trials for parent in trial.lineage.get("parents", [])]
    fronts = [{member.number for member in ERROR_AND_COST.front(trials[:number])} for number in range(len(trials))]
    assert all(parent in fronts[number] for number, parent in parents)
    assert any(parent != min(fronts[number]) for number, parent in parents)


def test_failed_and_infeasible_trials_are_never_parents():
    space = fgspace.space(BACKBONE)
    bounded = fgspace.Objectives({"error": "min"}, {"cost": {"max": 40}})
    algorithm = BackboneNasSearch(space, bounded, min_sample=5)
    measure, states = to_target(space, 1), {}
    for number in range(60):
        point = algorithm.ask()
        assert all(states[parent] == "complete" for parent in algorithm.lineage.get("parents", []))
        states[number] = "failed" if number % 3 == 0 else "infeasible" if cost(point) > 40 else "complete"
        metrics = {} if states[number] == "failed" else measure(point)
        algorithm.tell(fgspace.Trial(number, point, states[number], metrics))


@pytest.mark.parametrize("rng", [Random(seed) for seed in range(5)])
def test_a_moved_point_is_another_point_of_the_space(rng):
    space = fgspace.space(BACKBONE)
    parent = space.sample(rng)
    moved = move_point(space, parent, rng, reach=5)
    assert space.misfit(moved) is None
    assert moved["double"] != parent["double"]
    assert moved["down"] != parent["down"]


def test_points_of_conditional_spaces_move_within_their_space():
    space = fgspace.space(CONDITIONAL)

    @given(st.integers(0, 2**32))
    def holds(seed):
        rng = Random(seed)
        point = space.sample(rng)
        for _ in range(10):
            point = move_point(space, point, rng, reach=5)
            assert space.misfit(point) is None

    holds()


def test_a_mask_that_must_keep_ones_keeps_them():
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"mask": {"bits": 4, "at_least": 2}}})
    rng, point, reached = Random(0), space.initial, set()
    for _ in range(500):
        point = move_point(space, point, rng, reach=5)
        assert space.misfit(point) is None
        reached.add(space.key(point))
    assert len(reached) == space.size


def test_moves_reach_every_option_of_a_conditional_space():
    space, rng = fgspace.space(CONDITIONAL), Random(0)
    point, reached = space.initial, set()
    for _ in range(10_000):
        point = move_point(space, point, rng, reach=1)
        reached.add(space.key(point))
    assert len(reached) == space.size


def test_a_space_without_bit_vectors_is_searched_by_the_moves_of_its_domains():
    space = fgspace.space(
        {
            "type": "FineGrainedSpace",
            "hyper_parameters": {"rate": {"float": [1e-4, 1], "log": True}, "layers": {"int": [1, 30]}},
        }
    )
    objectives = fgspace.Objectives({"error": "min"})

    def best(algorithm):
        trials = run(algorithm, lambda point: {"error": abs(point["layers"] - 17) + abs(point["rate"] - 0.01)}, 60)
        return min(trial.metrics["error"] for trial in trials)

    pairs = [
        (best(BackboneNasSearch(space, objectives, seed=seed)), best(RandomSearch(space, objectives, seed=seed)))
        for seed in range(10)
    ]
    assert sum(ours < random for ours, random in pairs) >= 7


def test_the_front_it_finds_dominates_more_than_that_of_random_search():
    space = fgspace.space(BACKBONE)

    def area(algorithm, seed):
        return hypervolume(run(algorithm(space, ERROR_AND_COST, seed=seed), to_target(space, f"target {seed}"), 100))

    pairs = [(area(BackboneNasSearch, seed), area(RandomSearch, seed)) for seed in range(20)]
    assert sum(ours > random for ours, random in pairs) >= 17
    assert sum(ours for ours, _ in pairs) > 1.1 * sum(random for _, random in pairs)


def test_a_replay_of_its_trials_makes_the_same_algorithm():
    space = fgspace.space(BACKBONE)
    algorithm = BackboneNasSearch(space, ERROR_AND_COST, seed=5)
    trials = run(algorithm, to_target(space, 5), 40)
    again = BackboneNasSearch(space, ERROR_AND_COST, seed=5)
    for trial in trials:
        again.tell(trial)
    assert [again.ask() for _ in range(10)] == [algorithm.ask() for _ in range(10)]


def test_no_point_is_proposed_twice_and_a_small_space_is_searched_to_its_last_point():
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"where": {"bits": 6, "ones": 3}}})
    algorithm = BackboneNasSearch(space, fgspace.Objectives({"late": "min"}), random_ratio=0, min_sample=0)
    trials = run(algorithm, lambda point: {"late": sum(n * bit for n, bit in enumerate(point["where"]))}, 20)
    assert len({space.key(trial.point) for trial in trials}) == space.size == 20
    with pytest.raises(fgspace.Exhausted):
        algorithm.ask()


def test_max_sample_ends_the_search_whether_its_trials_were_told_or_not():
    algorithm = BackboneNasSearch(fgspace.space(BACKBONE), ERROR_AND_COST, min_sample=2, max_sample=5)
    run(algorithm, to_target(algorithm.space, 0), 3)
    algorithm.ask()
    algorithm.ask()
    with pytest.raises(fgspace.Exhausted):
        algorithm.ask()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_mutate": 1}, "num_mutate must be at least 2, got 1; a swap reaches num_mutate // 2 places"),
        ({"random_ratio": 1.5}, "random_ratio must be between 0 and 1, got 1.5"),
        ({"random_ratio": -0.1}, "random_ratio must be between 0 and 1, got -0.1"),
        ({"min_sample": -1}, "min_sample must be at least 0, got -1"),
        ({"max_sample": 4}, "max_sample must be at least min_sample, which is 10; got 4"),
        ({"min_sample": 0, "max_sample": 0}, "max_sample must be at least 1, got 0"),
    ],
)
def test_an_option_out_of_its_range_is_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BackboneNasSearch(fgspace.space(BACKBONE), ERROR_AND_COST, **options)
