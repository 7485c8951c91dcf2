"""Objectives, constraints and the front, compared with brute force."""

import math
from random import Random
from time import process_time

import pytest
from fgspace import FgspaceError
from fgspace.study.front import dominates, non_dominated
from fgspace.study.ledger import Leaders
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial
from hypothesis import given
from hypothesis import strategies as st

numbers = st.integers(0, 5).map(float)
tuples = st.integers(1, 5).flatmap(lambda width: st.lists(st.tuples(*[numbers] * width), max_size=40))
TWO = Objectives({"accuracy": "max", "macs": "min"})


def complete(number, accuracy, macs, **fields):
    return Trial(number, {"x": number}, "complete", {"accuracy": accuracy, "macs": macs}, **fields)


@given(tuples)
def test_the_front_is_what_comparing_every_pair_gives(values):
    def beaten(value):
        return any(all(map(float.__le__, other, value)) and other != value for other in values)

    assert non_dominated(values) == [index for index, value in enumerate(values) if not beaten(value)]


@given(st.lists(st.tuples(numbers, numbers), max_size=60), st.integers(1, 7))
def test_leaders_looked_at_now_and_then_are_the_front_of_all_trials(values, pause):
    leaders, trials = Leaders(TWO), [complete(number, *pair) for number, pair in enumerate(values)]
    for trial in trials:
        leaders.add(trial)
        if trial.number % pause == 0:
            leaders.numbers()
    assert leaders.numbers() == [trial.number for trial in TWO.front(trials)]


@given(numbers, numbers, numbers, numbers)
def test_nothing_dominates_itself_and_domination_goes_one_way(a, b, c, d):
    assert not dominates((a, b), (a, b))
    assert not (dominates((a, b), (c, d)) and dominates((c, d), (a, b)))


@pytest.mark.parametrize("width", [2, 3])
def test_the_front_of_100_000_trials_is_found_in_seconds_even_where_all_lead(width):
    rng = Random(0)
    shares = [rng.random() for _ in range(100_000)]
    values = [(share, 1 - share, 0.5)[:width] for share in shares]
    start = process_time()
    assert len(non_dominated(values)) == 100_000
    assert process_time() - start < 5


def test_a_front_leaves_out_failures_duplicates_and_the_infeasible_and_goes_by_number():
    objectives = Objectives({"accuracy": "max", "macs": "min"}, {"macs": {"max": 10}})
    trials = [
        complete(3, 0.9, 9.0),
        complete(0, 0.5, 1.0),
        complete(1, 0.5, 1.0, duplicate_of=0),
        complete(2, 0.99, 11.0),
        Trial(4, {}, "failed", error="ValueError: no"),
        Trial(5, {}, "infeasible", {"macs": 12.0}),
        Trial(6, {}),
        complete(7, 0.4, 2.0),
    ]
    assert [trial.number for trial in objectives.front(trials)] == [0, 3]


def test_values_are_minimised_whatever_the_direction():
    assert TWO.values(complete(0, 0.9, 7.0)) == (-0.9, 7.0)
    assert TWO.values(Trial(0, {}, "failed")) == (math.inf, math.inf)


def test_of_two_infeasible_trials_the_one_nearer_to_its_bounds_dominates():
    objectives = Objectives({"accuracy": "max"}, {"macs": {"max": 10, "min": 2}})
    feasible, near, far, short = (complete(0, 0.1, macs) for macs in (10.0, 11.0, 20.0, 1.0))
    assert objectives.dominates(feasible, near)
    assert objectives.dominates(near, far)
    assert not objectives.dominates(far, near)
    assert [objectives.violation(trial) for trial in (feasible, near, far, short)] == [0, 0.1, 1.0, 0.5]
    assert objectives.violation(Trial(0, {}, "failed")) == math.inf
    assert objectives.dominates(complete(0, 0.2, 5.0), complete(1, 0.1, 5.0))


def test_a_broken_constraint_is_told_with_its_bound():
    objectives = Objectives({"accuracy": "max"}, {"macs": {"max": 10}, "params": {"min": 5}})
    assert objectives.broken({"macs": 11}) == "macs is 11, above the most allowed, 10"
    assert objectives.broken({"macs": 10, "params": 4}) == "params is 4, below the least allowed, 5"
    assert objectives.broken({"macs": 10, "params": 5}) is None


@pytest.mark.parametrize(
    ("directions", "constraints", "message"),
    [
        ({}, {}, "objectives: needs at least one metric with max or min, such as {accuracy: max}"),
        ({"loss": "mim"}, {}, "objective 'loss': expected max or min, got 'mim'; did you mean 'min'?"),
        (
            {"loss": "min"},
            {"macs": 5},
            "constraint 'macs': expected {max: most}, {min: least} or both, got 5",
        ),
        (
            {"loss": "min"},
            {"macs": {"below": 5}},
            "constraint 'macs': expected {max: most}, {min: least} or both, got {'below': 5}",
        ),
        ({"loss": "min"}, {"macs": {"max": "5M"}}, "constraint 'macs': expected a number as bound, got '5M'"),
        ({"loss": "min"}, {"macs": {"min": 3, "max": 2}}, "constraint 'macs': min must not exceed max, got 3 > 2"),
    ],
)
def test_objectives_that_mean_nothing_are_refused(directions, constraints, message):
    with pytest.raises(FgspaceError) as error:
        Objectives(directions, constraints)
    assert str(error.value) == message
