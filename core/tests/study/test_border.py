"""What programs, evaluators and algorithms give to a study becomes plain JSON, or an error that says what and where."""

import json
from enum import Enum, StrEnum
from random import Random

import fgspace
import numpy as np
import pytest
import torch
from fgspace import Algorithm, FgspaceError, Objectives, Report, Study, Trial
from fgspace.spaces.border import plain_point
from fgspace.study.algorithms.random_search import RandomSearch

SPACE = fgspace.space({"search_space": {"a": {"int": [0, 9]}, "mask": {"bits": 3}, "rate": {"float": [0, 1, 0.25]}}})
POINT = {"a": 4, "mask": [1, 0, 1], "rate": 0.5}


class Metric(Enum):
    LOSS = "loss"


class Direction(StrEnum):
    LEAST = "min"


class Options(RandomSearch):
    """Takes options of every kind."""

    def __init__(self, space, objectives, *, seed=0, number=1, numbers=(), thing=None):
        super().__init__(space, objectives, seed=seed)
        self.given = number, numbers, thing


class Speaks(Algorithm):
    """Proposes points of NumPy, each twice where it may."""

    def propose(self, rng):
        return {"a": np.int64(self._next // 2 % 10), "mask": np.array([1, 0, 1]), "rate": np.float64(0.5)}


class Fresh(Algorithm):
    """Proposes fresh points of NumPy."""

    def propose(self, rng):
        return self.fresh(
            lambda: {
                "a": np.int64(rng.randrange(3)),
                "mask": np.array([1, 0, 1]),
                "rate": np.array([0.0, 1.0])[rng.randrange(2)],
            }
        )


class Moves(Algorithm):
    """Asks the space about points of NumPy."""

    def propose(self, rng):
        given = {"a": np.int64(2), "mask": (1, 0, np.int8(1)), "rate": np.float32(0.5)}
        assert self.space.contains(given)
        return self.fresh(lambda: self.space.mutate(given, rng))


def stored(folder, algorithm=RandomSearch, **arguments):
    study = Study(SPACE, algorithm, {"loss": "min"}, store=folder, **arguments)
    study.close()
    return study.identity


def test_a_study_is_the_same_whether_its_arguments_speak_numpy_or_not(tmp_path):
    spoken = {
        "constraints": {Metric.LOSS: {"max": np.float32(3)}},
        "seed": np.int64(3),
        "deterministic": np.int32(2),
        "evaluator": {"type": "Mine", "epochs": np.int64(3), "sizes": (1, np.int8(2))},
        "origins": {np.str_("Mine"): "here"},
        "early_stopping": {"type": "MedianStop"},
        "data": np.str_("0123"),
        "initial_points": np.array([[3, 1, 0, 1, 2]]),
        "number": np.int64(5),
        "numbers": np.array([[1, 2], [3, 4]]),
        "thing": {"path": Metric.LOSS},
    }
    plain = {
        "constraints": {"loss": {"max": 3.0}},
        "seed": 3,
        "deterministic": 2,
        "evaluator": {"type": "Mine", "epochs": 3, "sizes": [1, 2]},
        "origins": {"Mine": "here"},
        "early_stopping": {"type": "MedianStop"},
        "data": "0123",
        "initial_points": [{"a": 3, "mask": [1, 0, 1], "rate": 0.5}],
        "number": 5,
        "numbers": [[1, 2], [3, 4]],
        "thing": {"path": "loss"},
    }
    assert (
        stored(tmp_path / "spoken", Options, **spoken).to_json()
        == stored(tmp_path / "plain", Options, **plain).to_json()
    )
    again = Study(SPACE, Options, {Metric.LOSS: Direction.LEAST}, store=tmp_path / "plain", **spoken)
    assert again.algorithm.given == (5, [[1, 2], [3, 4]], {"path": "loss"})
    assert {type(number) for row in again.algorithm.given[1] for number in row} == {int}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"objectives": ["loss"]},
            "objectives: expected a mapping of metrics with max or min, such as {'loss': 'max'}; got ['loss']",
        ),
        (
            {"constraints": [("loss", 3)]},
            "constraints: expected a mapping of metrics with their bounds, such as {'accuracy': {'max': 1000}}; "
            "got [['loss', 3]]",
        ),
        (
            {"constraints": {"loss": {"max": len}}},
            "constraints.loss.max: expected plain data (mappings, lists, text, numbers), got the"
            " builtin_function_or_method 'len'",
        ),
        ({"seed": "x"}, "seed: expected a whole number, got 'x'"),
        ({"seed": 1.5}, "seed: expected a whole number, got 1.5"),
        ({"deterministic": True}, "deterministic: expected a whole number of at least 1, got True"),
        ({"data": 3}, "data: expected text, got 3"),
        (
            {"evaluator": "Mine"},
            "evaluator: expected a mapping that is recorded with the study, got 'Mine'; the evaluator itself goes to "
            "study.run(evaluate, trials)",
        ),
        (
            {"evaluator": {"type": "Mine", "of": len}},
            "evaluator.of: expected plain data (mappings, lists, text, numbers), got the builtin_function_or_method"
            " 'len'",
        ),
        (
            {"early_stopping": {"least": 3}},
            "early_stopping: expected a rule, such as {'type': 'MedianStop'}; got {'least': 3}",
        ),
        ({"number": {3: 4}}, "number: expected text as the key of a mapping, got 3"),
        (
            {"initial_points": [{"a": {1, 2}}]},
            "initial_points[0]: a: expected plain data (mappings, lists, text, numbers), got an object of class 'set'",
        ),
    ],
)
def test_what_a_study_cannot_take_says_what_and_where(arguments, message):
    with pytest.raises(FgspaceError) as raised:
        Study(SPACE, Options, **{"objectives": {"loss": "min"}, **arguments})
    assert str(raised.value) == message


def test_an_object_of_the_programs_own_may_be_an_option_in_memory():
    thing = object()
    assert Study(SPACE, Options, {"loss": "min"}, thing=thing).algorithm.given[2] is thing


def test_the_number_of_trials_is_a_whole_number():
    study = Study(SPACE, RandomSearch, {"loss": "min"})
    study.run(lambda description: {"loss": 1.0}, trials=np.int64(2))
    assert study.evaluated == 2
    for given in (2.5, "3", None):
        with pytest.raises(FgspaceError) as raised:
            study.run(lambda description: {"loss": 1.0}, trials=given)
        shown = "null" if given is None else repr(given)
        assert str(raised.value) == f"trials: expected a whole number of at least 0, got {shown}"


@pytest.mark.parametrize("algorithm", [Speaks, Fresh, Moves])
def test_an_algorithm_of_others_may_propose_points_of_numpy(tmp_path, algorithm):
    met = []
    study = Study(SPACE, algorithm, {"loss": "min"}, store=tmp_path)
    study.run(lambda description: met.append(description) or {"loss": np.float32(description["a"])}, trials=5)
    assert (
        all(plain_point(trial.point) is trial.point for trial in study.algorithm.pending.values())
        or not study.algorithm.pending
    )
    for trial in study.trials:
        assert json.loads(json.dumps(trial.point)) == trial.point
        assert SPACE.misfit(trial.point) is None
    assert all({type(value) for value in description["mask"]} == {int} for description in met)
    assert len({json.dumps(description) for description in met}) == study.evaluated == 5
    study.close()
    again = Study(SPACE, algorithm, {"loss": "min"}, store=tmp_path)
    assert again.evaluated == 5


def test_a_repeated_point_of_numpy_is_known_as_the_one_before():
    study = Study(SPACE, Speaks, {"loss": "min"})
    study.run(lambda description: {"loss": 1.0}, trials=3)
    assert [trial.duplicate_of for trial in study.trials][:5] == [None, 0, None, 2, None]


def test_fresh_points_of_numpy_are_proposed_once_each():
    algorithm = Fresh(SPACE, Objectives({"loss": "min"}))
    asked = [algorithm.ask() for _ in range(6)]
    assert len({json.dumps(point) for point in asked}) == 6
    assert not algorithm.is_fresh({"a": np.int64(asked[0]["a"]), "mask": np.array([1, 0, 1]), "rate": asked[0]["rate"]})


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({**POINT, "a": 99}, "a: 99 is not in int [0, 9]"),
        ({**POINT, "a": np.float64(3.5)}, "a: 3.5 is not in int [0, 9]"),
        ({"a": 3}, "mask: is missing; space.complete(point) gives what is missing its initial value"),
        ({**POINT, "b": 3}, "b: no such hyper-parameter"),
        ([3, 1, 0, 1, 2], "expected a mapping from hyper-parameters to values, got [3, 1, 0, 1, 2]"),
        (
            {**POINT, "mask": np.array([1, 0, 1], dtype=object)[:2]},
            "mask: [1, 0] is not in 3 bits",
        ),
    ],
)
def test_what_an_algorithm_proposes_that_is_no_point_names_the_algorithm(point, message):
    class Wrong(Algorithm):
        def propose(self, rng):
            return point

    with pytest.raises(FgspaceError) as raised:
        Study(SPACE, Wrong, {"loss": "min"}).ask()
    assert str(raised.value) == f"Wrong proposed what is no point of the space: {message}"


def test_a_forbidden_point_of_an_algorithm_of_others_is_told():
    space = fgspace.space({"search_space": {"a": {"int": [0, 9]}, "forbidden": [{"a": 3}]}})

    class Wrong(Algorithm):
        def propose(self, rng):
            return {"a": np.int64(3)}

    with pytest.raises(FgspaceError) as raised:
        Study(space, Wrong, {"loss": "min"}).ask()
    assert str(raised.value) == "Wrong proposed what is no point of the space: the point is forbidden: a is 3"


def test_a_subclass_of_a_trusted_algorithm_is_not_trusted():
    class Speaking(RandomSearch):
        def propose(self, rng):
            return {path: np.array(value) for path, value in super().propose(rng).items()}

    study = Study(SPACE, Speaking, {"loss": "min"})
    study.run(lambda description: {"loss": 1.0}, trials=3)
    assert all(plain_point(trial.point) is trial.point for trial in study.trials)


def test_a_trial_that_a_program_tells_an_algorithm_is_plain():
    algorithm = RandomSearch(SPACE, Objectives({"loss": "min"}))
    heard = []
    algorithm.__class__ = type("Hears", (RandomSearch,), {"learn": lambda self, trial, rng: heard.append(trial)})
    algorithm.tell(Trial(0, {"a": np.int64(3), "mask": np.array([1, 0, 0]), "rate": 0.5}, "complete", {"loss": 1.0}))
    assert json.dumps(heard[0].point) == '{"a": 3, "mask": [1, 0, 0], "rate": 0.5}'


def test_outcomes_that_are_told_are_plain(tmp_path):
    study = Study(SPACE, RandomSearch, {"loss": "min"}, store=tmp_path)
    metrics = {Metric.LOSS: torch.tensor(0.5), np.str_("steps"): np.int64(3)}
    curve = [(np.int64(1), {"loss": np.float32(2)}), Report(2, {Metric.LOSS: torch.tensor([1.0])})]
    told = study.tell(study.ask(), metrics, seconds=np.float64(3), stopped=np.str_("poor"), curve=curve)
    assert told.metrics == {"loss": 0.5, "steps": 3.0}
    assert told.curve == (Report(1, {"loss": 2.0}), Report(2, {"loss": 1.0}))
    assert [type(one) for one in (told.seconds, told.error, *told.metrics.values())] == [float, str, float, float]
    failed = study.tell(study.ask(), failed=np.str_("broken"), seconds=torch.tensor(2))
    assert (failed.error, type(failed.error), failed.seconds) == ("broken", str, 2.0)
    study.keep_held_out(told, {Metric.LOSS: np.float16(0.5)})
    assert study.held_out(0) == {"loss": 0.5}
    study.close()
    assert list(Study.open(tmp_path).trials) == [told, failed]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"failed": ValueError("x")}, "failed: expected text, got ValueError('x')"),
        ({"metrics": {"loss": 1}, "stopped": 3}, "stopped: expected text, got 3"),
        ({"metrics": {"loss": 1}, "seconds": "long"}, "seconds: expected a number, got 'long'"),
        (
            {"metrics": {"loss": 1}, "curve": [1, 2]},
            "curve: expected reports, each an epoch and its metrics, such as (1, {'accuracy': 0.5}); got [1, 2]",
        ),
        (
            {"metrics": {"loss": 1}, "curve": [(1, {"loss": "low"})]},
            "curve: expected reports, each an epoch and its metrics, such as (1, {'accuracy': 0.5}); got [(1, {'loss':"
            " 'low'})]",
        ),
        ({"metrics": {"loss": 1}, "curve": [(1.5, {"loss": 1})]}, "curve: expected a whole number, got 1.5"),
    ],
)
def test_what_cannot_be_told_says_what_was_expected(told, message):
    study = Study(SPACE, RandomSearch, {"loss": "min"})
    trial = study.ask()
    with pytest.raises(FgspaceError) as raised:
        study.tell(trial, **told)
    assert str(raised.value) == message
    study.tell(trial, {"loss": 1})


def test_a_value_that_a_file_writes_as_an_integer_is_the_same_point_as_the_float():
    described = {"search_space": {"rate": 0, "hyper_parameters": {"rate": {"float": [0, 1, 0.5]}}}}
    space = fgspace.space(described)
    assert json.dumps(space.initial) == '{"rate": 0}'
    study = Study(space, "GridSearch", {"loss": "min"}, initial_points=[{"rate": 1}, {"rate": 0.0}])
    study.run(lambda description: {"loss": description["rate"]}, trials=10)
    assert [trial.point["rate"] for trial in study.trials] == [1.0, 0.0, 0.5]


def test_numpy_random_generators_of_a_program_do_no_harm():
    rng = np.random.default_rng(0)
    space = fgspace.space({"search_space": {"a": {"int": [0, 9]}, "b": {"float": [0, 1]}}})
    for _ in range(20):
        given = {"a": rng.integers(10), "b": rng.random()}
        assert json.dumps(space.at(given)) == json.dumps(
            {"type": "FineGrainedSpace", "a": int(given["a"]), "b": float(given["b"])}
        )
    assert space.contains(space.mutate({"a": rng.integers(10), "b": rng.random()}, Random(0)))
