"""The example of early stopping as it stands: networks are stopped, and the others end as they would without a rule."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "early_stopping.yaml"


def search(file: Path, out: Path, *arguments: str) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "fgspace", "search", file, "--out", out, "--trials", "9", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with (out / "trials.csv").open(newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.soak
def test_the_example_stops_trials_and_leaves_the_others_what_they_would_be_without(tmp_path: Path) -> None:
    described = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    described["search_algorithm"] = {"type": "RandomSearch"}  # it proposes the same points, whatever it is told
    described["evaluator"]["epochs"] = 4
    (tmp_path / "with.yaml").write_text(yaml.safe_dump(described))
    del described["early_stopping"]
    (tmp_path / "without.yaml").write_text(yaml.safe_dump(described))
    stopped = search(tmp_path / "with.yaml", tmp_path / "with")
    whole = search(tmp_path / "without.yaml", tmp_path / "without")
    states = [row["state"] for row in stopped if row["state"] != "infeasible"]
    assert set(states) == {"complete", "stopped"}
    assert len(states) == 9
    for one, other in zip(stopped, whole, strict=True):
        assert one["first.out_channels"] == other["first.out_channels"]
        if one["state"] == "complete":
            assert (one["accuracy"], one["loss"]) == (other["accuracy"], other["loss"])
            assert len(json.loads(one["curve"])) == 4
        elif one["state"] == "stopped":
            assert len(json.loads(one["curve"])) in (1, 3)
