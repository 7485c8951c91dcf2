"""Checks the networks at the points of an experiment's space before any trial."""

from fgspace.config.experiment import Experiment
from fgspace.spaces.checking import Checked, check_space


def check_points(experiment: Experiment, points: int | None = None) -> Checked:
    """Check the networks of an experiment as `check_space` does; problems have their places in the file.

    Raises:
        DescriptionError: the network at some point cannot be counted, built or run.
    """
    return check_space(
        experiment.space,
        points,
        seed=experiment.seed,
        trained=experiment.evaluator is not None,
        locate=experiment.located,
    )
