"""The example of a table runs on the benchmark, where that is, and on any table of all cells, with every algorithm."""

import csv
import subprocess
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import fgspace
import pytest
import yaml
from fgspace.config.loading import load
from fgspace.plugins.registry import load_registry
from fgspace_cells.catalogue import NAS_BENCH_201
from fgspace_cells.cell_strings import write_cell

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "nas_bench_201.yaml"
TABLE = ROOT.parent / "shared" / "data" / "nas-bench-201" / "table.csv.gz"
ALGORITHMS = sorted(found.short_name for found in load_registry().types if found.kind == "algorithm")
OPTIONS = {
    "Auto": {"trials": 30},
    "Relay": {"stages": [{"type": "RandomSearch", "trials": 4}, {"type": "RandomSearch"}]},
}


def worth(cell: Sequence[str]) -> int:
    """Return a made-up accuracy of a cell; the best cell has six 3x3 convolutions."""
    return sum(index * NAS_BENCH_201.index(name) % 7 for index, name in enumerate(cell, 3))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example beside a made-up table of all cells."""
    folder = tmp_path_factory.mktemp("example")
    with (folder / "cells.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["arch", "cifar10_valid", "cifar10_test"])
        for cell in product(NAS_BENCH_201, repeat=6):
            table.writerow([write_cell(cell), worth(cell), 100 + worth(cell)])
    described = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    described["evaluator"]["file"] = str(folder / "cells.csv")
    (folder / "search.yaml").write_text(yaml.safe_dump(described))
    return folder / "search.yaml"


def search(file: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "fgspace", "search", str(file), "--out", str(folder / "out"), "--test", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_the_example_runs_on_a_table_of_all_cells(example: Path, tmp_path: Path) -> None:
    done = search(example, tmp_path, "--trials", "60")
    assert (done.returncode, done.stderr) == (0, "")
    with (tmp_path / "out" / "trials.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        assert float(row["accuracy"]) == worth([row[f"network.cell.{edge}"] for edge in range(6)])
    with (tmp_path / "out" / "pareto_front.csv").open(newline="") as text:
        (best, *_) = csv.DictReader(text)
    assert float(best["test_accuracy"]) == 100 + max(float(row["accuracy"]) for row in rows)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_searches_the_table(example: Path, algorithm: str) -> None:
    experiment = load(example)
    options = OPTIONS.get(algorithm, {})
    study = fgspace.Study(experiment.space, algorithm, experiment.objectives, seed=0, **options)
    study.run(experiment.make_evaluator(), trials=30)
    assert {trial.state for trial in study.trials} == {"complete"}
    assert len({trial.metrics["accuracy"] for trial in study.trials}) > 5


def test_the_example_says_what_to_do_where_its_table_is_not(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    done = search(EXAMPLE, tmp_path / "inner")
    line = 1 + EXAMPLE.read_text("utf-8").splitlines().index("  type: TabularBenchmark")
    advice = "write in file: where the table is; a relative path begins in the folder that you search from"
    looked = str(tmp_path / "inner" / ".." / "shared" / "data" / "nas-bench-201" / "table.csv.gz")
    assert done.returncode == 2
    place = f"{EXAMPLE}:{line}:3: evaluator"
    assert done.stderr == f"{place}: TabularBenchmark: looked for {looked!r}, which is not there; {advice}\n"


def test_the_example_runs_on_the_benchmark(tmp_path: Path) -> None:
    if not TABLE.exists():
        pytest.skip("nas-bench-201/table.csv.gz is not in ../shared/data")
    command = [sys.executable, "-m", "fgspace", "search", str(EXAMPLE), "--out", str(tmp_path / "out"), "--test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    with (tmp_path / "out" / "pareto_front.csv").open(newline="") as text:
        (best, *_) = csv.DictReader(text)
    assert float(best["accuracy"]) > 91.4
    assert float(best["test_accuracy"]) > 94
