"""LocalSearch: climbs, local optima, kicks, restarts."""

import re
from statistics import mean

import fgspace
import pytest
from ea_problems import BITS, of, run, zeros
from fgspace import Choice, Float, Int, Vector
from fgspace.spaces.domains import Tokens, bits
from fgspace_ea.local_search import LocalSearch, neighbours
from fgspace_ea.regularized_evolution import RegularizedEvolution

ZEROS = fgspace.Objectives({"zeros": "min"})
LOSS = fgspace.Objectives({"loss": "min"})


def test_the_first_climb_begins_at_the_best_of_the_first_points():
    algorithm = LocalSearch(BITS, ZEROS, samples=5)
    trials = run(algorithm, zeros, 6)
    assert [trial.lineage["operator"] for trial in trials] == ["initial", *["sample"] * 4, "move"]
    assert trials[5].lineage["parents"] == [min(trials[:5], key=lambda trial: trial.metrics["zeros"]).number]


def test_the_first_better_neighbour_becomes_the_current_point():
    algorithm = LocalSearch(BITS, ZEROS, samples=1)
    current = None
    for trial in run(algorithm, zeros, 60):
        if trial.lineage["operator"] != "move":
            current = trial
            continue
        assert trial.lineage["parents"] == [current.number]
        assert sum(map(int.__ne__, trial.point["code"], current.point["code"])) == 1
        if trial.metrics["zeros"] < current.metrics["zeros"]:
            current = trial


def test_a_climb_to_the_only_optimum_takes_no_kick_and_is_followed_by_one():
    algorithm = LocalSearch(BITS, ZEROS, samples=1, patience=24)
    trials = run(algorithm, zeros, 200)
    first = next(trial for trial in trials if trial.lineage["operator"] == "kick")
    assert min(trial.metrics["zeros"] for trial in trials[: first.number]) == 0
    (optimum,) = first.lineage["parents"]
    assert trials[optimum].metrics == {"zeros": 0}


def test_a_kick_makes_the_given_number_of_moves_from_the_best_optimum():
    trials = run(LocalSearch(BITS, ZEROS, samples=1, kick=4, patience=3), zeros, 200)
    kicks = [trial for trial in trials if trial.lineage["operator"] == "kick"]
    assert kicks
    for trial in kicks:
        (optimum,) = trial.lineage["parents"]
        assert sum(map(int.__ne__, trial.point["code"], trials[optimum].point["code"])) in (2, 4)


def test_a_search_restarts_at_a_random_point_after_kicks_in_vain():
    trials = run(LocalSearch(BITS, ZEROS, samples=1, max_kicks=2, patience=5), lambda point: {"zeros": 7}, 60)
    operators = [trial.lineage["operator"] for trial in trials if trial.lineage["operator"] != "move"]
    assert operators[:5] == ["initial", "kick", "kick", "restart", "kick"]


def test_without_kicks_every_climb_begins_at_a_random_point():
    trials = run(LocalSearch(BITS, ZEROS, max_kicks=0, patience=5, seed=1), zeros, 200)
    assert {trial.lineage["operator"] for trial in trials} == {"initial", "sample", "move", "restart"}


def test_a_neighbourhood_that_is_used_up_ends_a_climb():
    space = of(code={"bits": 3}, other={"choice": [1, 2, 3, 4, 5, 6]})
    trials = run(LocalSearch(space, LOSS, samples=1, patience=99), lambda point: {"loss": sum(point["code"])}, 48)
    assert len({space.key(trial.point) for trial in trials}) == space.size == 48


PLANE = of(one={"int": [0, 30]}, other={"int": [0, 30]})
SUM_AND_ONE = fgspace.Objectives({"sum": "min", "one": "max"})


def sum_and_one(point):
    return {"sum": point["one"] + point["other"], "one": point["one"]}


def test_with_several_objectives_the_neighbours_of_the_least_tried_point_of_the_front_come_first():
    trials = run(LocalSearch(PLANE, SUM_AND_ONE), sum_and_one, 150)
    tried = dict.fromkeys(range(150), 0)
    moves = 0
    for trial in trials:
        if trial.lineage["operator"] != "move":
            continue
        (parent,) = trial.lineage["parents"]
        standing = [one.number for one in SUM_AND_ONE.front(trials[: trial.number])]
        assert parent in standing
        assert tried[parent] == min(tried[one] for one in standing)
        if trial.number not in [one.number for one in SUM_AND_ONE.front(trials[: trial.number + 1])]:
            tried[parent] += 1
        moves += 1
    assert moves > 130


def test_with_several_objectives_kicks_begin_at_optima_that_no_other_dominates():
    trials = run(LocalSearch(PLANE, SUM_AND_ONE, patience=1, max_kicks=400), sum_and_one, 400)
    kicked = {}
    for trial in trials:
        if trial.lineage["operator"] == "kick":
            (parent,) = trial.lineage["parents"]
            assert parent in [one.number for one in SUM_AND_ONE.front(trials[: trial.number])]
            kicked[parent] = trial
    assert len(kicked) > 1
    assert len(SUM_AND_ONE.front(trials)) > 10


def test_with_several_objectives_a_point_whose_neighbours_are_used_up_does_not_end_the_climb():
    # No point dominates another, so each joins, and the oldest, the least tried, has six neighbours.
    objectives = fgspace.Objectives({"low": "min", "high": "max"})

    def measure(point):
        number = sum(bit << place for place, bit in enumerate(point["code"]))
        return {"low": number, "high": number}

    trials = run(LocalSearch(of(code={"bits": 6}), objectives), measure, 60)
    assert {trial.lineage["operator"] for trial in trials} == {"initial", "sample", "move"}


def test_a_search_that_begins_outside_the_constraints_climbs_inside():
    objectives = fgspace.Objectives({"zeros": "max"}, {"zeros": {"max": 3}})
    algorithm = LocalSearch(of(code={"bits": 60}), objectives)
    states = []
    for number in range(400):
        point = algorithm.ask()
        metrics = {"zeros": point["code"].count(0)}
        states.append("infeasible" if objectives.broken(metrics) else "complete")
        algorithm.tell(fgspace.Trial(number, point, states[-1], metrics, lineage=algorithm.lineage))
    assert "complete" in states[:200]
    assert states.count("complete") > 5


@pytest.mark.parametrize("kind", [LocalSearch, RegularizedEvolution])
def test_at_a_bound_on_costs_detours_exchange_one_thing_for_another(kind):
    # Without detours, local search gets 53 of the 58 there are; evolution's founders differ enough to do without.
    objectives = fgspace.Objectives({"worth": "max"}, {"ones": {"max": 4}})
    studies = [worths(kind(of(code={"bits": 16}), objectives, seed=seed)) for seed in range(8)]
    assert mean(max(worth for _, worth in trials) for trials in studies) > 55
    assert all("detour" in [operator for operator, _ in trials] for trials in studies)


def worths(algorithm, trials=150):
    """Return the operator and the worth of the first trials with at most four ones; the worth of a bit is its place."""
    found, numbers = [], iter(range(10_000))
    while len(found) < trials:
        point = algorithm.ask()
        worth, ones = sum(place * bit for place, bit in enumerate(point["code"], 1)), sum(point["code"])
        done = {"metrics": {"ones": ones, "worth": worth}, "lineage": algorithm.lineage}
        state = "complete" if ones <= 4 else "infeasible"
        found += [(algorithm.lineage["operator"], worth)] * (ones <= 4)
        algorithm.tell(fgspace.Trial(next(numbers), point, state, **done))
    return found


def test_late_trials_of_an_earlier_climb_do_not_end_the_running_one():
    algorithm = LocalSearch(BITS, ZEROS, samples=1, patience=24, seed=3)
    numbers, best = iter(range(10_000)), 24
    for _ in range(60):
        asked = [fgspace.Trial(next(numbers), algorithm.ask(), lineage=algorithm.lineage) for _ in range(4)]
        for trial in reversed(asked):
            metrics = zeros(trial.point)
            best = min(best, metrics["zeros"])
            algorithm.tell(fgspace.Trial(trial.number, trial.point, "complete", metrics, lineage=trial.lineage))
    assert best == 0


@pytest.mark.parametrize(
    ("domain", "count"),
    [
        (Choice((1, 3, 5)), 2),
        (Int(1, 9), 8),
        (Float(0, 1), float("inf")),
        (Float(1, 1), 0),
        (bits(5), 5),
        (bits(5, 2), 6),
        (Vector(Int(1, 9), 3), 24),
        (Tokens((3, 1, 5)), 6),
    ],
)
def test_the_neighbours_of_a_value_are_counted_by_its_domain(domain, count):
    assert neighbours(domain) == count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples must be at least 1, got 0"),
        ({"patience": 0}, "patience must be at least 1, got 0"),
        ({"kick": 0}, "kick must be at least 1, got 0"),
        ({"max_kicks": -1}, "max_kicks must be at least 0, got -1"),
    ],
)
def test_an_option_out_of_its_range_is_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LocalSearch(BITS, ZEROS, **options)
