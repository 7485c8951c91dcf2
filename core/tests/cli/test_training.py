"""`fgspace train`: what is trained, with which settings, how it goes on after a kill, and what it refuses."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest
import yaml

TRAINS = '''
"""An evaluator that trains, and one that does not; neither needs torch."""

import json
import os
import time
from pathlib import Path

import fgspace
from fgspace import digest
from fgspace.errors import FgspaceError


@fgspace.register(kind="evaluator")
class Walks:
    """Walks towards the number of channels, a step an epoch."""

    metrics = ("distance",)

    def __init__(self, epochs: int = 2, step: float = 0.5, distil: dict | None = None, folder: Path | None = None):
        self.epochs, self.step, self.distil, self.folder = epochs, step, distil, folder

    def __call__(self, description):
        if self.folder is not None:
            self.folder.mkdir(exist_ok=True)
            (self.folder / f"{digest(description)}.pt").write_text("weights")
        return {"distance": float(description["conv"]["out_channels"])}

    def expects(self, description):
        return fgspace.Expected(classes=("a", "b"))

    def train(self, description, *, folder, report=None):
        if self.step > 1:
            raise ValueError("the walk diverged")
        file = folder / "checkpoint" / "walk.json"
        history = json.loads(file.read_text()) if file.exists() else []
        for epoch, distance in enumerate(history, 1):
            report(epoch, {"distance": distance}, of=self.epochs)
        distance = history[-1] if history else float(description["conv"]["out_channels"])
        for epoch in range(len(history) + 1, self.epochs + 1):
            while "HOLD" in os.environ and epoch == 3:
                time.sleep(0.01)
            distance *= self.step
            history.append(distance)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.with_suffix(".aside").write_text(json.dumps(history))
            file.with_suffix(".aside").replace(file)
            report(epoch, {"distance": distance}, of=self.epochs)
        (folder / "weights.pt").write_text(str(distance))
        taught = {} if self.distil is None else {"taught": float(Path(self.distil["from"]).exists())}
        return {"distance": distance, "test_distance": distance + 1, **taught}


@fgspace.register(kind="evaluator")
class Stands:
    """Measures, and cannot train."""

    metrics = ("distance",)

    def __call__(self, description):
        return {"distance": 1.0}
'''
FILE = """\
search_space:
  type: FineGrainedSpace
  modules: [conv]
  conv: {type: Conv2d, out_channels: {choice: [2, 4, 8]}, kernel_size: 1}
evaluator: {type: Walks}
search_algorithm: {type: GridSearch}
objectives: {distance: min, params: max}
budget: {trials: 3}
"""
MINE = ("-p", "./trains.py")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "trains.py").write_text(TRAINS)
    (tmp_path / "walk.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def searched(fgspace, folder):
    """Return the folder of a search, all of whose three trials are on the front."""
    done = fgspace("search", "walk.yaml", "--out", "out", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out"


def metrics(place):
    return json.loads((place / "metrics.json").read_text())


def test_the_best_trial_is_trained_and_its_folder_holds_all_that_is_needed(fgspace, searched):
    done = fgspace("train", "out", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "trial 0: min distance of the front\n"
        "0: begins\n"
        "0: epoch 1 of 2, distance 1\n"
        "0: epoch 2 of 2, distance 0.5\n"
        "\n"
        "trained: 1 of 1\n"
        "NETWORK  DISTANCE  TEST_DISTANCE\n"
        "      0       0.5            1.5\n"
        "\n"
        "out/trained/0  description.yaml, weights.pt, metrics.json, log.csv\n"
        "\n"
        "next: fgspace export out/trained/0/description.yaml -p ./trains.py\n"
    )
    place = searched / "trained" / "0"
    names = ["description.yaml", "experiment.yaml", "log.csv", "metrics.json", "weights.pt"]
    assert sorted(file.name for file in place.iterdir()) == names
    assert metrics(place) == {"distance": 0.5, "test_distance": 1.5, "classes": ["a", "b"]}
    assert yaml.safe_load((place / "description.yaml").read_text())["expects"] == {"classes": ["a", "b"]}
    assert (place / "log.csv").read_text() == "epoch,epochs,distance\n1,2,1.0\n2,2,0.5\n"
    again = fgspace("train", "out", *MINE)
    assert again.stdout.splitlines()[1] == "0: is trained already"


def test_what_is_trained_can_be_trained_again_from_its_own_file(fgspace, searched):
    assert fgspace("train", "out", "--trial", "1", *MINE).returncode == 0
    done = fgspace("train", "out/trained/1", "--out", "again", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert metrics(searched.parent / "again") == metrics(searched / "trained" / "1")


def test_the_front_is_trained_by_workers_with_other_settings(fgspace, searched):
    done = fgspace("train", "out", "--front", "--workers", "2", "--epochs", "1", "--set", "evaluator.step=0.25", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    found = [metrics(searched / "trained" / str(number))["distance"] for number in range(3)]
    assert found == [0.5, 1.0, 2.0]
    for number in range(3):
        assert f"{number}: epoch 1 of 1, distance {found[number]:.4g}\n" in done.stdout


@pytest.mark.soak
def test_others_learn_from_the_largest_which_is_trained_first(fgspace, searched):
    done = fgspace("train", "out", "--trial", "0", "--set", "evaluator.distil={from: largest}", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if line.endswith("begins")] == ["2: begins", "0: begins"]
    assert metrics(searched / "trained" / "0")["taught"] == 1
    assert "taught" not in metrics(searched / "trained" / "2")


@pytest.mark.soak
def test_a_trial_can_learn_from_another_as_its_search_left_it(fgspace, searched):
    done = fgspace("train", "out", "--trial", "0", "--set", "evaluator.distil={from: 1}", *MINE)
    assert (done.returncode, done.stderr) == (0, "")
    experiment = yaml.safe_load((searched / "trained" / "0" / "experiment.yaml").read_text())
    assert experiment["evaluator"]["distil"]["from"] == str(searched / "front" / "1" / "description.yaml")


def test_a_training_that_is_killed_goes_on_after_its_last_epoch(fgspace, searched, folder, environment):
    command = [sys.executable, "-m", "fgspace", "train", "out", "--epochs", "5", *MINE]
    process = subprocess.Popen(
        command, cwd=folder, env=environment | {"HOLD": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not process.stdout.readline().startswith("0: epoch 2"):
        pass
    other = fgspace("train", "out", "--epochs", "5", *MINE)
    assert (other.returncode, other.stderr) == (
        2,
        "'out/trained/0' is being trained by another process; wait until that ends, or name another --out\n",
    )
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    done = fgspace("train", "out", "--epochs", "5", *MINE)
    assert done.stdout.splitlines()[1:5] == [
        "0: goes on after epoch 2",
        "0: epoch 3 of 5, distance 0.25",
        "0: epoch 4 of 5, distance 0.125",
        "0: epoch 5 of 5, distance 0.0625",
    ]
    with (searched / "trained" / "0" / "log.csv").open(newline="") as file:
        assert [row["distance"] for row in csv.DictReader(file)] == ["1.0", "0.5", "0.25", "0.125", "0.0625"]
    assert not (searched / "trained" / "0" / "checkpoint").exists()


def test_ctrl_c_says_how_to_go_on(searched, folder, environment):
    command = [sys.executable, "-m", "fgspace", "train", "out", "--epochs", "5", *MINE]
    process = subprocess.Popen(
        command, cwd=folder, env=environment | {"HOLD": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not process.stdout.readline().startswith("0: epoch 2"):
        pass
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        130,
        "stopping; once more to stop at once\nstopped; go on with the same command, which loses at most an epoch\n",
    )


def test_a_training_that_fails_is_told_of_and_the_others_go_on(fgspace, searched):
    done = fgspace("train", "out", "--trial", "0", "--set", "evaluator.step=2.0", *MINE)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == "0: begins\n0: failed: the walk diverged\n\ntrained: 0 of 1\n\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("out", "--trial", "7"), "'out' has no trial 7; its trials are 0 to 2"),
        (
            ("out", "--set", "lr=1"),
            "--set: expected evaluator.NAME=VALUE, as in evaluator.batch_size=128; got 'lr=1'",
        ),
        (("out", "--set", "evaluator.step=["), "--set evaluator.step: expected a value as in YAML, got '['"),
        (
            ("out", "--set", "evaluator.stepp=1"),
            "evaluator: program/Walks has no parameter 'stepp'; did you mean 'step'?",
        ),
        (("nowhere",), "nowhere: no such file or directory"),
        (
            ("walk.yaml", "--front"),
            "walk.yaml: is no folder of a search; leave --trial, --front and --best out",
        ),
        (
            ("out/front/1/description.yaml",),
            "out/front/1/description.yaml: has no evaluator; write fgspace train out --trial 1",
        ),
        (
            ("walk.yaml", "--set", "evaluator.distil={from: largest}"),
            "walk.yaml: distil.from: is no folder of a search; give the file of a trained network",
        ),
    ],
)
def test_mistakes_are_told_with_their_cure(fgspace, searched, arguments, said):
    done = fgspace("train", *arguments, *MINE)
    assert (done.returncode, done.stdout.removeprefix("trial 0: min distance of the front\n")) == (2, "")
    assert done.stderr == f"{said}\n"


def test_other_settings_in_the_same_folder_are_refused(fgspace, searched):
    assert fgspace("train", "out", *MINE).returncode == 0
    done = fgspace("train", "out", "--epochs", "3", *MINE)
    assert (done.returncode, done.stderr) == (
        2,
        "'out/trained/0' holds a training with other settings: evaluator.epochs is null there, and 3 here; "
        "name another --out, or remove the folder\n",
    )


def test_an_evaluator_that_cannot_train_says_so(fgspace, folder):
    (folder / "walk.yaml").write_text(FILE.replace("Walks", "Stands"))
    done = fgspace("train", "walk.yaml", *MINE)
    assert (done.returncode, done.stderr) == (
        2,
        "Stands cannot train in full: it has no method train; see fgspace list evaluator\n",
    )
