"""Stores that a bit, a row or a file is missing from: none gives another result without a word."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from fgspace import FgspaceError
from fgspace.study.storage.log import log_of
from fgspace.study.study import Study
from fgspace.study.trial import Report

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
programs = import_module("search_programs")
FLIPS = 1000


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Return the folder of a study with trials of every kind, that is closed."""
    folder = tmp_path_factory.mktemp("searched")
    study = programs.study(folder, initial_points=[{"a": 7, "mask": [0] * 12}], constraints={"loss": {"max": 60}})
    study.run(programs.loss, trials=150)
    trial = study.ask()
    study.tell(trial, {"loss": 3.5}, stopped="stopped after epoch 1", curve=(Report(1, {"loss": 3.5}),), seconds=2)
    study.keep_held_out(study.trials[0], {"test_loss": 0.25})
    study.close()
    return folder


def flipped(content, bit):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def results(place):
    """Return all that a program can read of a study."""
    with closing(Study.open(place)) as study:
        trials = list(study.trials)
        return trials, study.front(), study.identity, [study.held_out(trial.number) for trial in trials]


def outcome(place):
    """Return the results of a study, or None where it is refused."""
    try:
        return results(place)
    except FgspaceError:
        return None


def test_no_bit_that_flips_in_a_store_changes_a_result_without_a_word(searched, tmp_path):
    content, whole, rng = (searched / "study.db").read_bytes(), results(searched), Random(7)
    refused = 0
    for _ in range(FLIPS):
        (tmp_path / "study.db").write_bytes(flipped(content, rng.randrange(len(content) * 8)))
        found = outcome(tmp_path)
        assert found in (None, whole)
        refused += found is None
        for beside in tmp_path.glob("study.db-*"):
            beside.unlink()
    assert refused > FLIPS / 4  # the others hit room that nothing uses


def test_no_bit_that_flips_in_a_store_is_taken_into_a_study_that_goes_on(searched, tmp_path):
    content, whole, rng = (searched / "study.db").read_bytes(), results(searched)[0], Random(8)
    for number in range(100):
        place = tmp_path / str(number)
        place.mkdir()
        (place / "study.db").write_bytes(flipped(content, rng.randrange(len(content) * 8)))
        try:
            study = programs.study(
                place, initial_points=[{"a": 7, "mask": [0] * 12}], constraints={"loss": {"max": 60}}
            )
        except FgspaceError:
            continue
        assert list(study.trials) == whole
        study.close()


def test_damaged_rows_are_named_by_number(searched, tmp_path):
    shutil.copy(searched / "study.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute("UPDATE trials SET metrics = '{\"loss\":1.0}' WHERE number = 4")
        connection.execute("UPDATE trials SET state = 'failed' WHERE number = 31")
        connection.execute("UPDATE trials SET seconds = 4 WHERE number = 77")
    assert refusal(tmp_path) == damage(tmp_path, "trials 4, 31 and 77 do not match their checksums")


@pytest.mark.parametrize("rows", ["number = 150", "number > 120", "number = 0", "number BETWEEN 3 AND 5"])
def test_rows_that_are_missing_are_noticed_the_last_ones_too(searched, tmp_path, rows):
    shutil.copy(searched / "study.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        trials, told = connection.execute("SELECT count(*), count(told) FROM trials").fetchone()
        connection.execute(f"DELETE FROM trials WHERE {rows}")
        left, left_told = connection.execute("SELECT count(*), count(told) FROM trials").fetchone()
    assert refusal(tmp_path) == damage(tmp_path, f"it holds {left} of {trials} trials, {left_told} of {told} told")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE study SET identity = replace(identity, '60', '61')", "what it says of the study as a whole does not"),
        ("UPDATE held_out SET metrics = '{\"test_loss\": 0.5}'", "the held-out metrics of trial 0 do not"),
    ],
)
def test_what_is_no_trial_has_a_checksum_too(searched, tmp_path, change, why):
    shutil.copy(searched / "study.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute(change)
    with pytest.raises(FgspaceError) as error:
        results(tmp_path)
    assert str(error.value) == damage(tmp_path, f"{why} match {'its' if 'whole' in why else 'their'} checksum")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DELETE FROM held_out WHERE number = 0", "it holds the held-out metrics of 0 of 1 trials"),
        (
            "UPDATE held_out SET metrics = '{}' WHERE number = -1",
            "the totals that it was closed with do not match their checksum",
        ),
        (
            "UPDATE study SET trials = 4, told = 4",
            "the numbers of trials that it was closed with are not as they were written",
        ),
        ("UPDATE study SET told = 'many'", "the numbers of trials that it was closed with are none"),
        ("DELETE FROM study", "what it says of the study as a whole is missing"),
        ("PRAGMA application_id = 5", "its header is not that of a study, as its tables are"),
    ],
)
def test_what_is_missing_or_changed_beside_the_trials_is_noticed(searched, tmp_path, change, why):
    shutil.copy(searched / "study.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute(change)
    assert refusal(tmp_path) == damage(tmp_path, why)


def test_a_store_of_before_there_were_totals_is_read_and_has_them_when_it_is_closed(searched, tmp_path):
    shutil.copy(searched / "study.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute("DELETE FROM held_out WHERE number < 0")
    assert results(tmp_path) == results(searched)
    given = {"initial_points": [{"a": 7, "mask": [0] * 12}], "constraints": {"loss": {"max": 60}}}
    programs.study(tmp_path, **given).close()
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        assert connection.execute("SELECT number FROM held_out ORDER BY number").fetchall() == [(-2,), (-1,), (0,)]
    assert results(tmp_path) == results(searched)


@pytest.fixture
def killed(tmp_path):
    """Return the folder of a search that was killed, whose last trials are in the log alone."""
    place = tmp_path / "killed"
    assert programs.kill_when(programs.start(place, 10**6), place, 60) == -signal.SIGKILL
    assert log_of(place / "study.db").stat().st_size > 0
    return place


def test_a_killed_search_that_is_copied_without_its_log_is_refused(killed, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(killed / "study.db", copy)
    for attempt in (Study.open, programs.study, programs.study):
        with pytest.raises(FgspaceError) as error:
            attempt(copy)
        assert str(error.value) == (
            f"{str(copy / 'study.db')!r} lacks its log, 'study.db-wal', which holds the last trials of a search that"
            f" was killed; copy that file too, or copy what is there by: fgspace repair {copy}"
        )
    (copy / "study.db-wal").touch()  # as a program leaves it that opens the copy
    with pytest.raises(FgspaceError, match="lacks its log"):
        Study.open(copy)
    shutil.copy(log_of(killed / "study.db"), copy)
    assert results(copy) == results(killed)


def test_a_copy_of_a_log_that_was_cut_off_within_a_page_is_refused(killed, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(killed / "study.db", copy)
    log = log_of(killed / "study.db").read_bytes()
    for left in (len(log) - 1, len(log) // 2 + 100, 40):
        log_of(copy / "study.db").write_bytes(log[:left])
        if (left - 32) % (24 + 4096) > 24:
            assert refusal(copy) == damage(copy, "its log was cut off within a page")
    log_of(copy / "study.db").write_bytes(log)
    assert results(copy) == results(killed)


def test_no_bit_that_flips_in_the_log_of_a_killed_search_changes_a_result_without_a_word(killed, tmp_path):
    database, log, rng = (killed / "study.db").read_bytes(), log_of(killed / "study.db").read_bytes(), Random(3)
    whole = results(killed)
    copy = tmp_path / "copy"
    refused = 0
    for bit in (*range(0, 256, 7), *(rng.randrange(len(log) * 8) for _ in range(60))):
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        (copy / "study.db").write_bytes(database)
        log_of(copy / "study.db").write_bytes(flipped(log, bit))
        found = outcome(copy)
        assert found in (None, whole)
        refused += found is None
    assert refused > 60


def test_a_search_that_is_killed_while_it_closes_its_file_is_whole(searched, tmp_path):
    shutil.copy(searched / "study.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    assert not log_of(tmp_path / "study.db").exists()
    assert results(tmp_path) == results(searched)


def unchecked(searched, place):
    """Make the store of an earlier version out of one of this version."""
    place.mkdir(exist_ok=True)
    shutil.copy(searched / "study.db", place)
    with closing(sqlite3.connect(place / "study.db", isolation_level=None)) as connection:
        connection.execute("DROP TABLE held_out")
        for table, columns in {
            "study": ("checksum", "trials", "told"),
            "trials": ("proposal_checksum", "outcome_checksum"),
        }.items():
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.close()


def options():
    return {"initial_points": [{"a": 7, "mask": [0] * 12}], "constraints": {"loss": {"max": 60}}}


def test_a_store_without_checksums_is_read_and_has_them_once_it_is_gone_on_with(searched, tmp_path):
    unchecked(searched, tmp_path)
    whole = results(searched)[0]
    assert results(tmp_path)[0] == whole
    study = programs.study(tmp_path, **options())
    assert list(study.trials) == whole
    study.run(programs.loss, trials=160)
    study.close()
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        columns = "count(*), count(proposal_checksum), count(outcome_checksum)"
        trials, *checked = connection.execute(f"SELECT {columns} FROM trials").fetchone()
        assert (trials, checked) == (160, [160, 160])
        connection.execute("UPDATE trials SET seconds = 4 WHERE number = 3")
    assert refusal(tmp_path) == damage(tmp_path, "trial 3 does not match its checksum")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("state = 'compleue'", "its state is 'compleue'"),
        ("told = NULL", None),
        ("state = 'running'", "its place in the order of telling is 7"),
        ("point = '[1]'", "zip() argument 2 is shorter than argument 1"),
        ("point = '{\"b\": 1}'", "its point is {'b': 1}"),
        ("point = '1'", "its point is 1"),
        ('metrics = \'{"loss": "1"}\'', "its metrics are {'loss': '1'}"),
        ("metrics = '[]'", "its metrics are []"),
        ("seconds = 'x'", "its seconds are 'x'"),
        ("duplicate_of = 9", "it is a duplicate of 9"),
        ("lineage = '9 mutate'", "its parents are [9]"),
        ("lineage = 'x mutate'", "invalid literal for int() with base 10: 'x'"),
        ("curve = '[[2,{}],[1,{}]]'", "its curve is (Report(epoch=2, metrics={}), Report(epoch=1, metrics={}))"),
        ("curve = '[[1]]'", "Report.__new__() missing 1 required positional argument: 'metrics'"),
    ],
)
def test_a_row_without_checksums_that_is_no_trial_is_named(searched, tmp_path, change, why):
    unchecked(searched, tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute(f"UPDATE trials SET {change} WHERE number = 7")
        (trials,) = connection.execute("SELECT count(*) FROM trials").fetchone()
    connection.close()
    expected = f"trial 7: {why}" if why else f"it holds {trials} of {trials} trials, {trials - 1} of {trials} told"
    assert refusal(tmp_path) == damage(tmp_path, expected)
    with pytest.raises(FgspaceError):
        programs.study(tmp_path, **options())


def test_seconds_of_any_number_come_back_as_they_are(tmp_path):
    study = programs.study(tmp_path)
    for seconds in (3, 0.1, -0.0, float("nan"), float("inf"), None):
        study.tell(study.ask(), {"loss": 1}, seconds=seconds)
    study.close()
    assert [trial.seconds for trial in Study.open(tmp_path).trials] == [3, 0.1, 0, None, float("inf"), None]


def refusal(place):
    with pytest.raises(FgspaceError) as error:
        results(place)
    return str(error.value)


def damage(folder, why):
    return (
        f"{str(folder / 'study.db')!r} is damaged: {why}; restore it from a copy, or copy what is sound by:"
        f" fgspace repair {folder}"
    )


def test_a_program_that_ends_without_closing_its_study_leaves_it_whole(tmp_path):
    for ending in ("", "; del s", "; sys.exit(3)", "; raise ValueError", "; os.fork() or sys.exit(); os.wait()"):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        program = f"from search_programs import *; s = study({str(folder)!r}); s.run(loss, 20){ending}"
        subprocess.run([sys.executable, "-c", program], cwd=TESTS, capture_output=True, check=False)
        assert [path.name for path in folder.iterdir()] == ["study.db"]
        assert len(results(folder)[0]) >= 20
        programs.study(folder).close()
