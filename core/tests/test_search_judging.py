"""Costs beside measured metrics: which of the two a trial has, and which costs early stopping is told."""

import pytest
from fgspace import EarlyStopping
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.study import Study

# Its params are 3·out_channels, its macs 3·out_channels·32·32.
CONVS = space(
    {
        "type": "FineGrainedSpace",
        "modules": ["conv"],
        "conv": {"type": "Conv2d", "out_channels": {"int": [1, 8]}, "kernel_size": 1, "bias": False},
    }
)


class Notes(EarlyStopping):
    """Stops nothing, and keeps what it was told of each trial before that ran."""

    def __init__(self, objectives, *, metric=None):
        super().__init__(objectives, metric=metric)
        self.known = []

    def check(self, trial):
        self.known.append(trial.metrics)
        return lambda curve: None

    def learn(self, trial):
        pass


def told(objectives, constraints, metrics):
    study = Study(CONVS, GridSearch, objectives, constraints)
    return study.tell(study.ask(), metrics)


def test_a_metric_that_was_measured_stands_in_place_of_the_cost_that_a_constraint_was_checked_by():
    trial = told({"accuracy": "max"}, {"params": {"max": 20}}, {"accuracy": 0.5, "params": 7.0})
    assert (trial.state, trial.metrics) == ("complete", {"accuracy": 0.5, "params": 7.0})


def test_a_metric_that_was_measured_stands_in_place_of_the_cost_where_another_objective_is_a_cost():
    objectives = {"accuracy": "max", "macs": "min", "params": "min"}
    trial = told(objectives, {}, {"accuracy": 0.5, "macs": 5.0})
    assert trial.metrics == {"accuracy": 0.5, "macs": 5.0, "params": 3}


def test_an_evaluator_that_measures_another_value_of_a_cost_can_break_the_constraint_on_it():
    study = Study(CONVS, GridSearch, {"accuracy": "max"}, {"params": {"max": 20}})
    study.tell(study.ask(), {"accuracy": 0.9, "params": 21})
    study.tell(study.ask(), {"accuracy": 0.1})
    assert [trial.state for trial in study.trials] == ["complete"] * 2
    assert study.best.number == 1


@pytest.mark.parametrize(
    ("objectives", "known"),
    [
        ({"params": "min"}, {}),
        ({"accuracy": "max"}, {}),
        ({"accuracy": "max", "loss": "min"}, {}),
        ({"accuracy": "max", "params": "min"}, {"params": 3}),
        ({"params": "min", "macs": "min"}, {"params": 3, "macs": 3 * 32 * 32}),
    ],
)
def test_early_stopping_is_told_of_several_objectives_those_that_are_costs_and_of_a_single_one_nothing(
    objectives, known
):
    study = Study(CONVS, GridSearch, objectives, early_stopping={"type": Notes})
    study.ask()
    study.ask()
    # The second point of the grid has twice the channels.
    assert study.early_stopping.known == [known, {name: 2 * cost for name, cost in known.items()}]
