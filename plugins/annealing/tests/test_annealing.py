"""SimulatedAnnealing: where it starts, where it walks, what it accepts, and that this finds more."""

import math
import re
from random import Random
from statistics import mean

import fgspace
import pytest
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace_annealing.annealing import SimulatedAnnealing, temperature

ERROR = fgspace.Objectives({"error": "min"})
ERROR_AND_COST = fgspace.Objectives({"error": "min", "cost": "min"})
COLD = {"init_temperature": 1e-12}


def choices(count, options=5):
    table = {f"part_{index:02}": {"choice": list(range(options))} for index in range(count)}
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": table})


def run(algorithm, measure, trials):
    """Return the trials of a study that evaluates in place, each with where the walk stood when it was asked for."""
    told = []
    for number in range(trials):
        stood = getattr(algorithm, "current", None)
        point = algorithm.ask()
        trial = fgspace.Trial(number, point, "complete", measure(point), lineage=algorithm.lineage)
        told.append((trial, stood))
        algorithm.tell(trial)
    return told


def apart(first, second):
    """Return at how many places two points differ."""
    return sum(first[path] != second[path] for path in first)


def puzzle(space, seed):
    """Return a measure in which every part has a worth of its own and with its neighbours; 0 to 1, low is good."""
    rng = Random(f"puzzle {seed}")
    paths = list(space.hyper_parameters)
    alone = {(path, value): rng.random() for path in paths for value in range(5)}
    pairs = {(path, one, two): rng.random() for path in paths for one in range(5) for two in range(5)}

    def measure(point):
        values = [point[path] for path in paths]
        single = mean(alone[path, value] for path, value in zip(paths, values, strict=True))
        paired = mean(pairs[path, *pair] for path, *pair in zip(paths[1:], values, values[1:], strict=False))
        return {"error": 0.5 * single + 0.5 * paired, "cost": sum(values) / (4 * len(values))}

    return measure


def test_the_initial_point_comes_first_and_no_point_twice():
    space = choices(4)
    trials = [trial for trial, _ in run(SimulatedAnnealing(space, ERROR), puzzle(space, 0), 200)]
    assert trials[0].point == space.initial
    assert trials[0].lineage == {"operator": "initial", "parents": []}
    assert len({space.key(trial.point) for trial in trials}) == 200


def test_the_search_starts_where_its_tokens_say():
    space = choices(4)
    algorithm = SimulatedAnnealing(space, ERROR, init_tokens=[1, 2, 3, 4])
    assert space.encode(algorithm.ask()) == [1, 2, 3, 4]
    assert apart(algorithm.start, algorithm.ask()) == 1


def test_a_move_changes_one_hyper_parameter_of_the_point_where_the_walk_stands():
    space = choices(12)
    for trial, stood in run(SimulatedAnnealing(space, ERROR, seed=4), puzzle(space, 4), 80)[1:]:
        assert trial.lineage == {"operator": "move", "parents": [stood.number]}
        assert apart(trial.point, stood.point) == 1


@pytest.mark.parametrize(("worse", "before"), [(0.01, 10), (0.1, 10), (0.3, 4), (1.0, 1), (0.01, 30)])
def test_worse_points_are_accepted_as_often_as_the_temperature_says(worse, before):
    space, accepted, seeds = choices(6), 0, 2000
    for seed in range(seeds):
        algorithm = SimulatedAnnealing(space, ERROR, seed=seed)
        for number in range(before):
            algorithm.tell(fgspace.Trial(number, space.initial, "complete", {"error": 0.2}))
        assert algorithm.temperature == temperature(before, 1.0, 0.85)
        algorithm.tell(fgspace.Trial(before, space.initial, "complete", {"error": 0.2 + worse}))
        accepted += algorithm.current.number == before
    expected = math.exp(-worse / 0.85**before)
    assert accepted / seeds == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / seeds))


def test_what_is_no_worse_is_always_accepted():
    space = choices(12)
    algorithm = SimulatedAnnealing(space, ERROR, **COLD)
    trials = run(algorithm, lambda point: {"error": 1.0}, 50)
    assert all(stood.number == trial.number - 1 for trial, stood in trials[1:])


def test_a_cold_walk_never_goes_to_what_is_worse():
    space = choices(12)
    errors = [
        stood.metrics["error"] for _, stood in run(SimulatedAnnealing(space, ERROR, **COLD), puzzle(space, 1), 99)[1:]
    ]
    assert errors == sorted(errors, reverse=True)


def test_the_direction_of_a_metric_is_minded():
    space, score = choices(12), fgspace.Objectives({"score": "max"})
    algorithm, measure = SimulatedAnnealing(space, score, **COLD), puzzle(space, 1)
    trials = run(algorithm, lambda point: {"score": 1 - measure(point)["error"]}, 99)
    scores = [stood.metrics["score"] for _, stood in trials[1:]]
    assert scores == sorted(scores)


def test_failed_and_infeasible_trials_change_neither_the_walk_nor_the_temperature():
    space = choices(6)
    algorithm = SimulatedAnnealing(space, ERROR)
    algorithm.tell(fgspace.Trial(0, algorithm.ask(), "failed", error="ValueError: no such network"))
    assert apart(algorithm.ask(), space.initial) == 1
    algorithm.tell(fgspace.Trial(1, space.initial, "complete", {"error": 0.5}))
    algorithm.tell(fgspace.Trial(2, algorithm.ask(), "failed", error="ValueError: no such network"))
    algorithm.tell(fgspace.Trial(3, algorithm.ask(), "infeasible", {"cost": 9.0}, "cost is 9.0"))
    assert (algorithm.current.number, algorithm.temperature) == (1, 0.85)


def test_of_points_that_break_a_measured_constraint_the_one_that_breaks_it_less_is_better():
    bounded = fgspace.Objectives({"error": "min"}, {"latency": {"max": 10}})
    algorithm, stood = SimulatedAnnealing(choices(6), bounded), []
    for number, (error, latency) in enumerate([(0.1, 30), (0.9, 20), (0.1, 40), (0.95, 9), (0.1, 11)]):
        metrics = {"error": error, "latency": latency}
        algorithm.tell(fgspace.Trial(number, algorithm.ask(), "complete", metrics))
        stood.append(algorithm.current.number)
    assert stood == [0, 1, 1, 3, 3]


def test_an_exhausted_neighbourhood_restarts_the_walk_at_a_random_point_instead_of_ending_the_search():
    space = choices(3)  # the initial point is the best by far, and has 12 neighbours
    trials = run(
        SimulatedAnnealing(space, ERROR, **COLD),
        lambda point: {"error": sum(point.values()) + 5 * any(point.values())},
        125,
    )
    restarts = [trial.number for trial, _ in trials if trial.lineage["operator"] == "restart"]
    assert restarts[0] == 13
    assert trials[14][1].number == 13
    assert len({space.key(trial.point) for trial, _ in trials}) == space.size == 125


def test_before_it_restarts_at_random_it_tries_the_neighbours_of_the_best():
    space = choices(3)
    algorithm = SimulatedAnnealing(space, ERROR, **COLD, seed=2)
    measure = puzzle(space, 2)
    trials = run(algorithm, measure, 125)
    for number in [trial.number for trial, _ in trials if trial.lineage["operator"] == "restart"]:
        told = [trial for trial, _ in trials[:number]]
        best = min(told, key=lambda trial: trial.metrics["error"])
        around = [trial for trial in told if apart(trial.point, best.point) == 1]
        assert len(around) == 12
    with pytest.raises(fgspace.Exhausted):
        algorithm.ask()


def test_it_finds_better_points_than_random_search():
    space = choices(20)

    def best(algorithm, seed):
        trials = run(algorithm, puzzle(space, seed), 100)
        return min(trial.metrics["error"] for trial, _ in trials)

    for options in ({}, {"steps": 100}):
        wins = 0
        for seed in range(20):
            ours = SimulatedAnnealing(space, ERROR, seed=seed, **options)
            wins += best(ours, seed) < best(RandomSearch(space, ERROR, seed=seed), seed)
        assert wins >= 19


def area(trials):
    """Return the area that the trials' front dominates, up to error 1 and cost 1."""
    total, height = 0.0, 1.0
    for error, cost in sorted((trial.metrics["error"], trial.metrics["cost"]) for trial, _ in trials):
        if cost < height:
            total += (1 - error) * (height - cost)
            height = cost
    return total


def test_with_two_objectives_it_finds_a_front_that_dominates_more_than_that_of_random_search():
    space, wins = choices(20), 0
    start = [2] * 20  # neither end of the front
    for seed in range(10):
        random = RandomSearch(space, ERROR_AND_COST, seed=seed)
        ours = SimulatedAnnealing(space, ERROR_AND_COST, seed=seed, init_tokens=start, steps=100)
        wins += area(run(ours, puzzle(space, seed), 100)) > area(run(random, puzzle(space, seed), 100))
    assert wins == 10


@pytest.mark.parametrize("seed", range(4))
def test_fixed_weights_draw_the_walk_to_their_end_of_the_front(seed):
    space = choices(12)

    def least(weights):
        start = {"init_tokens": [2] * 12, "steps": 150}
        algorithm = SimulatedAnnealing(space, ERROR_AND_COST, seed=seed, weights=weights, **start)
        trials = run(algorithm, puzzle(space, seed), 150)
        return {name: min(trial.metrics[name] for trial, _ in trials) for name in ("error", "cost")}

    exact, cheap = least({"cost": 0.01}), least({"error": 0.01})
    assert exact["error"] < cheap["error"] - 0.05
    assert exact["cost"] > cheap["cost"] + 0.1


@pytest.mark.parametrize("objectives", [ERROR, ERROR_AND_COST])
@pytest.mark.parametrize("told", [1, 17, 60])
def test_a_replay_of_its_trials_makes_the_same_walk_restarts_included(objectives, told):
    space = choices(3)
    algorithm = SimulatedAnnealing(space, objectives, seed=5, steps=40)
    trials = [trial for trial, _ in run(algorithm, puzzle(space, 5), 100)]
    assert "restart" in {trial.lineage["operator"] for trial in trials}
    again = SimulatedAnnealing(space, objectives, seed=5, steps=40)
    for trial in trials[:told]:
        again.tell(trial)
    for trial in trials[told:]:
        assert again.ask() == trial.point
        again.tell(trial)
    assert again.current == algorithm.current


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"init_temperature": 0.0}, "init_temperature must be above 0, got 0.0"),
        ({"reduce_rate": 0.0}, "reduce_rate must be above 0 and at most 1, got 0.0"),
        ({"reduce_rate": 1.5}, "reduce_rate must be above 0 and at most 1, got 1.5"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        (
            {"steps": 9, "final_temperature": 0.1},
            "final_temperature must be above 0 and at most init_temperature, which is 0.01; got 0.1",
        ),
        ({"init_tokens": [1, 2]}, "init_tokens: expected 4 tokens, got 2"),
        ({"weights": {"eror": 1.0}}, "weights: 'eror' is not an objective; expected error and cost"),
        ({"weights": {"error": 0.0}}, "weights: the weight of 'error' must be above 0, got 0.0"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        SimulatedAnnealing(choices(4), ERROR_AND_COST, **options)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_a_schedule_fitted_to_a_budget_suits_a_metric_of_any_scale(scale):
    space = choices(12)

    def points(factor):
        measure = puzzle(space, 3)
        algorithm = SimulatedAnnealing(space, ERROR, seed=2, steps=60)
        return [
            trial.point for trial, _ in run(algorithm, lambda point: {"error": factor * measure(point)["error"]}, 60)
        ]

    assert points(scale) == points(4.0)


def test_the_first_ten_values_give_the_unit_of_a_fitted_schedule():
    algorithm = SimulatedAnnealing(choices(6), ERROR, steps=100)
    for number in range(12):
        algorithm.tell(fgspace.Trial(number, algorithm.ask(), "complete", {"error": 3.0 * (number % 2)}))
    assert algorithm.temperature == pytest.approx(1.5 / 0.05 * 0.01 * 0.03 ** (12 / 99))
    given = SimulatedAnnealing(choices(6), ERROR, steps=100, init_temperature=2.0)
    assert given.temperature == 2.0
