"""The contract of an exporter, which writes a network in a format that other programs run."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import nn


class Exporter(Protocol):
    """Writes a network to a file: a function, whose further keyword parameters are its options.

    `fgspace export --option NAME=VALUE` gives an option. What it returns, if anything, is printed on stderr.
    """

    def __call__(self, model: "nn.Module", path: Path, input_shape: tuple[int, ...], /) -> object:
        """Write the model.

        Args:
            model: the network, with its weights.
            path: the file to write.
            input_shape: the shape of its input, without the batch.

        Raises:
            ValueError: the model, or an option, cannot be exported; the message says why.
        """
