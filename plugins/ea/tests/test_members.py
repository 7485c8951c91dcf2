"""Members of a population: the first points before there is one, and the best of a sample."""

from collections import Counter
from random import Random

import fgspace
import pytest
from ea_problems import of
from fgspace_ea.members import Founders, drawn_best, member

SPACE = of(x={"int": [0, 1000]})
ONE = fgspace.Objectives({"a": "min"}, {"x": {"max": 10}})
TWO = fgspace.Objectives({"a": "min", "b": "min"}, {"x": {"max": 10}})


def outside(number, x):
    """Return a member that was not evaluated, because x exceeds its bound."""
    return member(fgspace.Trial(number, {"x": x}, "infeasible", {"x": x}), ONE)


def inside(number, x, objectives, **metrics):
    return member(fgspace.Trial(number, {"x": x}, "complete", {"x": x, **metrics}), objectives)


def test_founders_are_drawn_at_random_until_a_point_breaks_a_constraint():
    rng, founders = Random(0), Founders(SPACE, SPACE.sample, 3)
    drawn = [founders.draw(rng) for _ in range(50)]
    assert {(one.operator, one.parents) for one in drawn} == {("sample", ())}


def test_half_of_the_founders_are_mutations_of_the_points_that_break_the_constraints_least():
    rng, founders = Random(0), Founders(SPACE, SPACE.sample, 3)
    for number, x in enumerate([500, 20, 900, 30, 700, 40]):
        founders.learn(outside(number, x))
    drawn = [founders.draw(rng) for _ in range(2000)]
    parents = Counter(one.parents[0].point["x"] for one in drawn if one.operator == "mutate")
    assert parents.total() == pytest.approx(1000, abs=100)
    # The better of two drawn with replacement from three: 5, 3 and 1 of nine.
    assert [parents[x] / parents.total() for x in (20, 30, 40)] == pytest.approx([5 / 9, 3 / 9, 1 / 9], abs=0.05)
    assert all(SPACE.contains(one.point) for one in drawn)


def test_with_one_objective_the_best_of_a_sample_breaks_constraints_least_and_is_the_first_of_equals():
    sample = [inside(0, 30, ONE, a=0), inside(1, 5, ONE, a=2), inside(2, 6, ONE, a=1), inside(3, 7, ONE, a=1)]
    assert {drawn_best(sample, Random(seed)).trial.number for seed in range(20)} == {2}
    assert drawn_best([inside(0, 30, ONE, a=0), inside(1, 20, ONE, a=9)], Random(0)).trial.number == 1


def test_with_several_objectives_the_best_of_a_sample_is_any_that_no_other_beats():
    values = [(1, 4), (2, 2), (4, 1), (3, 3), (4, 4)]
    sample = [inside(number, 5, TWO, a=a, b=b) for number, (a, b) in enumerate(values)]
    sample.append(inside(5, 30, TWO, a=0, b=0))
    assert {drawn_best(sample, Random(seed)).trial.number for seed in range(50)} == {0, 1, 2}
