"""`fgspace report`: every kind of study, names of any kind, and mistakes."""

import html
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import fgspace as fg
import pytest
from fgspace.cli import main

sys.path.insert(0, str(Path(__file__).parents[3] / "tests"))
from report_studies import NETWORK, search

ODD = {"<b>acc</b>": "max", 'lat "ms"': "min", "../macs": "min"}


def study_in(place, evaluate, trials, objectives=None):
    study = fg.Study(fg.space(NETWORK, (3, 16, 16)), "RandomSearch", objectives or {"a": "max"}, store=place)
    study.run(evaluate, trials, warn=False)
    study.close()
    return place


def asked(place, trials):
    study = fg.Study(fg.space(NETWORK, (3, 16, 16)), "RandomSearch", {"a": "max"}, store=place)
    for _ in range(trials):
        study.ask()
    study.close()
    return place


def failing(description):
    raise RuntimeError("boom")


STUDIES = {
    "without trials": lambda place: asked(place / "study", 0),
    "with running trials only": lambda place: asked(place / "study", 2),
    "of failures": lambda place: study_in(place / "study", failing, 5),
    "of one trial": lambda place: study_in(place / "study", lambda _: {"a": 1.0}, 1),
    "of equal values": lambda place: study_in(place / "study", lambda _: {"a": 1.0}, 30),
    "in a file": lambda place: study_in(place / "study.db", lambda _: {"a": 1.0}, 5),
    "of odd names": lambda place: study_in(place / "study", lambda _: dict.fromkeys(ODD, 0.5), 25, ODD),
}


@pytest.mark.parametrize("kind", STUDIES)
def test_any_study_has_a_page_and_figures_that_are_sound(kind, tmp_path, capsys):
    place = STUDIES[kind](tmp_path)
    assert main(["report", str(place), "-o", str(tmp_path / "page.html"), "--svg", "--csv"]) == 0
    files = sorted((tmp_path / "page_figures").iterdir())
    assert capsys.readouterr().out == f"{tmp_path / 'page.html'}\n{tmp_path / 'page_figures'}: {len(files)} files\n"
    for file in files:
        if file.suffix == ".svg":
            ElementTree.fromstring(file.read_text("utf-8"))
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "<b>acc" not in text
    assert text.count("<h1>") == 1


def test_a_page_without_a_type_that_is_missing_says_so_and_has_all_else(tmp_path, capsys):
    experiment = {
        "search_space": {"type": "FineGrainedSpace", "modules": ["net"], "net": {"type": "ResNet", "depth": 20}}
    }
    study = fg.Study(fg.space(experiment), "RandomSearch", {"a": "max"}, store=tmp_path / "study")
    study.run(lambda _: {"a": 1.0}, 1)
    study.close()
    assert main(["report", str(tmp_path / "study"), "--no-plugin", "resnet"]) == 0
    text = html.unescape((tmp_path / "study" / "report.html").read_text("utf-8"))
    assert "cannot be drawn: unknown" in text.replace("</text>", " ").replace("  ", " ")


def test_the_data_of_a_report_are_one_object(tmp_path, capsys):
    folder = search(tmp_path / "study", trials=30)
    capsys.readouterr()
    assert main(["report", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["format"], told["comparison"]) == ("report/1", 1, None)
    assert len(told["studies"][0]["trials"]["state"]) == len(fg.Study.open(folder).trials)
    assert not (folder / "report.html").exists()


def test_mistakes_are_named(tmp_path, capsys):
    folder = search(tmp_path / "study", trials=2)
    cases = {
        (str(tmp_path / "none"),): f"there is no study at '{tmp_path / 'none' / 'study.db'}'; name the folder of one",
        (str(folder), str(folder)): f"'{folder}' is named twice; name each study once",
        (str(folder), "-o", str(tmp_path)): f"--output: '{tmp_path}' is a folder; name a file, such as"
        f" '{tmp_path / 'report.html'}'",
        (str(folder), "-o", "/proc/none/x.html"): "'/proc/none' cannot be written: No such file or directory; name"
        " another place by -o",
    }
    for arguments, message in cases.items():
        assert main(["report", *arguments]) == 2
        assert capsys.readouterr().err == f"{message}\n"


def test_what_asks_for_no_report_imports_nothing_of_it():
    program = (
        "import sys, fgspace.cli.commands.search, fgspace.cli.commands.list, fgspace.runs.driver\n"
        "print([name for name in sys.modules if name.startswith("
        "('fgspace.runs.reports', 'fgspace.runs.figures', 'fgspace.runs.pages', 'fgspace.runs.plot'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
