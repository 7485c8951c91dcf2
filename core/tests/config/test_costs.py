"""The section `costs`: costs by names of the user's own, known before a trial, that no proposal breaks."""

import pickle
import random
from typing import ClassVar

import fgspace
import pytest
from fgspace import DescriptionError
from fgspace.testing import CostSuite

BRANCHES = {
    "type": "FineGrainedSpace",
    "input_shape": [2, 4, 4],
    "modules": ["branches", "head"],
    "branches": {
        "type": "Concat",
        "modules": ["wide", "narrow"],
        "wide": {
            "type": "Sequential",
            "modules": ["up", "down"],
            "up": {"type": "Conv2d", "out_channels": {"choice": [4, 16]}, "kernel_size": 1},
            "down": {"type": "Conv2d", "out_channels": 1, "kernel_size": 1},
        },
        "narrow": {"type": "Conv2d", "out_channels": 1, "kernel_size": 1},
    },
    "head": {"type": "Conv2d", "out_channels": 1, "kernel_size": 1},
}
WIDTH = "branches.wide.up.out_channels"
COSTS = {"memory": {"type": "PeakMemory", "bytes_per_value": 1}, "weights": {"type": "params"}}


class TestPeakMemory(CostSuite):
    cost: ClassVar = {"type": "PeakMemory"}


class TestBops(CostSuite):
    cost: ClassVar = {"type": "bops"}


def loaded(**sections):
    return fgspace.space({"search_space": BRANCHES, **sections})


def test_costs_stand_beside_those_of_all_networks():
    space = loaded(costs={**COSTS, "multiply_adds": {"type": "macs"}, "bits": {"type": "bops"}})
    cost = space.cost()
    assert cost["weights"] == cost["params"]
    assert cost["multiply_adds"] == cost["macs"]
    assert cost["bits"] == cost["macs"] * 1024


def test_the_peak_is_that_of_the_best_order():
    # A channel holds 16 values. When `down` runs, what `up` has made is held, and the input or the output of `narrow`.
    space = loaded(costs=COSTS)
    assert space.cost({WIDTH: 16})["memory"] == 16 * (2 + 16 + 1)
    assert space.cost({WIDTH: 4})["memory"] == 16 * (2 + 4 + 1)


def chain(first, last):
    """Return a branch of two layers, of 16 and then 1 channels, or of 1 and 1."""
    layer = {"type": "Conv2d", "kernel_size": 1}
    parts = {"one": {**layer, "out_channels": first}, "two": {**layer, "out_channels": last}}
    return {"type": "Sequential", "modules": list(parts), **parts}


def test_an_order_that_holds_less_is_found_where_the_given_one_holds_more():
    # In the given order, the 5 channels of the first branch are held while the second reads its 16 and makes 5.
    branches = {"type": "Add", "modules": ["a", "b"], "a": chain(1, 5), "b": chain(16, 5)}
    space = {"type": "FineGrainedSpace", "input_shape": [1, 4, 4], "modules": ["branches"], "branches": branches}
    made = fgspace.space(space).with_costs({"memory": {"type": "PeakMemory", "bytes_per_value": 1}})
    assert made.cost()["memory"] == 16 * (1 + 16 + 5)


def test_the_graph_tells_what_is_read_and_what_the_output_depends_on():
    space = fgspace.space(
        {
            "type": "NasBench201",
            "cell": "|none~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|none~2|",
            "cells": 1,
            "channels": 4,
        }
    )
    graph = space.counted().graph
    used = graph.used()
    convolutions = [step for step in graph.steps if step.path.startswith("stage_0") and step.type == "Conv2d"]
    assert [used[graph.steps.index(step)] for step in convolutions] == [False]
    assert graph.steps[0].type == "Input"
    assert sum(step.params for step in graph.steps) == space.cost()["params"]


def test_no_proposal_breaks_a_constraint_on_a_cost():
    met = []

    def evaluate(description):
        met.append(description)
        return {"score": 1.0}

    study = fgspace.Study(loaded(costs=COSTS), "RandomSearch", {"score": "max"}, {"memory": {"max": 200}})
    study.run(evaluate, 1)
    trials = list(study.trials)
    assert [one["branches"]["wide"]["up"]["out_channels"] for one in met] == [4]
    broken = [trial for trial in trials if trial.state == "infeasible"]
    assert all(trial.error == "memory is 304.0, above the most allowed, 200" for trial in broken)


def test_a_cost_is_an_objective_and_a_constraint_of_a_file():
    sections = {"costs": COSTS, "objectives": {"memory": "min"}, "constraints": {"weights": {"max": 1000}}}
    assert loaded(**sections).costs == COSTS


def test_a_space_with_costs_is_pickled_with_them_and_has_a_digest_of_its_own():
    plain, space = loaded(), loaded(costs=COSTS)
    again = pickle.loads(pickle.dumps(space))
    point = space.sample(random.Random(0))
    assert again.cost(point) == space.cost(point)
    assert again.digest == space.digest != plain.digest
    assert "costs" not in plain.to_json()


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        (
            {"params": {"type": "macs"}},
            "params: every network has a cost of this name already: params, macs; choose another name",
        ),
        ({"memory": {"type": "PeakMemori"}}, "memory.type: unknown cost 'PeakMemori'; did you mean 'PeakMemory'?"),
        ({"memory": "PeakMemory"}, "memory: expected a mapping with type, got 'PeakMemory'; write {type: PeakMemory}"),
        (
            {"memory": {"type": "PeakMemory", "bytes": 1}},
            "memory: PeakMemory has no parameter 'bytes'; it takes bytes_per_value, states",
        ),
        (
            {"memory": {"type": "PeakMemory", "bytes_per_value": 0}},
            "memory: expected at least 1, got bytes_per_value 0 and states 64",
        ),
    ],
)
def test_what_is_no_cost_is_said(costs, message):
    with pytest.raises(DescriptionError) as caught:
        loaded(costs=costs)
    assert str(caught.value) == f"costs.{message}"


def test_a_section_that_is_no_mapping_is_said():
    with pytest.raises(DescriptionError) as caught:
        loaded(costs=[1])
    assert str(caught.value) == "costs: expected names with costs, for instance memory: {type: PeakMemory}; got [1]"
