"""RegularizedEvolution: who lives, who dies, who has children, and what it costs."""

import re

import fgspace
import pytest
from ea_problems import BITS, of, run, zeros
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace_ea.regularized_evolution import RegularizedEvolution

ZEROS = fgspace.Objectives({"zeros": "min"})
TWO = fgspace.Objectives({"zeros": "min", "ones": "min"})


def test_the_initial_point_comes_first_then_random_ones_until_the_queue_is_full_then_mutations():
    trials = run(RegularizedEvolution(BITS, ZEROS, population_size=6, sample_size=2), zeros, 20)
    assert trials[0].point == BITS.initial
    assert [trial.lineage["operator"] for trial in trials] == ["initial", *["sample"] * 5, *["mutate"] * 14]


def test_the_oldest_dies_however_good_it_is():
    algorithm = RegularizedEvolution(BITS, ZEROS, population_size=6, sample_size=2)
    trials = run(algorithm, lambda point: {"zeros": point != BITS.initial}, 30)
    assert [one.trial for one in algorithm.population] == trials[-6:]


def test_a_child_is_the_best_of_the_whole_queue_with_one_bit_turned_where_the_sample_is_the_queue():
    algorithm = RegularizedEvolution(BITS, ZEROS, population_size=5, sample_size=5)
    trials = run(algorithm, zeros, 40)
    for trial in trials[5:]:
        (parent,) = trial.lineage["parents"]
        assert trials[parent].metrics == min(
            (other.metrics for other in trials[trial.number - 5 : trial.number]), key=lambda metrics: metrics["zeros"]
        )
        assert sum(map(int.__ne__, trial.point["code"], trials[parent].point["code"])) == 1


def test_with_several_objectives_the_parent_is_one_that_no_other_of_the_sample_dominates():
    space = of(one={"int": [0, 99]}, other={"int": [0, 99]})
    objectives = fgspace.Objectives({"one": "min", "other": "min"})
    trials = run(RegularizedEvolution(space, objectives, population_size=8, sample_size=8), dict, 60)
    parents = []
    for trial in trials[8:]:
        (parent,) = trial.lineage["parents"]
        front = objectives.front(trials[trial.number - 8 : trial.number])
        assert parent in [member.number for member in front]
        parents.append(parent == front[0].number)
    assert not all(parents)


def test_left_out_the_sizes_make_room_for_a_front_where_there_are_several_objectives():
    one, two = RegularizedEvolution(BITS, ZEROS), RegularizedEvolution(BITS, TWO)
    assert (one.population_size, one.sample_size) == (10, 5)
    assert (two.population_size, two.sample_size) == (20, 10)
    assert RegularizedEvolution(BITS, ZEROS, population_size=7).sample_size == 4


def test_failed_and_infeasible_trials_never_join():
    algorithm = RegularizedEvolution(BITS, ZEROS, population_size=4, sample_size=2)
    for number in range(30):
        state = ("failed", "infeasible", "complete")[number % 3]
        point = algorithm.ask()
        algorithm.tell(fgspace.Trial(number, point, state, zeros(point) if state == "complete" else {}))
        assert all(one.trial.state == "complete" for one in algorithm.population)
    assert len(algorithm.population) == 4


def test_it_walks_into_a_feasible_region_that_random_points_never_hit():
    space = of(code={"bits": 60})
    objectives = fgspace.Objectives({"zeros": "max"}, {"zeros": {"max": 3}})
    algorithm = RegularizedEvolution(space, objectives)
    complete = []
    for number in range(1500):
        point = algorithm.ask()
        metrics = {"zeros": point["code"].count(0)}
        state = "infeasible" if objectives.broken(metrics) else "complete"
        complete += [number] * (state == "complete")
        algorithm.tell(fgspace.Trial(number, point, state, metrics, lineage=algorithm.lineage))
    assert len(complete) > 20


def test_of_trials_that_break_a_measured_constraint_the_least_violating_has_children():
    objectives = fgspace.Objectives({"ones": "max"}, {"zeros": {"max": 2}})
    algorithm = RegularizedEvolution(BITS, objectives, population_size=5, sample_size=5)
    trials = run(algorithm, lambda point: {"ones": 24 - sum(point["code"]), **zeros(point)}, 80)
    for trial in trials[5:]:
        (parent,) = trial.lineage["parents"]
        queue = trials[trial.number - 5 : trial.number]
        assert objectives.violation(trials[parent]) == min(map(objectives.violation, queue))
    assert any(map(objectives.is_feasible, trials))


def test_trials_told_in_another_order_than_asked_are_aged_by_the_telling():
    algorithm = RegularizedEvolution(BITS, ZEROS, population_size=4, sample_size=2)
    told = []
    for first in range(0, 40, 8):
        asked = [fgspace.Trial(first + index, algorithm.ask(), lineage=algorithm.lineage) for index in range(8)]
        for trial in reversed(asked):
            told.append(fgspace.Trial(trial.number, trial.point, "complete", zeros(trial.point)))
            algorithm.tell(told[-1])
    assert [one.trial for one in algorithm.population] == told[-4:]
    assert len({BITS.key(trial.point) for trial in told}) == 40


def test_it_finds_more_than_random_search():
    def best(algorithm):
        return min(trial.metrics["zeros"] for trial in run(algorithm, zeros, 80))

    pairs = [
        (best(RegularizedEvolution(BITS, ZEROS, seed=s)), best(RandomSearch(BITS, ZEROS, seed=s))) for s in range(9)
    ]
    assert all(ours < random for ours, random in pairs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population_size": 0}, "population_size must be at least 1, got 0"),
        ({"sample_size": 0}, "sample_size must be between 1 and population_size, which is 10; got 0"),
        (
            {"population_size": 4, "sample_size": 5},
            "sample_size must be between 1 and population_size, which is 4; got 5",
        ),
    ],
)
def test_an_option_out_of_its_range_is_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RegularizedEvolution(BITS, ZEROS, **options)
