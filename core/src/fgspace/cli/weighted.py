"""Builds the network that a command exports, with the weights that lie beside its file or are named."""

from pathlib import Path
from typing import TYPE_CHECKING

from fgspace.config.experiment import Experiment
from fgspace.errors import DescriptionError, FgspaceError
from fgspace.network.costs import PartError

if TYPE_CHECKING:
    from torch import nn

BESIDE = "weights.pt"
"""The file of weights that a search writes beside a description."""


def weighted(experiment: Experiment, file: Path, weights: str | None, *, random: bool) -> tuple["nn.Module", str]:
    """Return the network at the initial point of an experiment, and the origin of its weights in words.

    Args:
        experiment: the experiment.
        file: the file that it was read from.
        weights: the file of its weights; if None, the one that lies beside `file`, or those that its processes read.
        random: whether random weights are wanted.

    Raises:
        FgspaceError: there are no weights, or they are not those of this network.
    """
    space, beside = experiment.space, file.parent / BESIDE
    description = space.network_at()
    chosen = weights or (str(beside) if beside.is_file() and not random else None)
    try:
        files = space.network.weight_files(description)
        if chosen is not None:
            model = space.network.build(space.network.without_weights(description), space.input_shape, init=False)
            return _loaded(model, chosen), chosen
        if not random and not files and space.cost()["params"]:
            raise FgspaceError(f"{file}: has no weights; give --weights FILE, or --random to export random ones")
        model = space.build()
    except PartError as error:
        raise DescriptionError([experiment.located(error)]) from error
    read = ", ".join(f"{one}, which {name} reads" for name, one in files.items())
    return model, read or ("random" if random else "the network has none")


def _loaded(model: "nn.Module", file: str) -> "nn.Module":
    from fgspace.network.weights.loading import load_weights

    try:
        load_weights(model, file, strict=True, otherwise="or --random to export random ones")
    except ValueError as error:
        raise FgspaceError(str(error)) from error
    return model
