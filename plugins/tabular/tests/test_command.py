"""`fgspace search` on a table: the front with its held-out metrics, workers, resuming, and mistakes in the file."""

import csv
import json
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
TABLE = Path(__file__).parent / "data" / "table.csv"
SEARCH = """\
search_space:
  depth: {int: [1, 3]}
  act: {choice: [relu, gelu]}
evaluator:
  type: TabularBenchmark
  file: table.csv
  key: {depth: depth, act: act}
  columns: {accuracy: acc, hours: seconds}
  test_columns: {test_accuracy: test}
objectives: {accuracy: max, hours: min}
budget: {trials: 6}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "table.csv").write_bytes(TABLE.read_bytes())
    (tmp_path / "search.yaml").write_text(SEARCH)
    return tmp_path


def rows(file):
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_a_search_finds_the_front_of_the_table_and_measures_it_on_held_out_data(fgspace, folder):
    done = fgspace("search", "search.yaml", "--out", "out", "--test")
    assert (done.returncode, done.stderr) == (0, "")
    front = {(row["accuracy"], row["hours"], row["test_accuracy"]) for row in rows(folder / "out" / "pareto_front.csv")}
    assert front == {
        ("0.7", "10.0", "0.69"),
        ("0.74", "11.0", "0.71"),
        ("0.8", "20.0", "0.79"),
        ("0.85", "21.0", "0.83"),
    }
    assert all(
        "test_accuracy" in json.loads(one.read_text()) for one in (folder / "out" / "front").glob("*/metrics.json")
    )
    (failed,) = [row for row in rows(folder / "out" / "trials.csv") if row["state"] == "failed"]
    assert failed["error"] == "table.csv: line 7: expected a finite number in column 'acc', got 'nan'"


def test_workers_find_the_same(fgspace, folder):
    assert fgspace("search", "search.yaml", "--out", "one").returncode == 0
    done = fgspace("search", "search.yaml", "--out", "two", "--workers", "2", "--deterministic")
    assert (done.returncode, done.stderr) == (0, "")
    both = [
        {row["depth"] + row["act"]: row["accuracy"] for row in rows(folder / out / "trials.csv")}
        for out in ("one", "two")
    ]
    assert both[0] == both[1]


def test_a_study_goes_on_with_its_table_and_with_no_other(fgspace, folder):
    assert fgspace("search", "search.yaml", "--out", "out", "--trials", "3").returncode == 0
    assert fgspace("search", "search.yaml", "--out", "out", "--resume", "--trials", "4").returncode == 0
    (folder / "table.csv").write_text(TABLE.read_text().replace("0.70", "0.90"))
    done = fgspace("search", "search.yaml", "--out", "out", "--resume")
    assert done.returncode == 2
    assert "data" in done.stderr


def mistakes(folder):
    advice = "write in file: where the table is; a relative path begins in the folder that you search from"
    return {
        ("file: table.csv", "file: tables.csv"): (
            "search.yaml:5:3: evaluator: TabularBenchmark: looked for"
            f" {str(folder / 'tables.csv')!r}, which is not there; {advice}"
        ),
        ("accuracy: acc,", "accuracy: acc_1,"): (
            "search.yaml:5:3: evaluator: TabularBenchmark: 'table.csv' has no column 'acc_1'; did you mean 'acc_3'?"
        ),
        ("{depth: depth, act: act}", "{act: act}"): (
            "search.yaml:5:3: evaluator: TabularBenchmark: 'table.csv': lines 2 and 4 have the same act 'relu', and acc"
            " 0.7 and 0.8; add the column that tells them apart to key, or to where"
        ),
        ("key: {depth: depth, act: act}", "key: {depth: '{depth', act: act}"): (
            "search.yaml:7:8: evaluator: key: depth: expected a path in each pair of braces, such as {network.cell.0},"
            " got '{depth'"
        ),
        ("accuracy: max", "acuracy: max"): (
            "search.yaml:10:14: objectives.acuracy: unknown metric 'acuracy'; did you mean 'accuracy'?"
        ),
        ("columns: {accuracy: acc,", "column: {accuracy: acc,"): (
            "search.yaml:8:3: evaluator: TabularBenchmark has no parameter 'column'; did you mean 'columns'?"
        ),
    }


@pytest.mark.parametrize("number", range(6))
def test_a_mistake_is_named_with_its_place_and_its_cure(fgspace, folder, number):
    (old, new), message = list(mistakes(folder).items())[number]
    (folder / "search.yaml").write_text(SEARCH.replace(old, new))
    done = fgspace("search", "search.yaml", "--out", "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip() == message


def test_a_search_without_any_row_ends_with_status_3_and_the_reason(fgspace, folder):
    (folder / "search.yaml").write_text(SEARCH.replace("depth: depth", "depth: dept"))
    done = fgspace("search", "search.yaml", "--out", "out")
    assert done.returncode == 3
    assert "table.csv: no row with depth '', act 'relu'; the description has no 'dept'" in done.stderr + done.stdout


def test_the_file_and_the_table_of_the_readme_are_a_search(fgspace, folder):
    for language, name in (("yaml", "search.yaml"), ("text", "table.csv")):
        (folder / name).write_text(README.partition(f"```{language}\n")[2].partition("```")[0])
    done = fgspace("search", "search.yaml", "--out", "out", "--trials", "4", "--test")
    assert (done.returncode, done.stderr) == (0, "")
    front = [(row["accuracy"], row["test_accuracy"]) for row in rows(folder / "out" / "pareto_front.csv")]
    assert sorted(front) == [("0.74", "0.71"), ("0.8", "0.79")]
