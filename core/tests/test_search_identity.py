"""What makes a study another one, in words, and what of a study comes back from its file."""

import sqlite3

import pytest
from fgspace import FgspaceError
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.study import Study
from fgspace.study.trial import Report, Trial

TABLE = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 9]}, "b": {"int": [0, 9]}}})
NESTED = space(
    {
        "type": "FineGrainedSpace",
        "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"choice": [0.1, 0.2]}}]},
    }
)


def refusal(folder, before, after):
    Study(TABLE, RandomSearch, {"loss": "min"}, store=folder, **before).close()
    with pytest.raises(FgspaceError) as error:
        Study(TABLE, RandomSearch, {"loss": "min"}, store=folder, **after)
    start, end = f"{str(folder / 'study.db')!r} is another study: ", "; name another folder"
    assert str(error.value).startswith(start)
    assert str(error.value).endswith(end)
    return str(error.value).removeprefix(start).removesuffix(end)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ({"data": "1f"}, {"data": "2e"}, "its data's digest is 1f, not 2e"),
        ({"data": "1f"}, {}, "its data's digest is 1f, not absent"),
        (
            {"evaluator": {"epochs": 3}},
            {"evaluator": {"epochs": 4}},
            "its evaluator.epochs is 3, not 4",
        ),
        ({"origins": {"A": "x 1"}}, {}, "its A came from x 1, not absent"),
        ({}, {"origins": {"A": "x 1"}}, "its A came from absent, not x 1"),
        (
            {"origins": {"B": "x 1", "A": "x 1", "C": "x 1"}},
            {"origins": {"A": "x 2", "B": "x 2", "C": "x 1"}},
            "its A came from x 1, not x 2; its B came from x 1, not x 2",
        ),
        ({"seed": 1, "data": "1f"}, {"seed": 2}, "its seed is 1, not 2; its data's digest is 1f, not absent"),
    ],
)
def test_a_study_that_goes_on_with_something_else_is_told_all_that_differs(tmp_path, before, after, message):
    assert refusal(tmp_path, before, after) == message


def test_a_study_with_another_option_is_another_one(tmp_path):
    Study(TABLE, GridSearch, {"loss": "min"}, store=tmp_path, steps=3).close()
    with pytest.raises(FgspaceError) as error:
        Study(TABLE, GridSearch, {"loss": "min"}, store=tmp_path, steps=4)
    assert str(error.value) == (
        f"{str(tmp_path / 'study.db')!r} is another study: its search_algorithm.steps is 3, not 4; name another folder"
    )
    Study(TABLE, GridSearch, {"loss": "min"}, store=tmp_path, steps=3).close()


def test_the_order_of_objectives_is_part_of_a_study(tmp_path):
    Study(TABLE, RandomSearch, {"loss": "min", "gain": "max"}, store=tmp_path).close()
    with pytest.raises(FgspaceError) as error:
        Study(TABLE, RandomSearch, {"gain": "max", "loss": "min"}, store=tmp_path)
    assert 'its objectives are {"loss": "min", "gain": "max"}, not {"gain": "max", "loss": "min"}' in str(error.value)


def test_a_space_that_holds_other_values_is_another_one_though_its_paths_are_the_same(tmp_path):
    other = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 8]}, "b": {"int": [0, 9]}}})
    Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path).close()
    with pytest.raises(FgspaceError) as error:
        Study(other, RandomSearch, {"loss": "min"}, store=tmp_path)
    assert str(error.value) == (
        f"{str(tmp_path / 'study.db')!r} is another study: its space has digest {TABLE.digest}, not {other.digest};"
        " its space's a is int [0, 9], not int [0, 8] (write {int: [0, 9]} to go on with it); name another folder"
    )


def test_a_trial_comes_back_with_all_that_was_recorded_of_it(tmp_path):
    study = Study(NESTED, RandomSearch, {"loss": "min"}, store=tmp_path)
    slope, curve = "act.LeakyReLU.negative_slope", (Report(1, {"loss": 2.5}), Report(3, {"loss": 1.0}))
    trials = [
        Trial(0, {"act": "ReLU"}, "failed", error="lost", seconds=0.5, lineage={"operator": "given", "parents": []}),
        Trial(1, {"act": "LeakyReLU", slope: 0.1}, "stopped", {"loss": 1.0}, "late", 2.0, None, {}, curve),
        Trial(2, {"act": "LeakyReLU", slope: 0.2}, "complete", {"loss": 1}, duplicate_of=1),
        Trial(3, {"act": "ReLU"}, "infeasible", {"macs": 7}, "macs", lineage={"operator": "mutate", "parents": [2]}),
        Trial(4, {"act": "ReLU"}, lineage={"operator": "cross over", "parents": [3, 17, 0]}),
    ]
    study.close()
    store = SqliteStore(tmp_path, study.identity)
    for trial in trials:
        store.add(trial)
    assert list(store) == trials
    store.close()
    read = SqliteStore(tmp_path)
    assert list(read) == trials
    assert list(read.told()) == trials[:4]
    assert read.running() == trials[4:]
    assert [read.duplicates(number) for number in range(3)] == [[], [2], []]
    assert [read[-1], *read[1:3]] == [trials[4], *trials[1:3]]
    for number in (5, -6):
        with pytest.raises(IndexError):
            _ = read[number]


def test_a_store_is_in_a_folder_that_is_made_for_it_or_in_a_file_that_ends_in_db(tmp_path):
    for place, file in (("deep/er", "deep/er/study.db"), ("my.db", "my.db"), ("a.b", "a.b/study.db")):
        Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path / place).close()
        assert (tmp_path / file).is_file()
        assert Study.open(tmp_path / place).identity.paths == ("a", "b")


def test_the_file_of_a_study_bears_the_mark_by_which_later_versions_know_it(tmp_path):
    Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path).close()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"fgsp"),)
    connection.close()


def test_what_is_left_of_making_a_store_is_cleared_away(tmp_path):
    left = tmp_path / ".study.db.part"
    left.write_text("cut short")
    Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.db"]


def test_what_is_looked_at_is_not_written(tmp_path):
    Study(TABLE, RandomSearch, {"loss": "min"}, store=tmp_path).close()
    before = (tmp_path / "study.db").read_bytes()
    results = Study.open(tmp_path)
    assert (results.best, results.front(), list(results.trials)) == (None, [], [])
    results.close()
    assert (tmp_path / "study.db").read_bytes() == before
    with pytest.raises(FgspaceError):
        Study.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_results_of_several_objectives_have_no_best(tmp_path):
    study = Study(TABLE, GridSearch, {"loss": "min", "gain": "max"}, store=tmp_path)
    study.run(lambda description: {"loss": description["a"], "gain": description["a"]}, trials=3)
    with pytest.raises(FgspaceError) as error:
        _ = Study.open(tmp_path).best
    assert str(error.value) == "best needs a single objective, this study has loss and gain; look at front()"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mine": {"b": 10}}, "mine.b: 10 is not in int [0, 9]"),
        ({"mine": [3]}, "mine: expected 2 tokens, got 1"),
        ({"mine": 3}, "mine: expected a mapping from hyper-parameters to values, or a list of tokens; got 3"),
        ([{"a": 1}, [True, 0]], "initial_points[1]: expected tokens, which are whole numbers; got [True, 0]"),
    ],
)
def test_a_given_point_that_does_not_fit_is_told_by_its_name(given, message):
    with pytest.raises(FgspaceError) as error:
        Study(TABLE, RandomSearch, {"loss": "min"}, initial_points=given)
    assert str(error.value) == message


def test_a_study_records_where_its_points_are_from():
    study = Study(TABLE, RandomSearch, {"loss": "min"}, initial_points={"mine": {"b": 3}, "yours": [4, 5]})
    assert study.identity.sources == ("mine", "yours")
    assert study.identity.initial_points == ({"a": 0, "b": 3}, {"a": 4, "b": 5})


def test_nothing_is_written_beside_a_file_that_is_no_study(tmp_path):
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE cookies (name)")
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(FgspaceError):
        Study(TABLE, RandomSearch, {"loss": "min"}, store=foreign)
    assert [path.name for path in tmp_path.iterdir()] == ["foreign.db"]
    assert foreign.read_bytes() == before


def test_a_study_without_a_seed_is_that_of_seed_0():
    studies = [Study(TABLE, RandomSearch, {"loss": "min"}, **seed) for seed in ({}, {"seed": 0}, {"seed": 1})]
    points = [[study.ask().point for _ in range(4)] for study in studies]
    assert points[0] == points[1] != points[2]
    assert [study.identity.seed for study in studies] == [0, 0, 1]


def test_a_study_that_cannot_be_recorded_leaves_no_file_behind(tmp_path):
    class Odd(RandomSearch):
        def __init__(self, space, objectives, *, seed=0, thing=None):
            super().__init__(space, objectives, seed=seed)

    with pytest.raises(FgspaceError):
        Study(TABLE, Odd, {"loss": "min"}, store=tmp_path, thing={1, 2})
    assert [path.name for path in tmp_path.iterdir()] == []
    Study(TABLE, Odd, {"loss": "min"}, store=tmp_path, thing=[1, 2]).close()
