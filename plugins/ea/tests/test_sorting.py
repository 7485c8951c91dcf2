"""Fronts and crowding distances, compared with their definitions, pymoo and DEAP on the same populations."""

import math

import fgspace
import pytest
from fgspace.study.front import dominates
from fgspace_ea.members import beats, member
from fgspace_ea.sorting import constrained_fronts, crowding, sorted_fronts, split
from hypothesis import given
from hypothesis import strategies as st

numbers = st.integers(0, 12).map(lambda number: number / 4)


def populations(most=24, unique=False):
    """Return a strategy of populations of two to five objectives."""
    sizes = st.integers(2, 5)
    return sizes.flatmap(lambda size: st.lists(st.tuples(*[numbers] * size), min_size=1, max_size=most, unique=unique))


@given(populations())
def test_a_member_is_in_the_first_front_in_which_nobody_left_dominates_it(values):
    left = set(range(len(values)))
    for front in sorted_fronts(values):
        assert front == [
            index for index in sorted(left) if not any(dominates(values[other], values[index]) for other in left)
        ]
        left -= set(front)
    assert not left


@given(populations())
def test_fronts_are_those_of_pymoo(values):
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    import numpy as np
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

    theirs = NonDominatedSorting().do(np.array(values))
    assert sorted_fronts(values) == [sorted(map(int, front)) for front in theirs]


@given(populations())
def test_fronts_are_those_of_deap(values):
    tools = pytest.importorskip("deap.tools", reason="DEAP is not installed")
    individuals = deap_individuals(values)
    theirs = tools.sortNondominated(individuals, len(individuals))
    assert sorted_fronts(values) == [sorted(one.index for one in front) for front in theirs]


@given(populations(unique=True))
def test_crowding_distances_are_those_of_pymoo(values):
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    import numpy as np
    from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance

    theirs = calc_crowding_distance(np.array(values)) * len(values[0])
    # Where all have one value of an objective, pymoo has no ends there.
    if all(len(set(column)) > 1 for column in zip(*values, strict=True)):
        assert crowding(values) == pytest.approx(list(theirs))


@given(st.lists(st.integers(0, 999), min_size=2, unique=True), st.randoms(use_true_random=False))
def test_crowding_distances_are_those_of_deap(firsts, rng):
    emo = pytest.importorskip("deap.tools.emo", reason="DEAP is not installed")
    values = list(zip(firsts, rng.sample(firsts, len(firsts)), strict=True))
    individuals = deap_individuals(values)
    emo.assignCrowdingDist(individuals)
    assert crowding(values) == pytest.approx([2 * one.fitness.crowding_dist for one in individuals])


def test_the_ends_of_a_front_stand_apart_without_bound_and_the_others_by_their_neighbours():
    assert crowding([(0, 8), (1, 4), (4, 1), (8, 0)]) == [math.inf, 4 / 8 + 7 / 8, 7 / 8 + 4 / 8, math.inf]


def test_a_front_of_equals_has_two_ends_and_no_distance_between():
    assert crowding([(1.0, 2.0)] * 4) == [math.inf, 0, 0, math.inf]


@given(st.lists(st.tuples(numbers, numbers, st.integers(0, 3)), min_size=1, max_size=20))
def test_constrained_fronts_are_the_sort_by_debs_rule(rows):
    members = [bounded(index, *row) for index, row in enumerate(rows)]
    left = set(range(len(members)))
    for front in constrained_fronts(members):
        assert front == [
            index for index in sorted(left) if not any(beats(members[other], members[index]) for other in left)
        ]
        left -= set(front)


def test_of_two_members_that_break_the_constraints_equally_neither_is_better_whatever_their_objectives():
    good, bad = bounded(0, 1, 1, 0.5), bounded(1, 2, 2, 0.5)
    assert not beats(good, bad)
    assert not beats(bad, good)
    assert not beats(good, good)
    assert constrained_fronts([bad, good]) == [[0, 1]]


def test_splitting_fills_with_whole_fronts_and_counts_the_members_of_the_next_that_fit():
    assert split([[0, 1], [2], [3, 4, 5]], 4) == ([[0, 1], [2]], [3, 4, 5], 1)
    assert split([[0, 1], [2]], 3) == ([[0, 1], [2]], [], 0)
    assert split([[0, 1, 2]], 2) == ([], [0, 1, 2], 2)
    assert split([[0, 1]], 5) == ([[0, 1]], [], 0)


def bounded(number, first, second, excess):
    """Return a member with two objectives that exceeds a bound of 1 by `excess`."""
    objectives = fgspace.Objectives({"a": "min", "b": "min"}, {"size": {"max": 1}})
    metrics = {"a": first, "b": second, "size": 1 + excess}
    return member(fgspace.Trial(number, {}, "complete", metrics), objectives)


def deap_individuals(values):
    """Return individuals of DEAP that know their place in the population."""
    base = pytest.importorskip("deap.base", reason="DEAP is not installed")

    class Minimised(base.Fitness):
        weights = (-1.0,) * len(values[0])

    class Individual:
        def __init__(self, index, values):
            self.index = index
            self.fitness = Minimised(values)

    return [Individual(index, one) for index, one in enumerate(values)]
