"""Random and grid search: the conformance suite, and what is special to each."""

from random import Random

import pytest
from fgspace.api import space
from fgspace.study.algorithms.algorithm import Exhausted
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.objectives import Objectives
from fgspace.study.study import Study
from fgspace.testing import AlgorithmSuite

LOSS = Objectives({"loss": "min"})


def table(**hyper_parameters):
    return space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters})


class TestRandomSearch(AlgorithmSuite):
    learns = False

    def make(self, space, objectives, seed, **options):
        return RandomSearch(space, objectives, seed=seed, **options)


class TestGridSearch(AlgorithmSuite):
    learns = False

    def make(self, space, objectives, seed, **options):
        return GridSearch(space, objectives, seed=seed, **options)


def grid(space, **options):
    algorithm, points = GridSearch(space, LOSS, **options), []
    try:
        while True:
            points.append(algorithm.ask())
    except Exhausted:
        return points


def test_a_grid_goes_through_the_last_hyper_parameter_fastest():
    points = grid(table(a={"int": [0, 1]}, b={"choice": ["x", "y"]}))
    assert points == [{"a": 0, "b": "x"}, {"a": 0, "b": "y"}, {"a": 1, "b": "x"}, {"a": 1, "b": "y"}]


def test_a_grid_cuts_a_float_into_steps_evenly_on_its_own_scale():
    points = grid(table(decay={"float": [0, 1]}, rate={"float": [0.001, 10], "log": True}), steps=3)
    assert [point["decay"] for point in points[::3]] == [0, 0.5, 1]
    assert [point["rate"] for point in points[:3]] == pytest.approx([0.001, 0.1, 10])


def test_a_grid_of_finite_domains_is_the_enumerated_space():
    some = table(a={"int": [2, 8, 3]}, b={"bits": 4, "ones": 2}, c={"vector": {"int": [0, 2]}, "length": 2})
    points = grid(some)
    assert len(points) == some.size == 3 * 6 * 9
    assert points == list(some.enumerate())


def test_a_grid_loops_over_what_is_active_only():
    pool = {"type": "MaxPool2d", "kernel_size": {"choice": [1, 2]}}
    slope = {"type": "LeakyReLU", "negative_slope": {"float": [0.1, 0.3]}}
    points = grid(
        space({"type": "FineGrainedSpace", "modules": ["act"], "act": {"choice": [pool, slope, {"type": "ReLU"}]}})
    )
    assert points[:2] == [{"act": "MaxPool2d", "act.MaxPool2d.kernel_size": kernel} for kernel in (1, 2)]
    assert [point["act"] for point in points] == ["MaxPool2d"] * 2 + ["LeakyReLU"] * 5 + ["ReLU"]


def test_a_grid_of_too_few_steps_is_refused():
    with pytest.raises(ValueError, match=r"^steps must be at least 2, got 1$"):
        GridSearch(table(a={"int": [0, 1]}), LOSS, steps=1)


def test_the_last_points_of_a_space_are_found_though_hardly_any_draw_meets_them():
    study = Study(table(a={"int": [0, 4999]}), RandomSearch, {"loss": "min"})
    study.run(lambda description: {"loss": description["a"]}, trials=10_000)
    assert {trial.point["a"] for trial in study.trials} == set(range(5000))
    assert len(study.trials) == 5000


def test_a_fresh_draw_that_repeats_itself_falls_back_on_the_whole_space():
    class Stubborn(RandomSearch):
        def propose(self, rng: Random):
            self.because("stubborn")
            return self.fresh(lambda: {"a": 3})

    algorithm = Stubborn(table(a={"int": [0, 9]}), LOSS)
    assert algorithm.ask() == {"a": 3}
    assert algorithm.lineage == {"operator": "stubborn", "parents": []}
    assert algorithm.ask() != {"a": 3}
    assert algorithm.lineage == {"operator": "sample", "parents": []}
