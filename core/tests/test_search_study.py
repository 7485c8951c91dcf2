"""The loop of a study: evaluated, skipped and failed trials, what the algorithm is told, and errors."""

import math
import re

import fgspace
import pytest
from fgspace import FgspaceError, FineGrainedSpace, nn
from fgspace.api import space
from fgspace.runs.tables import write_tables
from fgspace.study.algorithms.algorithm import Algorithm, Exhausted
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.study import Study
from fgspace.study.trial import Trial


def table(**hyper_parameters):
    return space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters})


TABLE = table(a={"int": [0, 9]}, b={"int": [0, 9]})
CONV = {"type": "Conv2d", "out_channels": {"int": [1, 8]}, "kernel_size": 1, "bias": False}
CONVS = space({"type": "FineGrainedSpace", "modules": ["conv"], "conv": CONV})


def distance(description):
    return {"loss": abs(description["a"] - 4) + abs(description["b"] - 6), "gain": description["a"]}


class Repeats(Algorithm):
    """Proposes each point twice."""

    told = 0

    def propose(self, rng):
        return {"a": (self.told + len(self.pending)) // 2 % 10, "b": 0}

    def learn(self, trial, rng):
        self.told += 1


def test_a_study_finds_the_best_and_tells_every_trial_in_order():
    study, heard = Study(TABLE, "GridSearch", {"loss": "min"}), []
    study.run(distance, trials=1000, on_trial=heard.append)
    assert study.evaluated == 100
    assert study.best.point == {"a": 4, "b": 6}
    assert list(study.trials) == heard
    assert [trial.number for trial in heard] == list(range(100))
    assert all(trial.seconds >= 0 for trial in heard)


def test_a_front_of_two_objectives_has_no_best():
    study = Study(TABLE, GridSearch, {"loss": "min", "gain": "max"})
    study.run(distance, trials=100)
    assert [trial.point for trial in study.front()] == [{"a": a, "b": 6} for a in range(4, 10)]
    with pytest.raises(FgspaceError) as error:
        _ = study.best
    assert str(error.value) == "best needs a single objective, this study has loss and gain; look at front()"


def test_before_there_is_a_trial_there_is_no_best():
    study = Study(TABLE, RandomSearch, {"loss": "min"})
    assert study.best is None
    assert study.front() == []


def test_trials_is_how_many_there_are_in_the_end():
    study = Study(TABLE, RandomSearch, {"loss": "min"})
    study.run(distance, trials=3)
    study.run(distance, trials=5)
    assert study.evaluated == 5


def test_a_candidate_that_raises_costs_its_trial():
    def fragile(description):
        if description["b"] == 1:
            raise MemoryError("no room")
        if description["b"] == 2:
            raise RuntimeError("CUDA out of memory")
        return distance(description)

    study = Study(TABLE, GridSearch, {"loss": "min"})
    study.run(fragile, trials=4)
    assert [trial.state for trial in study.trials] == ["complete", "failed", "failed", "complete"]
    assert [trial.error for trial in study.trials][1:3] == ["MemoryError: no room", "RuntimeError: CUDA out of memory"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "metric 'loss' is nan"),
        (math.inf, "metric 'loss' is inf"),
        ("low", "metric 'loss': expected a number, got 'low'"),
        (None, "metric 'loss': expected a number, got None"),
    ],
)
def test_a_metric_that_is_no_finite_number_fails_its_trial(value, message):
    study = Study(TABLE, GridSearch, {"loss": "min"})
    study.run(lambda description: {"loss": value}, trials=1, warn=False)
    assert (study.trials[0].state, study.trials[0].error) == ("failed", message)
    assert study.front() == []


def test_an_objective_that_the_evaluator_does_not_give_ends_the_study_and_says_which():
    study = Study(TABLE, RandomSearch, {"acuracy": "max"})
    with pytest.raises(FgspaceError) as error:
        study.run(lambda description: {"accuracy": 0.5, "loss": 1.0}, trials=3)
    assert str(error.value) == (
        "objective 'acuracy' is not among the metrics this evaluator gives: accuracy, loss; did you mean 'accuracy'?"
    )


def test_an_evaluator_that_gives_no_metrics_at_all_is_told_so():
    study = Study(TABLE, RandomSearch, {"loss": "min"})
    with pytest.raises(FgspaceError) as error:
        study.run(lambda description: {}, trials=3)
    assert str(error.value) == "objective 'loss' is not among the metrics this evaluator gives: none"


def test_an_evaluator_that_names_its_metrics_is_refused_before_it_is_called():
    class Evaluator:
        metrics = ("accuracy", "loss")

        def __call__(self, description):
            raise KeyboardInterrupt

    study = Study(TABLE, RandomSearch, {"loss": "min"}, {"parms": {"max": 3}})
    with pytest.raises(FgspaceError) as error:
        study.run(Evaluator(), trials=3)
    assert str(error.value) == (
        "constraint 'parms' is not among the metrics this evaluator gives: accuracy, loss, params, macs;"
        " did you mean 'params'?"
    )


def test_something_else_than_metrics_fails_the_trial():
    study = Study(TABLE, RandomSearch, {"loss": "min"})
    with pytest.warns(UserWarning, match="no trial is feasible: 3 failed of 3"):
        study.run(lambda description: 0.5, trials=3)
    assert {trial.error for trial in study.trials} == {
        "expected a mapping of metrics, such as {'accuracy': 0.5}, got 0.5"
    }


def test_points_that_break_a_constraint_on_a_cost_are_not_evaluated_and_do_not_count():
    evaluated = []

    def evaluate(description):
        evaluated.append(description["conv"]["out_channels"])
        return {"accuracy": 0.5}

    study = Study(CONVS, GridSearch, {"accuracy": "max", "macs": "min"}, {"params": {"min": 6, "max": 15}})
    study.run(evaluate, trials=100)
    assert evaluated == [2, 3, 4, 5]
    assert study.evaluated == 4
    assert [trial.state for trial in study.trials] == ["infeasible"] + ["complete"] * 4 + ["infeasible"] * 3
    assert study.trials[0].error == "params is 3, below the least allowed, 6"
    assert study.trials[1].metrics == {"accuracy": 0.5, "macs": 2 * 3 * 32 * 32, "params": 6}


def test_a_constraint_on_a_measured_metric_keeps_trials_off_the_front():
    study = Study(TABLE, GridSearch, {"loss": "min"}, {"gain": {"min": 7}})
    study.run(distance, trials=100)
    assert study.best.point == {"a": 7, "b": 6}
    assert {trial.state for trial in study.trials} == {"complete"}


def test_constraints_that_nothing_keeps_end_the_study_and_say_why():
    study = Study(
        space(
            {
                "type": "FineGrainedSpace",
                "modules": ["conv"],
                "conv": {"type": "Linear", "out_features": {"int": [1, 20_000]}},
            }
        ),
        GridSearch,
        {"loss": "min"},
        {"params": {"max": 1}},
    )
    with pytest.raises(FgspaceError) as error:
        study.ask()
    assert str(error.value) == (
        "10000 points in a row break a constraint, the last one: params is 330000, above the most allowed, 1; loosen it"
    )


def test_costs_that_can_never_be_computed_end_the_study_and_say_why():
    @fgspace.register
    class Narrow(FineGrainedSpace):
        """Refuses all widths but the first."""

        def constructor(self, width: int):
            if width > 1:
                raise ValueError("too wide")
            self.conv = nn.Conv2d(3, width, 1)

    narrow = {"modules": ["a"], "a": {"type": "Narrow", "width": {"int": [1, 20_000]}}}
    study = Study(space(narrow, input_shape=(3, 8, 8)), "RandomSearch", {"loss": "min"}, {"params": {"max": 10**6}})
    with pytest.raises(FgspaceError) as error:
        study.run(lambda description: {"loss": 0.0}, trials=25)
    assert re.sub(r"\.py:\d+", ".py:LINE", str(error.value)) == (
        "the costs of 100 points in a row cannot be computed, the last one: PartError: a: too wide"
        "; mend the space, or drop the constraints on costs"
    )
    assert len(study.trials) == 100


def test_points_that_resolve_to_one_description_are_evaluated_once():
    evaluated = []

    def evaluate(description):
        evaluated.append(description["a"])
        return distance(description)

    study = Study(TABLE, Repeats, {"loss": "min"})
    study.run(evaluate, trials=4)
    assert evaluated == [0, 1, 2, 3]
    assert [trial.duplicate_of for trial in study.trials] == [None, 0, None, 2, None, 4, None]
    assert study.trials[1].metrics == study.trials[0].metrics
    assert [trial.number for trial in study.front()] == [6]


def test_a_duplicate_of_a_running_trial_waits_for_it():
    study = Study(TABLE, Repeats, {"loss": "min"})
    first, second = study.ask(), study.ask()
    assert (first.number, second.number) == (0, 2)
    assert [trial.state for trial in study.trials] == ["running"] * 3
    study.tell(second, {"loss": 1.0})
    study.tell(first, failed="lost")
    assert [(trial.state, trial.error) for trial in study.trials] == [
        ("failed", "lost"),
        ("failed", "lost"),
        ("complete", None),
    ]
    assert study.evaluated == 2


def test_an_algorithm_that_only_repeats_itself_ends_the_study():
    class Stuck(Algorithm):
        def propose(self, rng):
            return {"a": 0, "b": 0}

    study = Study(TABLE, Stuck, {"loss": "min"})
    study.run(distance, trials=5)
    assert study.evaluated == 1


def test_ask_says_when_the_space_is_exhausted():
    study = Study(table(a={"int": [0, 1]}), RandomSearch, {"loss": "min"})
    assert {study.ask().point["a"], study.ask().point["a"]} == {0, 1}
    with pytest.raises(Exhausted):
        study.ask()


@pytest.mark.parametrize(
    ("tell", "message"),
    [
        (
            lambda study, trial: study.tell(Trial(5, {}), {"loss": 1}),
            "trial 5 is not running: it was told before, or never asked for",
        ),
        (lambda study, trial: study.tell(trial), "tell trial 0 either its metrics or failed='why'"),
        (
            lambda study, trial: study.tell(trial, {"loss": 1}, failed="no"),
            "tell trial 0 either its metrics or failed='why'",
        ),
    ],
)
def test_telling_what_cannot_be_told_is_refused(tell, message):
    study = Study(TABLE, RandomSearch, {"loss": "min"})
    trial = study.ask()
    with pytest.raises(FgspaceError) as error:
        tell(study, trial)
    assert str(error.value) == message
    assert study.tell(trial, {"loss": 1}).state == "complete"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 3}, "GridSearch has no option 'step'; did you mean 'steps'?"),
        ({"steps": 1}, "GridSearch: steps must be at least 2, got 1"),
    ],
)
def test_options_that_the_algorithm_does_not_take_are_refused(options, message):
    with pytest.raises(FgspaceError) as error:
        Study(TABLE, GridSearch, {"loss": "min"}, **options)
    assert str(error.value) == message


def test_an_option_that_is_needed_and_missing_is_named():
    class Needy(RandomSearch):
        def __init__(self, space, objectives, *, seed=0, size: int):
            super().__init__(space, objectives, seed=seed)

    with pytest.raises(FgspaceError, match=r"^Needy needs option 'size'$"):
        Study(TABLE, Needy, {"loss": "min"})


def test_ctrl_c_in_an_evaluation_goes_through_and_its_trial_is_run_again_first():
    calls = []

    def evaluate(description):
        calls.append(description)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return distance(description)

    study = Study(TABLE, RandomSearch, {"loss": "min"})
    with pytest.raises(KeyboardInterrupt):
        study.run(evaluate, trials=5)
    study.run(evaluate, trials=5)
    assert calls[2] == calls[3]
    assert study.evaluated == 5
    assert [trial.state for trial in study.trials] == ["complete"] * 5


def test_the_tables_of_a_study_hold_every_trial_and_the_front(tmp_path):
    bits = table(mask={"bits": 2, "ones": 1}, rate={"choice": [0.1, 0.5]})
    study = Study(bits, GridSearch, {"loss": "min"})
    study.run(lambda description: {"loss": description["rate"] / description["mask"][0]}, trials=10)
    write_tables(tmp_path, study.trials, study.front())
    lines = [line.split(",") for line in (tmp_path / "trials.csv").read_text().splitlines()]
    assert lines[0] == ["number", "state", "mask", "rate", "loss", "seconds", "duplicate_of", "error"]
    assert len(lines) == 5
    assert "ZeroDivisionError: float division by zero" in (tmp_path / "trials.csv").read_text()
    front = (tmp_path / "pareto_front.csv").read_text().splitlines()
    assert front[1].startswith('0,complete,"[1, 0]",0.1,0.1,')
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pareto_front.csv", "trials.csv"]
