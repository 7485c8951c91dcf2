"""Initial points of a study: completed, evaluated first and once, stored, and told to the algorithm."""

import pytest
from fgspace import FgspaceError
from fgspace.api import space
from fgspace.config.loading import load
from fgspace.runs.seeding import front_of
from fgspace.spaces.points import completed
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.study import Study

TABLE = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 9]}, "b": {"int": [2, 9]}}})
CHOICE = space(
    {
        "type": "FineGrainedSpace",
        "modules": ["conv", "act"],
        "conv": {"type": "Conv2d", "out_channels": {"int": [1, 4]}, "kernel_size": 1},
        "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"choice": [0.1, 0.2, 0.3]}}]},
    }
)
SLOPE = "act.LeakyReLU.negative_slope"
FILE = """\
search_space:
  type: FineGrainedSpace
  hyper_parameters:
    conv.out_channels: {int: [1, 9]}
    conv.kernel_size: [1, 3]
  modules: [conv, act]
  conv: {type: Conv2d, out_channels: 4, kernel_size: 1}
  act: {choice: [{type: ReLU}, {type: LeakyReLU, negative_slope: {float: [0.1, 0.3]}}]}
initial_points:
"""


def loss(description):
    return {"loss": abs(description["a"] - 4) + description["b"]}


def outline(study):
    return [(trial.number, trial.point, trial.state, trial.duplicate_of, trial.lineage) for trial in study.trials]


@pytest.mark.parametrize(
    ("written", "point"),
    [
        ({}, {"conv.out_channels": 1, "act": "ReLU"}),
        ({"conv.out_channels": 3}, {"conv.out_channels": 3, "act": "ReLU"}),
        ({"act": "LeakyReLU"}, {"conv.out_channels": 1, "act": "LeakyReLU", SLOPE: 0.1}),
        ({SLOPE: 0.3, "act": "LeakyReLU"}, {"conv.out_channels": 1, "act": "LeakyReLU", SLOPE: 0.3}),
        ([2, 1, 1], {"conv.out_channels": 3, "act": "LeakyReLU", SLOPE: 0.2}),
    ],
)
def test_a_point_that_is_given_in_part_is_completed_by_what_the_file_describes(written, point):
    assert completed(CHOICE, written) == point


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "- {conv.kernel: 3}",
            "10:4: initial_points[0].conv.kernel: no such hyper-parameter; did you mean 'conv.kernel_size'?",
        ),
        (
            "- {conv.out_channels: 2}\n- {conv.out_channels: 12}",
            "11:23: initial_points[1].conv.out_channels: 12 is not in int [1, 9]",
        ),
        (
            "- {conv.kernel_size: [3]}",
            "10:22: initial_points[0].conv.kernel_size: [3] is not in choice of 1, 3",
        ),
        (
            "- {act.LeakyReLU.negative_slope: 0.2}",
            "10:34: initial_points[0].act.LeakyReLU.negative_slope: is searched only where act is 'LeakyReLU',"
            " but it is 'ReLU'",
        ),
        ("- [1, 0]", "10:3: initial_points[0]: expected 4 tokens, got 2"),
        ("- [a, 1]", "10:3: initial_points[0]: expected tokens, which are whole numbers; got ['a', 1]"),
        (
            "- deep",
            "10:3: initial_points[0]: expected a mapping from hyper-parameters to values, or a list of tokens;"
            " got 'deep'",
        ),
        (
            "  conv.kernel_size: 3",
            "10:3: initial_points: expected a list of points, each a mapping from hyper-parameters to values;"
            " got {'conv.kernel_size': 3}",
        ),
    ],
)
def test_what_is_no_point_of_the_space_is_told_with_its_place(tmp_path, written, message):
    file = tmp_path / "file.yaml"
    file.write_text(FILE + written + "\n")
    with pytest.raises(FgspaceError) as error:
        load(file)
    assert str(error.value) == f"{file}:{message}"


def test_a_program_is_told_which_point_is_none_of_the_space():
    with pytest.raises(FgspaceError) as error:
        Study(TABLE, "RandomSearch", {"loss": "min"}, initial_points=[{"a": 3}, {"b": 1}])
    assert str(error.value) == "initial_points[1].b: 1 is not in int [2, 9]"


def test_given_points_are_evaluated_first_in_order_and_once_and_count_for_the_budget():
    heard = []

    def evaluate(description):
        heard.append((description["a"], description["b"]))
        return loss(description)

    given = [{"a": 7}, [3, 4], {"a": 7, "b": 2}, {"b": 9}]
    study = Study(TABLE, GridSearch, {"loss": "min"}, initial_points=given)
    study.run(evaluate, trials=5)
    assert heard == [(7, 2), (3, 6), (0, 9), (0, 2), (0, 3)]
    assert [trial.duplicate_of for trial in study.trials] == [None, None, 0, None, None, None]
    assert [trial.lineage["operator"] for trial in study.trials][:4] == ["given"] * 4
    assert study.evaluated == 5


def test_an_algorithm_does_not_propose_again_what_was_given():
    every = [{"a": a, "b": b} for a in range(10) for b in range(2, 10)]
    for algorithm in (RandomSearch, GridSearch):
        study = Study(TABLE, algorithm, {"loss": "min"}, initial_points=every[10:70])
        study.run(loss, trials=200)
        assert [trial.point for trial in study.trials][:60] == every[10:70]
        assert len(study.trials) == study.evaluated == 80


@pytest.mark.parametrize("stop", [1, 2, 5])
def test_a_study_that_goes_on_keeps_its_points_whether_they_are_given_again_or_not(tmp_path, stop):
    given = [{"a": 7}, {"a": 1, "b": 5}, {"a": 7}]
    whole = Study(TABLE, RandomSearch, {"loss": "min"}, initial_points=given)
    whole.run(loss, trials=9)
    for again in ({}, {"initial_points": given}):
        folder = tmp_path / f"kept {len(again)}"
        part = Study(TABLE, RandomSearch, {"loss": "min"}, store=folder, initial_points=given)
        part.run(loss, trials=stop)
        part.close()
        study = Study(TABLE, RandomSearch, {"loss": "min"}, store=folder, **again)
        study.run(loss, trials=9)
        assert outline(study) == outline(whole)
        study.close()


def test_a_study_that_was_begun_with_other_points_is_refused(tmp_path):
    Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path, initial_points=[{"a": 7}]).close()
    for given, message in [
        ([{"a": 6}], 'its initial_points[0] is {"a": 7, "b": 2}, not {"a": 6, "b": 2}'),
        ([{"a": 7}, {"b": 3}], 'it has no initial_points[1], which is {"a": 0, "b": 3}'),
    ]:
        with pytest.raises(FgspaceError) as error:
            Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path, initial_points=given)
        place = repr(str(tmp_path / "study.db"))
        assert str(error.value) == f"{place} is another study: {message}; name another folder"


def test_points_that_differ_only_in_a_choice_that_is_not_active_are_evaluated_once():
    class Careless(Algorithm):
        """Also draws values of inactive hyper-parameters."""

        def propose(self, rng):
            return {"conv.out_channels": 1, "act": "ReLU", SLOPE: rng.choice([0.1, 0.2, 0.3])}

    heard = []

    def evaluate(description):
        heard.append(description)
        return {"loss": 1.0}

    study = Study(CHOICE, Careless, {"loss": "min"}, initial_points=[[0, 0, 0], [0, 0, 2]])
    study.run(evaluate, trials=2)
    assert len(heard) == study.evaluated == 1
    assert [trial.duplicate_of for trial in study.trials][:3] == [None, 0, 0]
    assert {trial.point.get(SLOPE) for trial in study.trials} == {None, 0.1, 0.2, 0.3}


def test_the_front_of_another_study_is_taken_as_far_as_it_fits(tmp_path):
    other = Study(TABLE, GridSearch, {"loss": "min", "a": "max"}, store=tmp_path / "other")
    other.run(lambda description: loss(description) | {"a": description["a"]}, trials=80)
    front = {f"trial {trial.number} of {tmp_path / 'other'}": trial.point for trial in other.front()}
    other.close()
    assert [point["a"] for point in front.values()] == [4, 5, 6, 7, 8, 9]
    assert front_of(tmp_path / "other", TABLE) == (front, [])
    smaller = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 5]}, "c": [3, 4]}})
    points, notes = front_of(tmp_path / "other", smaller)
    assert list(points.values()) == [{"a": 4, "c": 3}, {"a": 5, "c": 3}]
    assert notes == [
        f"{tmp_path / 'other'}: b: no such hyper-parameter; left out",
        *(f"{tmp_path / 'other'}: a: {a} is not in int [0, 5]; left out" for a in (6, 7, 8, 9)),
    ]


def test_a_study_that_has_nothing_to_start_from_is_refused(tmp_path):
    other = Study(TABLE, GridSearch, {"loss": "min"}, store=tmp_path / "other")
    other.close()
    with pytest.raises(FgspaceError) as error:
        front_of(tmp_path / "other", TABLE)
    place = repr(str(tmp_path / "other"))
    assert str(error.value) == f"{place} has no front to start from: no trial of it is complete and feasible"
    other = Study(TABLE, GridSearch, {"loss": "min"}, store=tmp_path / "other")
    other.run(loss, trials=80)
    other.close()
    strange = space({"type": "FineGrainedSpace", "hyper_parameters": {"aa": [1, 2], "b": {"int": [8, 9]}}})
    with pytest.raises(FgspaceError) as error:
        front_of(tmp_path / "other", strange)
    assert str(error.value) == (
        f"no point of the front of {place} fits this space: a: no such hyper-parameter; did you mean 'aa'?;"
        " b: 2 is not in int [8, 9]"
    )
    with pytest.raises(FgspaceError) as error:
        front_of(tmp_path / "nowhere", TABLE)
    nowhere = repr(str(tmp_path / "nowhere" / "study.db"))
    assert str(error.value) == f"there is no study at {nowhere}; name the folder of one"
