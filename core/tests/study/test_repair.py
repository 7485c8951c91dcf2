"""`fgspace repair`: what is sound of a damaged study goes on in a new one."""

import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from fgspace import FgspaceError
from fgspace.cli import main
from fgspace.study.storage.log import log_of
from fgspace.study.study import Study

sys.path.insert(0, str(Path(__file__).parents[1]))
programs = import_module("search_programs")
GIVEN = [{"a": 7, "mask": [0] * 12}, {"a": 9, "mask": [1] * 12}]
COMMAND = """\
search_space: {type: FineGrainedSpace, hyper_parameters: {a: {int: [0, 9999]}}}
evaluator: {type: Measures}
objectives: {loss: min}
budget: {trials: 20}
"""
MEASURES = """
import fgspace

@fgspace.register(kind="evaluator")
class Measures:
    metrics = ("loss",)
    input_shape = None

    def __init__(self, seed: int = 0):
        pass

    def __call__(self, description):
        return {"loss": description["a"]}
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    study = programs.study(folder, initial_points=GIVEN)
    study.run(programs.loss, trials=60)
    study.keep_held_out(study.trials[3], {"test_loss": 0.25})
    study.keep_held_out(study.trials[50], {"test_loss": 0.5})
    study.close()
    return folder


@pytest.fixture
def copy(searched, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(searched, folder)
    return folder


def change(folder, statement):
    with sqlite3.connect(folder / "study.db") as connection:
        connection.execute(statement)
    connection.close()


def trials(folder):
    with closing(Study.open(folder)) as results:
        return list(results.trials), [results.held_out(trial.number) for trial in results.trials]


def outline(trial):
    return trial.point, trial.state, trial.metrics, trial.error, trial.seconds


def test_sound_trials_are_kept_and_lost_ones_are_named(copy, searched, tmp_path, capsys):
    change(copy, "UPDATE trials SET point = '[1,[0]]' WHERE number = 20")
    change(copy, "DELETE FROM trials WHERE number = 59")
    change(copy, "UPDATE trials SET metrics = '{\"loss\":0}' WHERE number = 30")
    before = (copy / "study.db").read_bytes()
    assert main(["repair", str(copy)]) == 0
    out = tmp_path / "copy-repaired"
    assert capsys.readouterr().out.splitlines() == [
        f"{out}: 58 trials copied from {copy}, 57 of them finished",
        "lost: trials 20 and 59",
        "to be evaluated again, since the outcome is lost: trial 30",
        "renumbered: trials 21 to 58 are now 20 to 57",
    ]
    assert (copy / "study.db").read_bytes() == before
    assert sorted(path.name for path in copy.iterdir()) == ["study.db"]
    (whole, held_out), (kept, kept_held_out) = trials(searched), trials(out)
    old = [number for number in range(59) if number != 20]
    for number, trial in zip(old, kept, strict=True):
        if number == 30:
            assert (trial.point, trial.state, trial.metrics) == (whole[30].point, "running", {})
        else:
            assert outline(trial) == outline(whole[number])
        parents = [old.index(parent) for parent in whole[number].lineage["parents"] if parent != 20]
        assert trial.lineage == {**whole[number].lineage, "parents": parents}
    assert (kept_held_out[3], kept_held_out[49]) == (held_out[3], held_out[50])
    study = programs.study(out, initial_points=GIVEN)
    assert study.ask().point == whole[30].point
    study.put_back([study.trials[29]])
    study.run(programs.loss, trials=60)
    assert study.evaluated == 60


def test_a_given_point_that_is_lost_is_evaluated_again_at_its_place(copy, tmp_path, capsys):
    change(copy, "UPDATE trials SET point = '[1,[0]]' WHERE number = 1")
    assert main(["repair", str(copy), "--out", str(tmp_path / "new")]) == 0
    assert "to be evaluated again, since the outcome is lost: trial 1" in capsys.readouterr().out
    kept, _ = trials(tmp_path / "new")
    assert len(kept) == 60
    assert (kept[1].point, kept[1].state) == (GIVEN[1], "running")


def test_a_page_of_garbage_costs_only_the_trials_on_it(copy, searched, tmp_path, capsys):
    content = (copy / "study.db").read_bytes()
    start = content.index(b"mutate") // 4096 * 4096
    (copy / "study.db").write_bytes(content[:start] + Random(1).randbytes(4096) + content[start + 4096 :])
    with pytest.raises(FgspaceError, match="is damaged"):
        Study.open(copy)
    assert main(["repair", str(copy)]) == 0
    assert "\nlost: trials " in capsys.readouterr().out
    kept, _ = trials(tmp_path / "copy-repaired")
    whole = [outline(trial) for trial in trials(searched)[0]]
    assert 0 < len(kept) < 60
    assert all(outline(trial) in whole for trial in kept if trial.state != "running")


def test_a_store_that_lacks_its_log_is_copied_as_far_as_it_goes(tmp_path, capsys):
    folder, alone = tmp_path / "killed", tmp_path / "alone"
    assert programs.kill_when(programs.start(folder, 10**6), folder, 30) == -signal.SIGKILL
    alone.mkdir()
    shutil.copy(folder / "study.db", alone)
    assert main(["repair", str(alone)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "its log, 'study.db-wal', is missing: the trials that only it held are lost"
    assert sorted(path.name for path in alone.iterdir()) == ["study.db"]
    log = log_of(folder / "study.db")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    assert main(["repair", str(folder)]) == 0
    kept, _ = trials(tmp_path / "killed-repaired")
    assert len(kept) > 0
    assert programs.study(tmp_path / "killed-repaired").space


def test_a_sound_study_is_left_alone(copy, capsys):
    assert main(["repair", str(copy)]) == 0
    assert capsys.readouterr().out == f"{copy}: nothing is damaged; nothing was copied\n"
    assert not copy.with_name("copy-repaired").exists()


def test_what_cannot_be_repaired_is_refused(copy, tmp_path, capsys):
    assert main(["repair", str(tmp_path / "none")]) == 2
    database = tmp_path / "none" / "study.db"
    assert capsys.readouterr().err == f"there is no study at {str(database)!r}; name the folder of one\n"
    change(copy, "UPDATE study SET identity = replace(identity, 'loss', 'lost')")
    change(copy, "UPDATE held_out SET checksum = checksum + 1 WHERE number = -2")  # the second copy
    assert main(["repair", str(copy)]) == 2
    assert capsys.readouterr().err == (
        f"{str(copy / 'study.db')!r} cannot be repaired: what it says of the study as a whole is damaged; start anew\n"
    )
    change(copy, "UPDATE study SET identity = replace(identity, 'lost', 'loss')")
    change(copy, "DELETE FROM trials WHERE number = 59")
    assert main(["repair", str(copy)]) == 0
    capsys.readouterr()
    assert main(["repair", str(copy)]) == 2
    out = tmp_path / "copy-repaired"
    assert capsys.readouterr().err == f"{out}: holds a study already; name another folder by --out\n"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE study SET identity = replace(identity, 'loss', 'lost')",
        "UPDATE study SET checksum = 7",
        "DELETE FROM study",
        "DROP TABLE held_out",
        "DELETE FROM held_out WHERE number = 50",
        "UPDATE study SET trials = 100000000",
        "UPDATE study SET trials = 'many'",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = 64",
        "PRAGMA application_id = 3",
    ],
)
def test_what_is_damaged_beside_the_trials_costs_none_of_them(copy, searched, tmp_path, capsys, statement):
    change(copy, statement)
    with pytest.raises(FgspaceError):
        Study.open(copy)
    assert main(["repair", str(copy)]) == 0
    out = tmp_path / "copy-repaired"
    assert capsys.readouterr().out == f"{out}: 60 trials copied from {copy}, 60 of them finished\n"
    assert list(map(outline, trials(out)[0])) == list(map(outline, trials(searched)[0]))


@pytest.mark.soak
def test_a_bit_of_the_header_that_flips_costs_no_trial(copy, searched, tmp_path, capsys):
    whole, content, refused = trials(searched), (copy / "study.db").read_bytes(), 0
    for bit in range(0, 800, 3):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        (copy / "study.db").write_bytes(changed)
        out = tmp_path / f"bit {bit}"
        assert main(["repair", str(copy), "--out", str(out)]) == 0
        if out.exists():
            refused += 1
            assert (len(trials(out)[0]), trials(out)[1]) == (60, whole[1])
    capsys.readouterr()
    assert refused > 100


@pytest.mark.parametrize("left", [20_000, 4096 * 4 + 1, 4096 * 3])
def test_a_file_that_was_cut_off_is_copied_as_far_as_it_goes(copy, searched, tmp_path, capsys, left):
    content = (copy / "study.db").read_bytes()
    (copy / "study.db").write_bytes(content[:left])
    assert main(["repair", str(copy)]) == 0
    assert "\nlost: trials " in capsys.readouterr().out
    whole = [outline(trial) for trial in trials(searched)[0]]
    assert all(outline(trial) in whole for trial in trials(tmp_path / "copy-repaired")[0] if trial.state != "running")


def test_the_command_that_is_printed_goes_on_with_the_search(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("measures.py").write_text(MEASURES)
    Path("file.yaml").write_text(COMMAND)
    mine = ["-p", "./measures.py"]
    assert main(["search", "file.yaml", "--out", "a search", *mine]) == 0
    change(Path("a search"), "DELETE FROM trials WHERE number = 4")
    capsys.readouterr()
    assert main(["repair", "a search", *mine]) == 0
    *_, command = capsys.readouterr().out.splitlines()
    assert command == (
        "next: fgspace search 'a search-repaired/experiment.yaml' --out 'a search-repaired' --resume -p ./measures.py"
    )
    arguments = ["search", "a search-repaired/experiment.yaml", "--out", "a search-repaired", "--resume", *mine]
    assert main(arguments) == 0
    assert [trial.state for trial in trials(Path("a search-repaired"))[0]] == ["complete"] * 20
