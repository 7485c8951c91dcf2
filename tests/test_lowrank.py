"""The example of low ranks as it stands: candidates are factorised from one trained network, and can be rebuilt."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import fgspace
import pytest
import torch
import yaml
from fgspace.cli import main

EXAMPLE = Path(__file__).parents[1] / "examples" / "lowrank.yaml"


@pytest.mark.soak
def test_the_example_searches_ranks_and_leaves_networks_that_are_rebuilt(tmp_path: Path, capsys) -> None:
    command = [sys.executable, "-m", "fgspace", "search", EXAMPLE, "--out", tmp_path, "--trials", "8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with (tmp_path / "trials.csv").open(newline="") as text:
        trials = list(csv.DictReader(text))
    assert len(trials) == 8
    assert {trials[0][f"lowrank.ranks.net.{layer}"] for layer in ("mix", "hidden", "head")} == {"full"}
    assert len({trial["full_accuracy"] for trial in trials}) == 1
    assert float(trials[0]["full_accuracy"]) > 0.9
    for folder in (tmp_path / "front").iterdir():
        metrics = json.loads((folder / "metrics.json").read_text())
        weights = torch.load(folder / "weights.pt", weights_only=True)
        net = fgspace.build(yaml.safe_load((folder / "description.yaml").read_text())["search_space"])
        net.load_state_dict(weights)
        assert sum(parameter.numel() for parameter in net.parameters()) == metrics["params"]
        assert main(["build", str(folder / "description.yaml")]) == 0
        assert f"{metrics['params']:,}" in capsys.readouterr().out.splitlines()[-1]
