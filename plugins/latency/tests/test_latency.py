"""The measurement `Latency`: real networks in torch and onnxruntime, in searches that go on."""

import csv
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pytest
from fgspace.testing import MeasurementSuite
from fgspace_latency.latency import Latency
from fgspace_latency.timing import alone, in_turns

HAS_ONNX = find_spec("onnxruntime") is not None and find_spec("onnxscript") is not None
ONNX = pytest.param(
    "onnxruntime",
    marks=[pytest.mark.soak, pytest.mark.skipif(not HAS_ONNX, reason="needs fgspace-plugin-latency[onnx]")],
)
NARROW, WIDE = ({"type": "Conv2d", "out_channels": width, "kernel_size": 3} for width in (4, 256))
EVALUATOR = '''
import fgspace


@fgspace.register
class Width:
    """The width of the network."""

    metrics = ("width",)
    input_shape = (3, 24, 24)

    def __call__(self, description):
        return {"width": float(description["body"]["out_channels"])}
'''
FILE = """
search_space:
  type: FineGrainedSpace
  modules: [body]
  body: {type: Conv2d, out_channels: {choice: [2, 256]}, kernel_size: 3}
search_algorithm: {type: GridSearch}
evaluator: {type: Width}
measure: {latency_ms: {type: Latency, runtime: torch, seconds: 0.1}}
objectives: {width: max, latency_ms: min}
constraints: {latency_ms: {max: 1000}}
"""


class TestLatency(MeasurementSuite):
    measurement: ClassVar = {"type": "Latency", "runtime": "torch", "seconds": 0.02}


def searched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "own.py").write_text(EVALUATOR)
    (folder / "space.yaml").write_text(FILE)
    command = [sys.executable, "-m", "fgspace", "search", "space.yaml", "-p", "./own.py", "--out", "run", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("runtime", ["torch", ONNX])
def test_a_wide_network_takes_longer_than_a_narrow_one(runtime):
    measure = Latency(runtime, seconds=0.1)
    narrow, wide = (measure(one, (3, 24, 24)) for one in (NARROW, WIDE))
    assert narrow.value < wide.value
    assert narrow.spread >= 0
    assert narrow.reference is not None


@pytest.mark.soak
@pytest.mark.skipif(not HAS_ONNX, reason="needs fgspace-plugin-latency[onnx]")
def test_a_quantised_network_is_measured_in_integers():
    pytest.importorskip("fgspace_quant", reason="needs fgspace-plugin-quant")
    quantised = {"type": "FineGrainedSpace", "modules": ["body", "quant"], "body": WIDE, "quant": {"type": "Quant"}}
    assert Latency(seconds=0.05)(quantised, (3, 24, 24)).value > 0


def test_a_machine_that_slows_down_slows_both():
    sample = in_turns(lambda: sum(range(40_000)), lambda: sum(range(10_000)), 0.05)
    assert sample.reference is not None
    assert 2 < sample.value / sample.reference < 8


def test_a_run_alone_has_no_reference():
    assert alone(lambda: sum(range(10_000)), 0.02).reference is None


def test_threads_of_torch_are_as_before():
    import torch

    before = torch.get_num_threads()
    Latency("torch", threads=before + 1, seconds=0.02)(NARROW, (3, 8, 8))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runtime": "tflite"}, "runtime: expected onnxruntime or torch, got 'tflite'"),
        ({"runtime": "torch", "threads": 0}, "threads: expected at least 1, got 0"),
        ({"runtime": "torch", "batch": 0}, "batch: expected at least 1, got 0"),
        ({"runtime": "torch", "seconds": 0}, "seconds: expected more than 0, got 0"),
    ],
)
def test_options_that_are_wrong_are_said(options, message):
    with pytest.raises(ValueError, match=r".") as caught:
        Latency(**options)
    assert str(caught.value) == message


def test_a_search_keeps_the_latency_of_each_trial_and_goes_on(tmp_path):
    done = searched(tmp_path, "--trials", "1")
    assert (done.returncode, done.stderr) == (0, "")
    done = searched(tmp_path, "--trials", "2", "--resume", "--workers", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "LATENCY_MS_SPREAD" in done.stdout
    assert "LATENCY_MS_DRIFT" not in done.stdout
    rows = list(csv.DictReader((tmp_path / "run" / "trials.csv").read_text().splitlines()))
    narrow, wide = sorted(rows, key=lambda row: int(row["body.out_channels"]))
    assert float(narrow["latency_ms"]) < float(wide["latency_ms"])
    assert narrow["latency_ms_reference"] == wide["latency_ms_reference"]
    kept = json.loads((tmp_path / "run" / "front" / narrow["number"] / "metrics.json").read_text())
    assert {"latency_ms", "latency_ms_spread", "latency_ms_drift"} <= kept.keys()
    assert "latency/Latency" in (tmp_path / "run" / "experiment.yaml").read_text()


@pytest.mark.soak
def test_a_search_that_measures_otherwise_is_another_one(tmp_path):
    assert searched(tmp_path, "--trials", "1").returncode == 0
    (tmp_path / "other.yaml").write_text(FILE.replace("seconds: 0.1", "seconds: 0.2"))
    command = [sys.executable, "-m", "fgspace", "search", "other.yaml", "-p", "./own.py", "--out", "run", "--resume"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (
        2,
        "other.yaml:8:60: measure.latency_ms.seconds: is 0.1 in run, and 0.2 here\n",
    )
