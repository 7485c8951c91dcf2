"""A study that was begun while the rules were core's own goes on as it would have: data/before_rooms holds one."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

DATA = Path(__file__).parent / "data" / "before_rooms"
COLUMNS = ("number", "point", "state", "metrics", "error", "curve")


@pytest.fixture
def begun(tmp_path):
    """The folder of a search that has eight trials, beside the files that it was begun with."""
    for name in ("search.yaml", "evaluators.py"):
        shutil.copy(DATA / name, tmp_path)
    (tmp_path / "out").mkdir()
    for name in ("study.db", "experiment.yaml"):
        shutil.copy(DATA / name, tmp_path / "out")
    return tmp_path / "out"


def trials(folder):
    """Return the trials from the ninth on, as the store has them."""
    with closing(sqlite3.connect(folder / "study.db")) as store:
        rows = store.execute(f"SELECT {', '.join(COLUMNS)} FROM trials WHERE number >= 8 ORDER BY number").fetchall()
    plain = ("number", "state", "error")
    return [
        {name: value if name in plain else json.loads(value) for name, value in zip(COLUMNS, row, strict=True)}
        for row in rows
    ]


def test_the_data_name_the_rule_as_core_did():
    assert (
        yaml.safe_load((DATA / "experiment.yaml").read_text())["early_stopping"]["type"] == "fgspace/SuccessiveHalving"
    )
    with closing(sqlite3.connect(DATA / "study.db")) as store:
        identity = json.loads(store.execute("SELECT identity FROM study").fetchone()[0])
    assert identity["early_stopping"]["type"] == "fgspace.search.stopping.successive_halving:SuccessiveHalving"
    assert identity["origins"] == {"program/Parabola": "this program"}
    assert trials(DATA) == []


@pytest.mark.parametrize("file", ["search.yaml", "out/experiment.yaml"])
def test_it_proposes_and_stops_what_the_version_that_began_it_did(fgspace, begun, file):
    done = fgspace("search", file, "-p", "./evaluators.py", "--out", "out", "--resume", "--trials", "14")
    assert (done.returncode, done.stderr) == (0, "")
    assert trials(begun) == json.loads((DATA / "trials_8_to_13.json").read_text())
    frozen = yaml.safe_load((begun / "experiment.yaml").read_text())
    assert frozen["early_stopping"] == {"type": "stopping/SuccessiveHalving", "eta": 2}
    assert frozen["origins"]["stopping/SuccessiveHalving"] == "fgspace-plugin-stopping 0.1.0"


def test_what_goes_on_from_the_file_goes_on_from_what_was_frozen_anew(fgspace, begun):
    search = ("-p", "./evaluators.py", "--out", "out", "--resume", "--trials")
    for file, count in (("search.yaml", "10"), ("out/experiment.yaml", "14")):
        done = fgspace("search", file, *search, count)
        assert (done.returncode, done.stderr) == (0, "")
    assert trials(begun) == json.loads((DATA / "trials_8_to_13.json").read_text())


def test_another_rule_is_refused_by_its_present_name(fgspace, begun):
    file = begun.parent / "search.yaml"
    file.write_text(file.read_text().replace("{type: SuccessiveHalving, eta: 2}", "{type: SuccessiveHalving, eta: 4}"))
    done = fgspace("search", "search.yaml", "-p", "./evaluators.py", "--out", "out", "--resume")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "search.yaml:11:48: early_stopping.eta is 2 in the study, and 4 here\n"
        "out: to resume it, make the file as it was; to begin a new study with its front:"
        " fgspace search search.yaml --from out -p ./evaluators.py\n",
    )
    assert trials(begun) == []
