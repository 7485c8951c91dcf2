"""`LatencyModel` learns a device from few networks, says how sure it is, and refuses files that do not fit."""

import random
from typing import ClassVar

import fgspace
import pytest
from fgspace import FgspaceError
from fgspace_latency.examples import SPACE, latency_model

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
CELL = (
    "|{network.cell.0}~0|+|{network.cell.1}~0|{network.cell.2}~1|"
    "+|{network.cell.3}~0|{network.cell.4}~1|{network.cell.5}~2|"
)
CELLS = {"type": "NasBench201Space"}


def milliseconds(operations):
    """Return what a device takes that runs one operation after the other, and leaves out what nothing reads."""
    taken: ClassVar = {"nor_conv_3x3": 3.0, "nor_conv_1x1": 1.0, "avg_pool_3x3": 0.5}
    node_2 = operations[5] != "none"
    node_1 = operations[4] != "none" or (node_2 and operations[2] != "none")
    alive = (node_1, node_2, node_2, True, True, True)
    return 1.0 + sum(taken.get(name, 0.0) for name, is_alive in zip(operations, alive, strict=True) if is_alive)


def drawn(count, seed):
    rng = random.Random(seed)
    return [[rng.choice(OPERATIONS) for _ in range(6)] for _ in range(count)]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Write a file of 30 measured cells; return its path."""
    path = tmp_path_factory.mktemp("measured") / "device.csv"
    lines = ["arch,ms"]
    for operations in drawn(30, 0):
        text = CELL
        for edge, name in enumerate(operations):
            text = text.replace(f"{{network.cell.{edge}}}", name)
        lines.append(f"{text},{milliseconds(operations)}")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def cells(file, **options):
    cost = {"type": "LatencyModel", "measured": file, "column": "ms", "key": {"arch": CELL}, **options}
    return fgspace.space(CELLS).with_costs({"ms": cost})


def point(operations):
    return {f"network.cell.{edge}": name for edge, name in enumerate(operations)}


@pytest.mark.needs("cells")
def test_it_predicts_what_was_not_measured(file):
    space = cells(file)
    others = drawn(40, 1)
    off = [abs(space.cost(point(one))["ms"] - milliseconds(one)) for one in others]
    assert sum(off) / len(off) < 0.35
    spread = [abs(milliseconds(one) - 7.0) for one in others]
    assert sum(off) < 0.2 * sum(spread)


@pytest.mark.needs("cells")
def test_a_higher_confidence_returns_more_and_is_kept(file):
    expected, sure = cells(file), cells(file, confidence=0.9)
    others = drawn(40, 2)
    bounds = [sure.cost(point(one))["ms"] for one in others]
    assert all(bound > expected.cost(point(one))["ms"] for bound, one in zip(bounds, others, strict=True))
    assert sum(milliseconds(one) <= bound for bound, one in zip(bounds, others, strict=True)) >= 32


def test_columns_of_paths_are_read_without_a_key(tmp_path):
    (options,) = latency_model(tmp_path)
    cost = {"type": "LatencyModel", "measured": options["measured"]}
    space = fgspace.space(SPACE).with_costs({"ms": cost})
    few, many = (space.cost({"stem.out_channels": 16, "stem.kernel_size": reach})["ms"] for reach in (1, 3))
    assert few < 0.4
    assert many == pytest.approx(1.54, abs=0.2)


@pytest.mark.needs("cells")
@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("arch,ms\n", {}, "measured: 'm.csv' has no column 'ms'; it has no rows"),
        ("arch,msec\na,1\n", {}, "measured: 'm.csv' has no column 'ms'; did you mean 'msec'?"),
        ("arch,ms\na,1\n", {}, "measured: line 2 of 'm.csv': arch is 'a', not of the form of key"),
        (
            "arch,ms\nnor_conv_3x4,1\n",
            {"key": {"arch": "{network.cell.0}"}},
            "measured: line 2 of 'm.csv': network.cell.0 has no value 'nor_conv_3x4'; did you mean 'nor_conv_3x3'?",
        ),
        (
            "arch,ms\nnone,-1\n",
            {"key": {"arch": "{network.cell.0}"}},
            "measured: line 2 of 'm.csv': expected milliseconds above 0 in ms, got '-1'",
        ),
        (
            "arch,ms\na,1\n",
            {"key": {"arch": "{cell.0}"}},
            "key.arch: there is no hyper-parameter 'cell.0'; did you mean 'network.cell.0'?",
        ),
        (
            "arch,ms\nnone,1\n",
            {"key": {"arch": "{network.cell.0}"}},
            "measured: expected at least 3 networks, got 1 in 'm.csv'",
        ),
        ("arch,ms\n", {"confidence": 1}, "confidence: expected a probability between 0 and 1, got 1"),
        (
            None,
            {},
            "measured: there is no file 'm.csv'; a relative path begins in the folder you search from",
        ),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, monkeypatch, text, options, message):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "m.csv").write_text(text)
    with pytest.raises((FgspaceError, ValueError)) as caught:
        cells("m.csv", **options).cost()
    assert str(caught.value) == message


@pytest.mark.needs("cells")
def test_a_constraint_in_a_file_is_kept_by_every_evaluated_trial(file):
    space = cells(file, confidence=0.9)
    met = []

    def evaluate(description):
        met.append(description)
        return {"score": 0.0}

    study = fgspace.Study(space, "RandomSearch", {"score": "max"}, {"ms": {"max": 7}})
    study.run(evaluate, 4)
    told = [trial for trial in study.trials if trial.state == "complete"]
    assert len(met) == len(told) == 4
    assert all(trial.metrics["ms"] <= 7 for trial in told)
    assert sum(milliseconds(list(trial.point.values())) <= 7 for trial in told) >= 3
