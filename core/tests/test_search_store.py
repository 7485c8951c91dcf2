"""The store: a killed study resumes exactly, and the store of another study is refused."""

import shutil
import signal
import sqlite3
import sys
import time
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from fgspace import FgspaceError
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.storage.rows import INSERT, to_row
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.study import Study
from fgspace.study.trial import Trial

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
programs = import_module("search_programs")
start, kill_when = programs.start, programs.kill_when


def outline(trials):
    return [(trial.number, trial.point, trial.state, trial.metrics, trial.error, trial.lineage) for trial in trials]


def test_a_study_killed_again_and_again_proposes_the_points_of_one_that_never_stopped(tmp_path):
    whole = programs.study(None)
    whole.run(programs.loss, trials=200)
    folder, rng = tmp_path / "killed", Random(0)
    for least in (1, 40, 90, 150):
        assert kill_when(start(folder, 200), folder, least + rng.randrange(20)) == -signal.SIGKILL
    left = len(SqliteStore(folder).running())
    study = programs.study(folder)
    study.run(programs.loss, trials=200)
    assert left <= 1
    assert outline(study.trials) == outline(whole.trials)
    assert study.best == Study.open(folder).best


def test_a_study_with_workers_that_is_killed_loses_and_repeats_no_trial(tmp_path):
    folder = tmp_path / "workers"
    assert kill_when(start(folder, 60, workers=2), folder, 30) == -signal.SIGKILL
    before = {trial.number: trial.point for trial in Study.open(folder).trials}
    study = programs.study(folder)
    study.run(programs.loss, trials=60)
    assert study.evaluated == 60
    assert {number: study.trials[number].point for number in before} == before
    assert [trial.number for trial in study.trials] == list(range(len(study.trials)))
    assert all(trial.state in ("complete", "failed") for trial in study.trials)


def test_a_trial_that_was_running_is_run_again_first_with_the_same_point(tmp_path):
    study = programs.study(tmp_path)
    first = study.ask()
    study.close()
    again = programs.study(tmp_path)
    assert again.ask() == first
    assert again.ask().number == 1


def test_a_duplicate_of_a_trial_that_was_told_just_before_the_kill_is_settled(tmp_path):
    study = programs.study(tmp_path)
    first = study.ask()
    study.tell(first, {"loss": 3.0})
    study.close()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute("UPDATE study SET trials = NULL, told = NULL")
        connection.execute(INSERT, to_row(Trial(1, first.point, duplicate_of=0), tuple(first.point), None))
    again = programs.study(tmp_path)
    assert (again.trials[1].state, again.trials[1].metrics, again.trials[1].duplicate_of) == (
        "complete",
        {"loss": 3.0},
        0,
    )


def test_trials_come_back_from_the_file_as_they_were_told(tmp_path):
    study, heard = programs.study(tmp_path), []
    study.run(programs.loss, trials=30, on_trial=heard.append)
    opened = Study.open(tmp_path)
    assert list(opened.trials) == heard
    assert opened.trials[-1] == heard[-1]
    assert opened.trials[3:6] == heard[3:6]
    assert opened.front() == study.front()
    assert opened.identity == study.identity
    with pytest.raises(IndexError):
        _ = opened.trials[30]


def test_a_study_can_be_looked_at_while_it_runs(tmp_path):
    study, seen = programs.study(tmp_path), []
    study.run(programs.loss, trials=5, on_trial=lambda trial: seen.append(len(Study.open(tmp_path).trials)))
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "its seed is 1, not 2"),
        ({"algorithm": GridSearch}, "its algorithm is fgspace.study.algorithms.random_search:RandomSearch, not"),
        ({"objectives": {"loss": "max"}}, 'its objectives are {"loss": "min"}, not {"loss": "max"}'),
        ({"constraints": {"loss": {"max": 3}}}, 'its constraints are {}, not {"loss": {"max": 3}}'),
        ({"origins": {"RandomSearch": "fgspace 0.2"}}, "its RandomSearch came from fgspace 0.1, not fgspace 0.2"),
        (
            {"space": "b"},
            "its space has hyper-parameter 'a', which is not in this one; its space lacks hyper-parameter 'b'",
        ),
    ],
)
def test_another_study_is_refused_with_what_differs(tmp_path, change, message):
    def make(space_of="a", algorithm=RandomSearch, objectives=None, constraints=None, seed=1, origins=None, **rest):
        some = space({"type": "FineGrainedSpace", "hyper_parameters": {rest.get("space", space_of): {"int": [0, 9]}}})
        return Study(
            some,
            algorithm,
            objectives or {"loss": "min"},
            constraints,
            seed,
            tmp_path,
            origins=origins or {"RandomSearch": "fgspace 0.1"},
        )

    make().close()
    with pytest.raises(FgspaceError) as error:
        make(**change)
    place = repr(str(tmp_path / "study.db"))
    assert str(error.value).startswith(f"{place} is another study: its ")
    assert message in str(error.value)
    assert str(error.value).endswith("; name another folder")


def test_a_second_driver_is_refused_from_the_start_until_the_first_lets_go(tmp_path):
    first = programs.study(tmp_path)
    refused = (
        f"{str(tmp_path / 'study.db')!r} is being written by another search;"
        " wait until that ends or close it, or name another folder"
    )
    assert refusal(programs.study, tmp_path) == refused
    first.run(programs.loss, trials=3)
    assert refusal(programs.study, tmp_path) == refused
    first.close()
    second = programs.study(tmp_path)
    second.run(programs.loss, trials=5)
    assert second.evaluated == 5


def test_a_driver_that_is_killed_lets_go(tmp_path):
    process = start(tmp_path, 10**6)
    while not (tmp_path / "study.db").exists():
        assert process.poll() is None
    assert refusal(programs.study, tmp_path).endswith("wait until that ends or close it, or name another folder")
    process.kill()
    process.wait()
    programs.study(tmp_path).close()


def test_a_study_that_is_closed_is_one_file(tmp_path):
    study = programs.study(tmp_path)
    study.run(programs.loss, trials=30)
    before = list(study.trials)
    study.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.db"]
    shutil.copy(tmp_path / "study.db", tmp_path / "copy.db")
    assert list(Study.open(tmp_path / "copy.db").trials) == before


def test_what_is_no_study_is_refused(tmp_path):
    missing, text, foreign, newer = (tmp_path / name for name in ("missing", "text.db", "foreign.db", "newer.db"))
    text.write_text("trials: none\n" * 100)
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE cookies (name)")
    SqliteStore(newer, programs.study(None).identity).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 9")
    for open_it in (Study.open, programs.study):
        assert refusal(open_it, text) == (
            f"{str(text)!r} is not a study: it is not an SQLite file; name another folder"
        )
        assert refusal(open_it, foreign) == (
            f"{str(foreign)!r} is not a study: it is an SQLite file of another program; name another folder"
        )
        assert refusal(open_it, newer) == (
            f"{str(newer)!r} was written by a newer fgspace: its format is 9, this one reads up to 1; upgrade fgspace"
        )
    assert refusal(Study.open, missing) == f"there is no study at {str(missing / 'study.db')!r}; name the folder of one"
    with sqlite3.connect(foreign) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Return the content of a store of 300 trials."""
    folder = tmp_path_factory.mktemp("whole")
    study = programs.study(folder)
    study.run(programs.loss, trials=300)
    study.close()
    return (folder / "study.db").read_bytes()


def refused_as_damaged(folder, why):
    """Check that a store is refused for one of these reasons, also when only read, and that it is left unchanged."""
    place = folder / "study.db"
    before = len(place.read_bytes())
    for open_it in (lambda place: list(Study.open(place).trials), programs.study):
        message = refusal(open_it, folder)
        assert message in {
            f"{str(place)!r} {reason}; restore it from a copy, or copy what is sound by: fgspace repair {folder}"
            for reason in why
        } | {f"{str(place)!r} is not a study: it is not an SQLite file; name another folder"}
    assert len(place.read_bytes()) == before


MALFORMED = "is damaged: database disk image is malformed"


@pytest.mark.parametrize("left", [0, 1, 15, 16, 99, 100, 512, 4095, 4096, 5000, 3 * 4096, -4096, -100, -1])
def test_a_store_that_is_cut_off_is_refused(tmp_path, content, left):
    (tmp_path / "study.db").write_bytes(content[:left])
    size = (tmp_path / "study.db").stat().st_size
    where = "" if size < 16 else " within a page"
    refused_as_damaged(tmp_path, {MALFORMED, f"is damaged: it was cut off{where}, {size} bytes are left"})


def test_a_store_with_a_page_of_garbage_is_refused(tmp_path, content):
    assert len(content) >= 8 * 4096
    for start in range(0, len(content), 4096):
        garbage = Random(start).randbytes(4096)
        (tmp_path / "study.db").write_bytes(content[:start] + garbage + content[start + 4096 :])
        refused_as_damaged(tmp_path, {MALFORMED})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DELETE FROM trials WHERE number = 7", "it holds 299 of 300 trials, 299 of 300 told"),
        ("UPDATE trials SET told = 900 WHERE number = 7", "it holds 300 of 300 trials, 300 of 901 told"),
        ("UPDATE trials SET point = '[1,' WHERE number = 7", "trial 7 does not match its checksum"),
        ("UPDATE trials SET metrics = '{}' WHERE number IN (7, 9)", "trials 7 and 9 do not match their checksums"),
        (
            "UPDATE trials SET point = CAST(X'ff' AS TEXT) WHERE number = 7",
            "Could not decode to UTF-8 column 'point' with text '\ufffd'",
        ),
    ],
)
def test_a_store_with_rows_that_are_no_trials_is_refused(tmp_path, content, change, why):
    (tmp_path / "study.db").write_bytes(content)
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute(change)
    connection.close()
    refused_as_damaged(tmp_path, {f"is damaged: {why}"})


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    place = tmp_path / "taken" / "study"
    assert refusal(programs.study, place) == (
        f"{str(place / 'study.db')!r} cannot be opened: Not a directory; name another folder"
    )


def refusal(open_it, place):
    with pytest.raises(FgspaceError) as error:
        open_it(place)
    return str(error.value)


def test_an_option_that_is_not_plain_is_refused(tmp_path):
    class Odd(RandomSearch):
        def __init__(self, space, objectives, *, seed=0, thing=None):
            super().__init__(space, objectives, seed=seed)

    with pytest.raises(FgspaceError) as error:
        Study(programs.SPACE, Odd, {"loss": "min"}, store=tmp_path, thing={1, 2})
    assert str(error.value) == (
        "a study on disk keeps its options as JSON: thing: expected plain data (mappings, lists, text, numbers), got an"
        " object of class 'set'"
    )


def test_20_000_trials_are_resumed_in_seconds(tmp_path):
    study = Study(programs.SPACE, RandomSearch, {"loss": "min"}, store=tmp_path)
    study.run(lambda description: {"loss": description["a"]}, trials=20_000)
    study.close()
    start = time.process_time()
    assert Study(programs.SPACE, RandomSearch, {"loss": "min"}, store=tmp_path).evaluated == 20_000
    assert time.process_time() - start < 4
