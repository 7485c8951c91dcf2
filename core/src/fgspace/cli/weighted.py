"""Builds the network that a command exports, with the weights that lie beside its file or are named."""

from collections.abc import Sequence
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
        weights: the file of its weights; if None, the one that lies beside `file`, or those that its parts and
            its processes read.
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
        lacks = [] if files or not space.cost()["params"] else space.network.untrained(description, space.input_shape)
        if lacks and not random:
            of = f" for {_some(lacks)}" if space.network.starts(description) else ""
            raise FgspaceError(f"{file}: has no weights{of}; give --weights FILE, or --random to export random ones")
        model = space.build()
    except PartError as error:
        raise DescriptionError([experiment.located(error)]) from error
    named = {**space.network.starts(description), **files}
    read = [f"{one}, which {name or 'the network'} reads" for name, one in named.items()]
    rest = ("the others are random" if read else "random",) if lacks else ()
    return model, "; ".join((*read, *rest)) or "the network has none"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]!r}{more}"


def _loaded(model: "nn.Module", file: str) -> "nn.Module":
    from fgspace.network.weights.loading import load_weights

    try:
        load_weights(model, file, strict=True, otherwise="or --random to export random ones")
    except ValueError as error:
        raise FgspaceError(str(error)) from error
    return model
