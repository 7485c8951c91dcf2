"""The example of the workspace that searches by SANAS is in order and learns."""

from pathlib import Path

import fgspace
import pytest
from fgspace.config.loading import load

pytestmark = pytest.mark.needs("resnet", "vision")

EXAMPLE = Path(__file__).parents[3] / "examples" / "sanas_mobilenet.yaml"


def test_its_schedule_is_fitted_to_its_budget():
    experiment = load(EXAMPLE)
    assert experiment.algorithm["steps"] == experiment.budget["trials"]


def test_its_first_networks_read_digits_within_its_constraint():
    experiment = load(EXAMPLE)
    study = fgspace.Study(experiment.space, "SANAS", experiment.objectives, experiment.constraints, steps=20)
    study.run(experiment.make_evaluator(), trials=2)
    for trial in study.trials:
        assert trial.metrics["accuracy"] > 0.9
        assert trial.metrics["macs"] <= 1_000_000
