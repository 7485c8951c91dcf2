"""`fgspace search`: its files, failed trials, and how it resumes."""

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import fgspace as library
import pytest
import yaml
from fgspace.documents.digest import digest

TOO_LONG = "no trial is feasible: 2 failed of 2; most often (2 times): took longer than 0.2 seconds\n"
MINE = ("-p", "./my_blocks.py")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def outcomes(file: Path) -> list[tuple[str, ...]]:
    """Return the rows of a table of trials, without the times."""
    return [tuple(value for name, value in row.items() if name != "seconds") for row in rows(file)]


@pytest.fixture
def searched(fgspace, folder):
    """Return the folder of a finished search of the hill."""
    done = fgspace("search", "hill.yaml", "--out", "out", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out"


def test_a_search_ends_in_the_table_of_the_front_the_files_and_what_to_run_next(fgspace, folder):
    done = fgspace("search", "hill.yaml", "--out", "out", "--trials", "5", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == """\
Auto: RandomSearch, since no installed algorithm suits the search better
trial    0  score -6.1  size 1  on the front
trial    1  score -1.1  size 64  on the front
trial    2  score -2.1  size 25  on the front
trial    3  score -0.1  size 49  on the front
trial    4  score -2.1  size 25  on the front

front: 4 of 5 trials
TRIAL  SCORE  SIZE
    0   -6.1     1
    2   -2.1    25
    3   -0.1    49
    4   -2.1    25

out/study.db          every trial
out/experiment.yaml   the search as it was run, names and versions in full
out/machines.json     where it ran
out/trials.csv        every trial, as a table
out/pareto_front.csv  the front, as a table
out/front             for each trial of the front: description.yaml, metrics.json, weights.pt

next: fgspace show out/front/0/description.yaml -p ./my_blocks.py
"""
    )


def test_a_trial_that_raises_or_runs_out_of_memory_is_recorded_and_the_search_goes_on(searched):
    table = rows(searched / "trials.csv")
    assert [row["number"] for row in table] == [str(number) for number in range(12)]
    wrong = {(row["depth"], row["state"], row["error"]) for row in table if row["depth"] in "34"}
    assert wrong
    assert wrong <= {
        ("3", "failed", "ValueError: depth 3 does not converge"),
        ("4", "failed", "MemoryError: no room for depth 4"),
    }
    assert all(row["state"] == "complete" and row["error"] == "" for row in table if row["depth"] not in "34")


def test_the_tables_hold_every_trial_and_the_front_as_the_study_has_them(searched):
    study = library.Study.open(searched)
    table = rows(searched / "trials.csv")
    assert list(table[0]) == [
        *("number", "state", "depth", "evaluator.rate", "mask", "score", "size", "seconds", "duplicate_of", "error"),
    ]
    for row, trial in zip(table, study.trials, strict=True):
        point = {
            "depth": int(row["depth"]),
            "mask": json.loads(row["mask"]),
            "evaluator.rate": float(row["evaluator.rate"]),
        }
        assert (point, row["state"]) == (trial.point, trial.state)
        assert [row["score"], row["size"]] == [str(trial.metrics.get(name, "")) for name in ("score", "size")]
    front = [int(row["number"]) for row in rows(searched / "pareto_front.csv")]
    assert front == [trial.number for trial in study.front()]
    assert sorted(int(path.name) for path in (searched / "front").iterdir()) == front
    study.close()


def test_the_same_seed_gives_the_same_search_and_another_seed_another(fgspace, folder, searched):
    for out, seed in [("again", "3"), ("other", "4")]:
        assert fgspace("search", "hill.yaml", "--out", out, "--seed", seed, *MINE).returncode == 0
    assert outcomes(folder / "again" / "trials.csv") == outcomes(searched / "trials.csv")
    assert outcomes(folder / "other" / "trials.csv") != outcomes(searched / "trials.csv")


def test_a_search_that_is_gone_on_with_proposes_what_one_that_never_stopped_does(fgspace, folder, searched):
    assert fgspace("search", "hill.yaml", "--out", "part", "--trials", "4", *MINE).returncode == 0
    done = fgspace("search", "hill.yaml", "--out", "part", "--resume", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    picked, first, *_ = done.stdout.splitlines()
    assert picked == "Auto: RandomSearch, which the study was begun with"
    assert first.startswith("trial    4")
    assert outcomes(folder / "part" / "trials.csv") == outcomes(searched / "trials.csv")


def test_the_frozen_experiment_is_the_same_space_runs_by_itself_and_goes_on_with_the_study(fgspace, folder, searched):
    frozen = yaml.safe_load((searched / "experiment.yaml").read_text())
    assert (frozen["seed"], frozen["evaluator"]["type"]) == (3, "program/Hill")
    digests = {
        line
        for file in ("hill.yaml", "out/experiment.yaml")
        for line in fgspace("show", file, *MINE).stdout.splitlines()
        if line.startswith("digest")
    }
    assert digests == {"digest    e5897420af9527d3"}
    assert fgspace("search", "out/experiment.yaml", "--out", "again", *MINE).returncode == 0
    assert outcomes(folder / "again" / "trials.csv") == outcomes(searched / "trials.csv")
    done = fgspace("search", "hill.yaml", "--out", "again", "--resume", "--trials", "14", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    done = fgspace("search", "out/experiment.yaml", "--out", "again", "--resume", "--trials", "15", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(rows(folder / "again" / "trials.csv")) == 15


def test_without_a_folder_each_search_gets_its_own_and_the_last_is_gone_on_with(fgspace, folder):
    for arguments in ([], [], ["--resume", "--trials", "3"]):
        assert fgspace("search", "hill.yaml", "--trials", "2", *arguments, *MINE).returncode == 0
    assert sorted(path.name for path in (folder / "runs").iterdir()) == ["hill", "hill-2"]
    assert [len(rows(folder / "runs" / name / "trials.csv")) for name in ("hill", "hill-2")] == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "out"], "out: holds a study already; continue it with --resume, or choose another --out\n"),
        (["--out", "new", "--resume"], "new: there is no study to resume; leave --resume out to start one\n"),
        (
            ["--out", "out", "--resume", "--seed", "4"],
            "--seed: seed is 3 in the study, and 4 here\n"
            "out: to resume it, make the file as it was; to begin a new study with its front:"
            " fgspace search hill.yaml --from out -p ./my_blocks.py\n",
        ),
        (
            ["--out", "text", "--resume"],
            "'text/study.db' is not a study: it is not an SQLite file; name another folder\n",
        ),
        (["--out", "file"], "--out: 'file' is a file; name a folder, which is made where there is none\n"),
        (
            ["--out", "-a b.db"],
            "--out: expected a folder, got the name of a file, '-a b.db'; write --out './-a b'\n",
        ),
    ],
)
def test_a_folder_that_cannot_be_searched_in_is_refused(fgspace, folder, searched, arguments, message):
    (folder / "text").mkdir()
    (folder / "text" / "study.db").write_text("not a database, but long enough to be looked at")
    (folder / "file").write_text("")
    before = (searched / "trials.csv").read_bytes()
    done = fgspace("search", "hill.yaml", *arguments, *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert (searched / "trials.csv").read_bytes() == before


def test_a_file_without_an_evaluator_can_be_looked_at_but_not_searched(fgspace, folder):
    (folder / "bare.yaml").write_text("search_space: {type: FineGrainedSpace, hyper_parameters: {a: [1, 2]}}\n")
    done = fgspace("search", "bare.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the file has no evaluator; add for instance evaluator: {type: ImageClassification}\n"


def test_workers_import_the_modules_of_the_user_and_one_that_dies_costs_its_trial(fgspace, folder):
    done = fgspace("search", "hill.yaml", "--out", "out", "--workers", "2", "--trials", "20", *MINE, HILL_KILLS="1")
    assert (done.returncode, done.stderr) == (0, "")
    table = rows(folder / "out" / "trials.csv")
    assert sum(row["state"] == "complete" for row in table) >= 10
    errors = {row["depth"]: row["error"] for row in table if row["error"]}
    assert errors["6"] == "the worker process died: exit code 9"
    assert {depth: error for depth, error in errors.items() if depth != "6"}.items() <= {
        ("3", "ValueError: depth 3 does not converge"),
        ("4", "MemoryError: no room for depth 4"),
    }


@pytest.mark.parametrize(
    "limit",
    ["executor: {type: ProcessExecutor, workers: 2, seconds: 0.2}", "budget: {trials: 2, trial_seconds: 0.2}"],
)
def test_a_trial_that_takes_too_long_is_ended_even_where_one_runs_at_a_time(fgspace, folder, limit):
    file = folder / "hill.yaml"
    file.write_text(file.read_text().replace("budget: {trials: 12}", "") + limit + "\n")
    done = fgspace("search", "hill.yaml", "--out", "out", "--trials", "2", *MINE, HILL_SECONDS="50")
    assert (done.returncode, done.stderr) == (3, TOO_LONG)
    assert [row["error"] for row in rows(folder / "out" / "trials.csv")] == ["took longer than 0.2 seconds"] * 2


@pytest.mark.parametrize(
    ("executor", "arguments", "message"),
    [
        (
            "SerialExecutor",
            [],
            "budget.trial_seconds: SerialExecutor cannot end a trial that takes longer; use ProcessExecutor, or leave"
            " the executor out\n",
        ),
        (
            "ProcessExecutor, seconds: 3",
            [],
            "budget.trial_seconds and executor.seconds say the same; leave one of them out\n",
        ),
    ],
)
def test_a_limit_that_the_executor_cannot_keep_is_refused_before_anything_is_made(
    fgspace, folder, executor, arguments, message
):
    file = folder / "hill.yaml"
    text = file.read_text().replace("trials: 12", "trials: 12, trial_seconds: 3")
    file.write_text(f"{text}executor: {{type: {executor}}}\n")
    done = fgspace("search", "hill.yaml", "--out", "out", *arguments, *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not (folder / "out").exists()


def test_workers_for_an_executor_that_takes_none_are_refused(fgspace, folder):
    file = folder / "hill.yaml"
    file.write_text(f"{file.read_text()}executor: {{type: SerialExecutor}}\n")
    done = fgspace("search", "hill.yaml", "--out", "out", "--workers", "4", *MINE)
    message = "--workers 4: SerialExecutor takes no number of workers; name another executor\n"
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--executor", "ProcesExecutor"],
            "unknown executor 'ProcesExecutor'; did you mean 'ProcessExecutor'?\n",
        ),
        (
            ["--address", "auto"],
            "--address is for an executor that takes one; name it, for instance --executor ray\n",
        ),
        (
            ["--executor", "ProcessExecutor", "--address", "auto"],
            "executor 'ProcessExecutor' takes no address; leave --address out, or name another --executor\n",
        ),
    ],
)
def test_an_executor_that_cannot_be_is_refused_before_anything_is_written(fgspace, folder, arguments, message):
    done = fgspace("search", "hill.yaml", "--out", "out", *arguments, *MINE)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("executor", "seconds", "error"),
    [
        ("ProcessExecutor", "50", "took longer than 0.2 seconds"),
        ("fgspace/ProcessExecutor", "50", "took longer than 0.2 seconds"),
        ("SerialExecutor", "0.3", ""),
    ],
)
def test_the_executor_of_the_command_line_has_the_options_of_the_file_where_it_is_the_same(
    fgspace, folder, executor, seconds, error
):
    file = folder / "hill.yaml"
    file.write_text(file.read_text() + "executor: {type: ProcessExecutor, workers: 2, seconds: 0.2}\n")
    arguments = ["--out", "out", "--trials", "2", "--executor", executor]
    done = fgspace("search", "hill.yaml", *arguments, *MINE, HILL_SECONDS=seconds)
    assert (done.returncode, done.stderr) == ((3, TOO_LONG) if error else (0, ""))
    assert [row["error"] for row in rows(folder / "out" / "trials.csv")] == [error] * 2


def test_weights_that_are_not_where_the_search_looks_for_them_are_told_of_and_cost_nothing_else(fgspace, folder):
    done = fgspace("search", "network.yaml", "--out", "out", *MINE, WEIGH_ELSEWHERE="1", PYTHONWARNINGS="default")
    members = sorted(int(path.name) for path in (folder / "out" / "front").iterdir())
    assert (done.returncode, done.stderr) == (
        0,
        f"warning: no weights of the front's trials {', '.join(map(str, members))}: none were saved in out/weights;"
        " where workers run on other machines, --out must be a folder that all of them share\n",
    )
    for member in members:
        files = {path.name for path in (folder / "out" / "front" / str(member)).iterdir()}
        assert files == {"description.yaml", "metrics.json"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_prints_the_front_exits_130_and_the_search_can_be_gone_on_with(folder, environment, fgspace, workers):
    arguments = ["search", "hill.yaml", "--out", "out", "--trials", "80", "--workers", workers, *MINE]
    with subprocess.Popen(
        [sys.executable, "-m", "fgspace", *arguments],
        cwd=folder,
        env=environment | {"HILL_SECONDS": "0.05"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if len(lines) == 7:  # the line of the pick, and six trials
                process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert (process.returncode, errors) == (
        130,
        "stopping; once more to stop at once\nstopped; finished trials are kept\n",
    )
    assert any(line.startswith("front: ") for line in lines)
    assert lines[-1] == (
        f"go on: fgspace search hill.yaml --out out --resume --workers {workers} --trials 80 -p ./my_blocks.py\n"
    )
    told = len(rows(folder / "out" / "trials.csv"))
    assert 6 <= told < 80
    done = fgspace("search", "hill.yaml", "--out", "out", "--resume", "--trials", str(told + 3), *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(rows(folder / "out" / "trials.csv")) == told + 3


def test_what_the_front_leaves_behind_builds_and_its_weights_fit(fgspace, folder):
    import torch

    done = fgspace("search", "network.yaml", "--out", "out", "--test", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    front = sorted((folder / "out" / "front").iterdir(), key=lambda member: int(member.name))
    told = f"next: fgspace build out/front/{front[0].name}/description.yaml -p ./my_blocks.py"
    assert done.stdout.splitlines()[-1] == told
    built = json.loads(fgspace("build", str(front[0] / "description.yaml"), "--json", *MINE).stdout)
    assert built["params"] == json.loads((front[0] / "metrics.json").read_text())["params"]
    for member in front:
        metrics = json.loads((member / "metrics.json").read_text())
        assert metrics["params"] <= 400
        weights = torch.load(member / "weights.pt", weights_only=True)
        assert sum(tensor.numel() for tensor in weights.values()) == metrics["params"]
        assert sum(float(tensor.abs().sum()) for tensor in weights.values()) == metrics["weight"]
        assert metrics["test_weight"] == 1.0
        assert list(weights)[:2] == ["body.first.weight", "body.first.bias"]
    assert not (folder / "out" / "weights").exists()


def test_a_point_that_breaks_a_constraint_on_a_cost_is_not_trained(fgspace, folder):
    file = folder / "network.yaml"
    file.write_text(file.read_text().replace("max: 400", "max: 100"))
    done = fgspace("search", "network.yaml", "--out", "out", *MINE)
    assert done.returncode == 3
    assert done.stderr.startswith("no trial is feasible: 4 infeasible of 4; most often (4 times): params is ")
    assert done.stderr.endswith(", above the most allowed, 100\n")
    assert "\nfront: none of 4 trials; 0 failed, 4 infeasible\n" in done.stdout
    table = rows(folder / "out" / "trials.csv")
    assert {(row["state"], row["seconds"]) for row in table} == {("infeasible", "")}
    assert "params is 278, above the most allowed, 100" in {row["error"] for row in table}


def test_a_search_begins_with_the_points_of_the_file_and_the_front_of_another(fgspace, folder, searched):
    other = library.Study.open(searched)
    front, first = [trial.point for trial in other.front()], other.front()[0].number
    other.close()
    file = folder / "hill.yaml"
    file.write_text(file.read_text() + "initial_points: [{depth: 8}]\n")
    done = fgspace("search", "hill.yaml", "--out", "new", "--from", "out", "--trials", "2", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    searched.rename(folder / "moved away")
    done = fgspace("search", "hill.yaml", "--out", "new", "--resume", "--trials", "9", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    study = library.Study.open(folder / "new")
    points = [trial.point for trial in study.trials]
    assert points[: 1 + len(front)] == [{"depth": 8, "mask": [0] * 4, "evaluator.rate": 0.1}, *front]
    assert study.identity.sources[:2] == ("initial_points[0]", f"trial {first} of out")
    study.close()
    done = fgspace("search", "new/experiment.yaml", "--out", "again", "--trials", "9", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(folder / "new" / "trials.csv") == outcomes(folder / "again" / "trials.csv")


def test_what_does_not_fit_of_another_front_is_noted_and_what_cannot_be_is_refused(fgspace, folder, searched):
    file = folder / "hill.yaml"
    file.write_text(file.read_text().replace("mask: {bits: 4}", "musk: {bits: 4}"))
    done = fgspace("search", "hill.yaml", "--out", "new", "--from", "out", "--trials", "2", *MINE)
    note = "note: out: mask: no such hyper-parameter; did you mean 'musk'?; left out\n"
    assert (done.returncode, done.stderr) == (0, note)
    for arguments, message in [
        (["--resume"], "new: the study already has its initial points; leave --from out to resume it\n"),
        (["--out", "third", "--from", "lost"], "there is no study at 'lost/study.db'; name the folder of one\n"),
    ]:
        done = fgspace("search", "hill.yaml", "--out", "new", "--from", "out", *arguments, *MINE)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_a_search_on_other_data_is_refused(fgspace, folder):
    (folder / "data.txt").write_text("0 1 2")
    assert fgspace("search", "hill.yaml", "--out", "out", "--trials", "2", *MINE).returncode == 0
    (folder / "data.txt").write_text("0 1 3")
    done = fgspace("search", "hill.yaml", "--out", "out", "--resume", *MINE)
    before, after = (digest(text) for text in ("0 1 2", "0 1 3"))
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"hill.yaml:7:12: data's digest is {before} in the study, and {after} here\nout: to resume it, make the file as"
        " it was; to begin a new study with its front: fgspace search hill.yaml --from out -p ./my_blocks.py\n",
    )
    (folder / "data.txt").write_text("0 1 2")
    done = fgspace("search", "hill.yaml", "--out", "out", "--resume", "--trials", "3", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    told = fgspace("why", "out", "2").stdout
    assert "\nproposed   sample\n" in told
    assert f"\ndata       digest {before}\n" in told
