"""`LatencyTable` adds up layers that `fgspace profile` has measured, here or by a command for another machine."""

import json
import subprocess
import sys
from pathlib import Path

import fgspace
import pytest
from fgspace import DescriptionError, FgspaceError
from fgspace_latency.device import measured
from fgspace_latency.examples import SPACE, latency_table
from fgspace_latency.latency_table import LatencyTable

TORCH = {"type": "LatencyTable", "file": "table.json", "runtime": "torch"}
FILE = """
search_space:
  type: FineGrainedSpace
  input_shape: [3, 8, 8]
  modules: [stem, body, again]
  stem: {type: Conv2d, out_channels: {choice: [4, 8]}, kernel_size: 3, padding: 1}
  body: {type: Conv2d, out_channels: 4, kernel_size: 1}
  again: {type: Conv2d, out_channels: 4, kernel_size: 1}
costs: {pi_ms: {type: LatencyTable, file: table.json, runtime: torch}}
objectives: {pi_ms: min}
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fgspace", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "space.yaml").write_text(FILE)


def device(folder: Path, body: str) -> str:
    """Write a program that stands for another machine, and return the command."""
    program = folder / "device.py"
    program.write_text(f"import os, sys, time\n{body}\n")
    return f"{sys.executable} {program}"


def said(call):
    with pytest.raises(FgspaceError) as caught:
        call()
    return str(caught.value)


@pytest.mark.soak
def test_each_distinct_layer_is_measured_once_and_what_is_known_is_not_measured_again(tmp_path):
    space = fgspace.space(SPACE)
    told: list[str] = []
    first = LatencyTable("table.json", "torch").profile(space, networks=1, command=None, timeout=1.0, tell=told.append)
    assert first == "table.json: 2 layers, 2 of them measured now; 1 of 12 networks looked at"
    assert len(told) == 2
    more = LatencyTable("table.json", "torch").profile(space, networks=50, command=None, timeout=1.0, tell=told.append)
    assert more == "table.json: 18 layers, 16 of them measured now; all networks looked at"
    with_costs = space.with_costs({"pi_ms": TORCH})
    assert with_costs.cost()["pi_ms"] > 0
    table = json.loads((tmp_path / "table.json").read_text())
    assert len(table["layers"]) == len({json.dumps([one["in"], one["out"], one["params"]]) for one in table["layers"]})


def test_the_cost_is_the_overhead_and_the_sum_of_the_layers(tmp_path):
    (options,) = latency_table(tmp_path)
    written = {"type": "LatencyTable", "file": options["file"], "runtime": "torch"}
    space = fgspace.space(SPACE).with_costs({"pi_ms": written})
    cost = space.cost()
    assert cost["pi_ms"] == pytest.approx(0.01 + cost["macs"] / 1e6)


def test_layers_that_the_table_lacks_are_said_with_their_place(tmp_path):
    (options,) = latency_table(tmp_path)
    costs = {"pi_ms": {"type": "LatencyTable", "file": options["file"], "runtime": "torch"}}
    wide = {**SPACE, "stem": {"type": "Conv2d", "out_channels": 99, "kernel_size": 3}}
    with pytest.raises(DescriptionError) as caught:
        fgspace.space({"search_space": wide, "costs": costs})
    assert str(caught.value) == (
        f"costs.pi_ms: file: {options['file']!r} has no Conv2d 3×16×16 → 99×14×14 with 2,772 parameters,"
        " Conv2d 99×14×14 → 4×14×14 with 400 parameters; fgspace profile measures what it lacks"
    )


def test_a_quantised_network_has_no_sum_of_float_layers(tmp_path):
    pytest.importorskip("fgspace_quant", reason="needs fgspace-plugin-quant")
    (options,) = latency_table(tmp_path)
    costs = {"pi_ms": {"type": "LatencyTable", "file": options["file"], "runtime": "torch"}}
    quantised = {**SPACE, "modules": [*SPACE["modules"], "quant"], "quant": {"type": "Quant"}}
    with pytest.raises(DescriptionError) as caught:
        fgspace.space({"search_space": quantised, "costs": costs})
    assert str(caught.value) == (
        "costs.pi_ms: the layers of quantised networks are not measured; use LatencyModel, or measure Latency"
    )


def test_a_file_without_a_table_says_what_measures_it(tmp_path):
    done = run(tmp_path, "check", "space.yaml")
    assert (done.returncode, done.stderr) == (
        2,
        "space.yaml:9:43: costs.pi_ms: file: there is no table 'table.json' yet; fgspace profile measures it, from the"
        " same folder\n",
    )


@pytest.mark.soak
def test_the_command_measures_what_the_search_then_uses(tmp_path):
    done = run(tmp_path, "profile", "space.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "table.json: 4 layers, 4 of them measured now; all networks looked at\n"
    assert "Conv2d 3×8×8 → 4×8×8 with 112 parameters: " in done.stderr
    assert run(tmp_path, "check", "space.yaml").returncode == 0
    done = run(tmp_path, "profile", "space.yaml", "--device-command", "bench")
    assert (done.returncode, done.stderr) == (
        2,
        "file: 'table.json' was measured with command None, and not 'bench'; name another file\n",
    )


@pytest.mark.soak
def test_a_device_command_gets_onnx_files_and_prints_milliseconds(tmp_path):
    pytest.importorskip("onnxscript", reason="needs fgspace-plugin-latency[onnx]")
    command = device(tmp_path, "print(os.path.getsize(sys.argv[1]) / 1000)")
    done = run(tmp_path, "profile", "space.yaml", "--device-command", command)
    assert (done.returncode, done.stdout) == (
        0,
        "table.json: 4 layers, 4 of them measured now; all networks looked at\n",
    )
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["settings"]["command"] == command
    assert all(one["ms"] > 0 for one in table["layers"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("print('fast')", "expected milliseconds, one number, on standard output of {0!r} for a layer, got 'fast'"),
        ("pass", "expected milliseconds, one number, on standard output of {0!r} for a layer, got ''"),
        ("print('nan')", "expected milliseconds, one number, on standard output of {0!r} for a layer, got 'nan'"),
        ("print(-1)", "expected milliseconds, one number, on standard output of {0!r} for a layer, got '-1'"),
        ("sys.exit('no board')", "{0!r} ended with exit status 1 for a layer: no board"),
        ("sys.exit(7)", "{0!r} ended with exit status 7 for a layer: it printed nothing on standard error"),
        ("os.kill(os.getpid(), 9)", "{0!r} was ended by signal 9 for a layer: it printed nothing on standard error"),
        ("time.sleep(60)", "{0!r} took longer than 0.5 seconds for a layer; give more --timeout SECONDS"),
    ],
)
def test_what_a_device_command_does_wrong_is_said(tmp_path, body, message):
    command = device(tmp_path, body)
    found = said(lambda: measured(command, tmp_path / "layer.onnx", "a layer", 0.5 if "sleep" in body else 30))
    assert found == f"--device-command: {message.format(sys.executable)}"


def test_a_device_command_that_is_none_is_said(tmp_path):
    file = tmp_path / "layer.onnx"
    assert said(lambda: measured("nonsuch-bench", file, "a layer", 1)) == (
        "--device-command: 'nonsuch-bench' cannot be started: No such file or directory"
    )
    assert said(lambda: measured("'a", file, "a layer", 1)) == (
        '--device-command: "\'a" cannot be read: no closing quotation'
    )
    assert said(lambda: measured("  ", file, "a layer", 1)) == "--device-command: expected a command, got '  '"


def test_the_file_stands_where_the_command_says(tmp_path):
    file = tmp_path / "layer.onnx"
    file.write_text("12.5")
    command = device(tmp_path, "print(open(sys.argv[1]).read()); assert sys.argv[2] == '--fast'")
    assert measured(f"{command} {{}} --fast", file, "a layer", 30) == 12.5


@pytest.mark.parametrize(
    ("costs", "arguments", "message"),
    [
        (
            "{}",
            (),
            "the file has no cost that is measured; write for instance "
            "costs: {pi4_ms: {type: LatencyTable, file: pi4.json}}",
        ),
        (
            "{a: {type: LatencyTable, file: a.json}, b: {type: LatencyTable, file: b.json}}",
            (),
            "the file has several costs that are measured; name one by --cost: a, b",
        ),
        (
            "{pi_ms: {type: LatencyTable, file: a.json}}",
            ("--cost", "pims"),
            "--cost: the file has no cost 'pims' that is measured; did you mean 'pi_ms'?",
        ),
        (
            "{pi_ms: {type: LatencyTable, fil: a.json}}",
            (),
            "space.yaml:9:37: costs.pi_ms: LatencyTable has no parameter 'fil'; did you mean 'file'?",
        ),
        (
            "{pi_ms: {type: LatencyTable, file: a.json, runtime: torch, threads: 0}}",
            (),
            "threads: expected at least 1, got 0",
        ),
    ],
)
def test_a_cost_that_cannot_be_measured_is_said(capsys, costs, arguments, message):
    from fgspace.cli import main

    text = "\n".join(line for line in FILE.split("\n") if not line.startswith(("costs", "objectives")))
    Path("space.yaml").write_text(f"{text.rstrip()}\ncosts: {costs}\n")
    assert main(["profile", "space.yaml", *arguments]) == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_a_file_that_is_no_table_is_left_alone():
    Path("table.json").write_text("{}")
    space = fgspace.space(SPACE)
    cost = LatencyTable("table.json", "torch")
    found = said(lambda: cost.profile(space, networks=1, command=None, timeout=1.0, tell=print))
    assert found == "file: 'table.json' is no table that fgspace profile has written"
    assert Path("table.json").read_text() == "{}"


def test_a_table_that_cannot_be_written_is_said():
    space = fgspace.space(SPACE)
    cost = LatencyTable("nowhere/table.json", "torch")
    found = said(lambda: cost.profile(space, networks=1, command=None, timeout=1.0, tell=print))
    assert found == "file: 'nowhere/table.json' cannot be written: No such file or directory"
