"""What a search tells other tools, read back by them."""

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SEARCH = ("search", "file.yaml", "--out", "out")


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_event_is_a_line_of_json(fgspace: Any, tmp_path: Path, workers: str) -> None:
    done = fgspace(*SEARCH, "--log", "jsonl", "--workers", workers)
    assert (done.returncode, done.stderr) == (0, "")
    told = events(tmp_path / "out" / "events.jsonl")
    assert {event["schema"] for event in told} == {"event/1"}
    assert (told[0]["event"], told[0]["trials"], told[0]["objectives"]) == ("study_began", 4, {"score": "max"})
    assert (told[-1]["event"], told[-1]["front"], told[-1]["outputs"]) == ("study_ended", [3], "out")
    third = [event for event in told if event.get("trial") == 2]
    assert [event["event"] for event in third] == ["trial_began", *["reported"] * 3, "trial_ended"]
    assert [event["metrics"] for event in third[1:4]] == [{"score": 3}, {"score": 6}, {"score": 9}]
    assert (third[0]["point"], third[-1]["state"], third[-1]["error"]) == (
        {"depth": 3, "mask": [1, 1]},
        "failed",
        "ValueError: no room",
    )


def test_a_resumed_search_goes_on_in_the_same_file(fgspace: Any, tmp_path: Path) -> None:
    assert fgspace(*SEARCH, "--log", "jsonl", "--trials", "2").returncode == 0
    assert fgspace(*SEARCH, "--log", "jsonl", "--resume").returncode == 0
    told = events(tmp_path / "out" / "events.jsonl")
    assert [event["told"] for event in told if event["event"] == "study_began"] == [0, 2]
    assert [event["trial"] for event in told if event["event"] == "trial_ended"] == [0, 1, 2, 3]


def test_a_file_may_name_observers_with_their_options(fgspace: Any, tmp_path: Path) -> None:
    with (tmp_path / "file.yaml").open("a") as file:
        file.write("log: [{type: jsonl, file: logs/a.jsonl, reports: false}]\n")
    assert fgspace(*SEARCH, "--log", "jsonl").returncode == 0  # the one of the file, once
    told = events(tmp_path / "out" / "logs" / "a.jsonl")
    assert "reported" not in {event["event"] for event in told}
    assert not (tmp_path / "out" / "events.jsonl").exists()
    assert "tracking/jsonl" in (tmp_path / "out" / "experiment.yaml").read_text()
    assert fgspace("search", "out/experiment.yaml", "--out", "again").returncode == 0
    assert fgspace("search", "file.yaml", "--out", "out", "--resume", "--trials", "4").returncode == 0


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("nothing", "file.yaml:8:6: log.type: unknown observer 'nothing'; there are jsonl, mlflow, tensorboard"),
        (
            "[jsonl, {type: jsonl, fil: a}]",
            "file.yaml:8:28: log.1: jsonl has no parameter 'fil'; did you mean 'file'?",
        ),
        ("3", "file.yaml:8:6: log: expected a mapping with type, got 3; there are jsonl, mlflow, tensorboard"),
    ],
)
def test_a_wrong_section_is_an_error_with_its_place(fgspace: Any, tmp_path: Path, written: str, message: str) -> None:
    with (tmp_path / "file.yaml").open("a") as file:
        file.write(f"log: {written}\n")
    done = fgspace("check", "file.yaml")
    assert (done.returncode, done.stderr) == (2, f"{message}\n")


def test_an_unknown_observer_is_an_error_before_anything_runs(fgspace: Any, tmp_path: Path) -> None:
    done = fgspace(*SEARCH, "--log", "wandb")
    assert (done.returncode, done.stderr) == (2, "unknown observer 'wandb'; there are jsonl, mlflow, tensorboard\n")
    assert not (tmp_path / "out").exists()


def test_a_missing_tool_says_what_to_install(fgspace: Any, tmp_path: Path) -> None:
    with (tmp_path / "mine.py").open("a") as file:
        file.write("\nimport sys\nsys.modules['mlflow'] = None\n")
    done = fgspace(*SEARCH, "--log", "mlflow")
    assert (done.returncode, done.stderr.startswith("--log mlflow: mlflow is not installed (")) == (2, True)
    assert done.stderr.endswith("): pip install 'fgspace-plugin-tracking[mlflow]'\n")


def test_an_observer_that_breaks_is_left_out_and_the_search_goes_on(fgspace: Any, tmp_path: Path) -> None:
    with (tmp_path / "file.yaml").open("a") as file:
        file.write("log: {type: jsonl, file: /dev/full}\n")
    done = fgspace(*SEARCH)
    assert done.returncode == 0
    assert done.stderr == (
        "warning: observer 'JsonLines' is left out from here on, the search goes on: study_began: OSError:"
        " [Errno 28] No space left on device\n"
    )


def test_tensorboard_reads_hyper_parameters_and_curves_back(fgspace: Any, tmp_path: Path) -> None:
    if find_spec("tensorboard") is None:
        pytest.skip("tensorboard is not installed")
    done = fgspace(*SEARCH, "--log", "tensorboard")
    assert (done.returncode, done.stderr) == (0, "")
    accumulator: Any = import_module("tensorboard.backend.event_processing.event_accumulator")
    folders = sorted((tmp_path / "out" / "tensorboard").iterdir())
    assert [folder.name for folder in folders] == [f"trial-0000{number}" for number in range(4)]
    runs = [accumulator.EventAccumulator(str(folder)).Reload() for folder in folders]
    assert [(one.step, one.value) for one in runs[1].Scalars("score")] == [(1, 2), (2, 4), (3, 6)]
    assert [(one.step, one.value) for one in runs[1].Scalars("final/score")] == [(3, 7)]
    assert runs[2].Tags()["scalars"] == ["score"]  # it failed
    parameters: Any = import_module("tensorboard.plugins.hparams.plugin_data_pb2")
    content = runs[1].SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start = parameters.HParamsPluginData.FromString(content).session_start_info
    assert (start.hparams["depth"].number_value, start.hparams["mask"].string_value) == (2, "[1, 1]")
    ends = [
        parameters.HParamsPluginData.FromString(
            one.SummaryMetadata("_hparams_/session_end_info").plugin_data.content
        ).session_end_info.status
        for one in runs
    ]
    assert ends == [1, 1, 2, 1]  # success, and failure


def test_mlflow_has_a_run_with_a_child_for_each_trial(fgspace: Any, tmp_path: Path) -> None:
    if find_spec("mlflow") is None:
        pytest.skip("mlflow is not installed: pip install mlflow, for its store in a file")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with (tmp_path / "file.yaml").open("a") as file:
        file.write(f"log: {{type: mlflow, uri: '{uri}', experiment: depths}}\n")
    for arguments in (("--trials", "2"), ("--resume",)):
        done = fgspace(*SEARCH, *arguments)
        assert (done.returncode, "warning" in done.stderr) == (0, False), done.stderr
    client = import_module("mlflow.tracking").MlflowClient(uri)
    runs = client.search_runs([client.get_experiment_by_name("depths").experiment_id])
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = {int(run.data.params["trial"]): run for run in runs if run is not parent}
    assert sorted(children) == [0, 1, 2, 3]
    assert {run.data.tags["mlflow.parentRunId"] for run in children.values()} == {parent.info.run_id}
    assert (children[1].data.params["depth"], children[1].data.metrics["score"]) == ("2", 7)
    curve = client.get_metric_history(children[1].info.run_id, "score")
    assert [(one.step, one.value) for one in curve] == [(1, 2), (2, 4), (3, 6), (3, 7)]
    assert (children[2].info.status, children[2].data.tags["fgspace.error"]) == ("FAILED", "ValueError: no room")
    assert (parent.info.status, parent.data.tags["fgspace.front"]) == ("FINISHED", "3")
    assert {one.path for one in client.list_artifacts(parent.info.run_id)} == {
        "experiment.yaml",
        "front",
        "pareto_front.csv",
        "trials.csv",
    }


def test_who_asks_for_no_observer_loads_none(fgspace: Any, tmp_path: Path) -> None:
    look = "[one for one in ('fgspace_tracking.jsonl', 'tensorboard', 'mlflow') if one in sys.modules]"
    with (tmp_path / "mine.py").open("a") as file:
        file.write(f"\nimport atexit, sys\natexit.register(lambda: print(*{look}, file=open('loaded', 'w')))\n")
    assert fgspace(*SEARCH).returncode == 0
    assert (tmp_path / "loaded").read_text() == "\n"
