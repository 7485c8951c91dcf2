"""What `--json` prints is what its schema says, for every command; and a program can drive a search by that alone."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fgspace.cli import COMMANDS

ROOT = Path(__file__).parents[1]
SCHEMAS: dict[str, Any] = json.loads((ROOT / "docs" / "schemas.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "programs.md").read_text("utf-8")
MINE = '''
"""An evaluator that prints, reports what it is at, and fails now and then; a block and an exporter."""

import os

import fgspace
from fgspace import FineGrainedSpace, InWidth, nn

print("printed when it is imported")


@fgspace.register(kind="evaluator")
class Mine:
    metrics = ("score",)

    def __init__(self, seed: int = 0):
        pass

    def train(self, description, *, folder, report=None):
        return {"score": description["body"]["width"]}

    def __call__(self, description):
        fgspace.progress("epoch", 1, of=1)
        print("printed in a trial")
        os.system("echo printed by a program")
        if description["body"]["width"] == 16:
            raise ValueError("16 is too wide")
        return {"score": description["body"]["width"]}


@fgspace.register
class Pair(FineGrainedSpace):
    """Two convolutions."""

    def constructor(self, inchannel: InWidth, width: int = 8):
        self.first = nn.Conv2d(inchannel, width, 3, padding=1)
        self.second = nn.Conv2d(width, 4, 1)


@fgspace.register(kind="exporter")
def nothing(model, path, input_shape):
    """Writes nothing."""
    path.write_text("")
    return "nothing was lost"
'''
FILE = """\
search_space:
  type: FineGrainedSpace
  modules: [body]
  body: {type: Pair, width: {choice: [8, 12, 16]}}
search_algorithm: {type: GridSearch}
evaluator: {type: Mine}
objectives: {score: max, params: min}
budget: {trials: 3}
"""
Told = Callable[..., tuple[int, list[dict[str, Any]], list[dict[str, Any]]]]


def strict(schema: Any) -> Any:
    """Return a schema that refuses keys that it does not name."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        if "properties" in closed:
            closed.setdefault("additionalProperties", False)
        return closed
    return [strict(one) for one in schema] if isinstance(schema, list) else schema


STRICT = {name: strict(deepcopy(schema)) for name, schema in SCHEMAS.items()}


def valid(told: dict[str, Any]) -> dict[str, Any]:
    jsonschema.validate(told, STRICT[told["schema"]])
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a search that has ended."""
    folder = tmp_path_factory.mktemp("driven")
    (folder / "mine.py").write_text(MINE)
    (folder / "file.yaml").write_text(FILE)
    return folder


ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def told(folder: Path) -> Told:
    """Return a function that runs a command with --json, and returns its status and the objects it printed."""

    def run(*arguments: str) -> tuple[int, list[dict[str, Any]], list[dict[str, Any]]]:
        done = subprocess.run(
            [sys.executable, "-m", "fgspace", *arguments, "--json", "-p", "./mine.py"],
            cwd=folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=200,
        )
        errors = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        return done.returncode, [valid(json.loads(line)) for line in done.stdout.splitlines()], list(map(valid, errors))

    return run


@pytest.fixture(scope="module")
def searched(told: Told) -> list[dict[str, Any]]:
    status, printed, errors = told("search", "file.yaml", "--out", "out", "--workers", "2")
    assert (status, errors) == (0, [])
    return printed


def test_every_schema_is_one() -> None:
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_page_names_every_command_and_every_schema() -> None:
    rows = re.findall(r"^\| `([\w-]+)[^`]*` \| `([\w-]+/\d+)`", PAGE, re.MULTILINE)
    assert {command for command, _ in rows} == {*COMMANDS}
    assert {schema for _, schema in rows} | {"error/1", "note/1", "status-file/1"} == {*SCHEMAS}


def test_a_search_tells_its_events(searched: list[dict[str, Any]], folder: Path) -> None:
    began, *trials, ended = searched
    assert [event["event"] for event in searched] == ["began", "trial", "trial", "trial", "ended"]
    assert (began["trials"], began["objectives"]) == (3, {"score": "max", "params": "min"})
    assert sorted(trial["state"] for trial in trials) == ["complete", "complete", "failed"]
    assert [trial["metrics"]["score"] for trial in ended["front"]] == [8, 12]
    assert (ended["counts"], ended["exit_status"]) == ({"complete": 2, "failed": 1}, 0)
    assert (folder / ended["front"][0]["folder"] / "description.yaml").exists()
    valid(json.loads((folder / "out" / "status.json").read_text()))


ONES = {
    "status": ("out",),
    "watch": ("out",),
    "report": ("out",),
    "why": ("out", "1"),
    "repair": ("out",),
    "new": ("acme",),
    "schema": (),
    "list": (),
    "plugins": (),
    "show": ("Pair",),
    "check": ("file.yaml",),
    "build": ("file.yaml",),
    "export": ("file.yaml", "--format", "nothing", "--random"),
}


@pytest.mark.parametrize("command", ONES)
@pytest.mark.usefixtures("searched")
def test_a_command_prints_one_object_of_its_schema(told: Told, command: str) -> None:
    status, (one,), errors = told(command, *ONES[command])
    assert (status, errors) == (0, [])
    assert one["schema"].partition("/")[0] in {command, "status" if command == "watch" else "show-type"}


@pytest.mark.usefixtures("searched")
def test_a_network_is_trained(told: Told) -> None:
    status, (one,), errors = told("train", "out", "--best")
    assert (status, one["schema"], [network["metrics"] for network in one["networks"]]) == (
        0,
        "train/1",
        [{"score": 12}],
    )
    assert {error["schema"] for error in errors} <= {"note/1"}


def test_a_plugin_is_checked(told: Told) -> None:
    status, (one,), _ = told("check", "stopping")
    assert (status, one["schema"], one["failed"]) == (0, "check-plugin/1", 0)
    assert one["text"].endswith("in order")


def test_a_file_is_shown_and_sampled(told: Told) -> None:
    _, (shown,), _ = told("show", "file.yaml")
    assert (shown["schema"], shown["size"], shown["hyper_parameters"][0]["domain"]) == (
        "show-file/1",
        3,
        {"choice": [8, 12, 16]},
    )
    _, points, _ = told("sample", "file.yaml", "-n", "2")
    assert [(point["schema"], point["number"]) for point in points] == [("sample/1", 0), ("sample/1", 1)]


def test_a_file_of_another_tool_is_converted(told: Told, folder: Path) -> None:
    foreign = ROOT / "plugins" / "migrate" / "tests" / "files" / "paddleslim" / "sanas.json"
    status, (one,), errors = told("convert", str(foreign))
    assert (status, one["schema"], one["out"], errors) == (0, "convert/1", None, [])
    assert one["experiment"].startswith("# Converted from sanas.json")


def test_the_problems_of_a_file_are_told_with_their_places(told: Told, folder: Path) -> None:
    (folder / "wrong.yaml").write_text(FILE.replace("Pair", "Pear").replace("trials: 3", "trials: three"))
    status, printed, (error,) = told("check", "wrong.yaml")
    assert (status, printed, error["schema"], error["exit_status"]) == (2, [], "error/1", 2)
    places = [(one["file"], one["line"], one["column"], one["path"]) for one in error["problems"]]
    assert places == [("wrong.yaml", 4, 16, "body.type"), ("wrong.yaml", 8, 18, "budget.trials")]
    assert error["problems"][0]["message"] == "unknown module type 'Pear'; did you mean 'Pair'?"


def test_wrong_arguments_are_told_as_an_error(told: Told) -> None:
    assert told("status")[2][0]["message"] == "the following arguments are required: DIR"
    assert told("sample", "file.yaml", "-n", "none")[2][0]["message"] == (
        "argument -n: expected a whole number of at least 1, got 'none'"
    )


def test_a_search_without_a_feasible_trial_says_so(told: Told, folder: Path) -> None:
    (folder / "none.yaml").write_text(FILE.replace("budget", "constraints: {score: {min: 99}}\nbudget"))
    status, printed, _ = told("search", "none.yaml", "--out", "none")
    assert (status, printed[-1]["exit_status"], printed[-1]["front"]) == (3, 3, [])
    assert printed[-1]["infeasible"].startswith("no trial is feasible: 1 failed, 2 infeasible of 3")


def test_a_program_can_stop_a_search(folder: Path) -> None:
    (folder / "long.yaml").write_text(FILE.replace("[8, 12, 16]", str(list(range(1, 2000)))).replace("3}", "1900}"))
    command = [sys.executable, "-m", "fgspace", "search", "long.yaml", "--out", "long", "--json", "-p", "./mine.py"]
    with subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = [valid(json.loads(process.stdout.readline())) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=100)
    assert [event["event"] for event in first] == ["began", "trial"]
    last = valid(json.loads(rest.splitlines()[-1]))
    assert (process.returncode, last["event"], last["exit_status"]) == (130, "ended", 130)
    notes = [valid(json.loads(line)) for line in errors.splitlines() if line.startswith("{")]
    assert [note["message"] for note in notes] == ["stopping; once more to stop at once"]


@pytest.mark.soak
def test_the_example_drives_a_whole_search(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "drive.py", "file.yaml", "driven", "-p", "./mine.py"],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[1]) == (0, "GridSearch goes for 3 trials")
    assert lines[-3:] == [
        "front of 2, exit status 0",
        "finally finished",
        "best score 12: 388 parameters in 2 parts",
    ]
    wrong = [sys.executable, ROOT / "examples" / "drive.py", "absent.yaml", "absent"]
    done = subprocess.run(wrong, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (1, "absent.yaml: no such file or directory\n")
