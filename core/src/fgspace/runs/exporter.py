"""The contract of an exporter, which writes a network in a format that other programs run."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import nn


class Exporter(Protocol):
    """Writes a network to a file: a function, whose further keyword parameters are its options.

    `fgspace export --option NAME=VALUE` gives an option. What it returns, if anything, is printed on stderr.
    """

    def __call__(
        self, model: "nn.Module", path: Path, input_shape: tuple[int, ...], /, *, weights: str | None = None
    ) -> object:
        """Write the model.

        Args:
            model: the network, freshly built.
            path: the file to write.
            input_shape: the shape of its input, without the batch.
            weights: the file of its weights that an evaluator saved; not passed to an exporter that does not take it.

        Raises:
            ValueError: the model, or an option, cannot be exported; the message says why.
        """
