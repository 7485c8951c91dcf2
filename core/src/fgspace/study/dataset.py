"""The contract of a data set, which an evaluator trains and measures on."""

from collections.abc import Hashable
from typing import Any, Protocol


class Dataset(Hashable, Protocol):
    """Labelled examples in three parts. A class; its parameters are the options that a file may write.

    Data sets with the same options are equal and have the same hash, so that a process reads the data once. An optional
    attribute `input_shape`, (C, H, W), makes the shape known before anything is read.
    """

    def load(self, seed: int, /) -> Any:
        """Read the data and return the parts.

        Args:
            seed: decides the parts where the data do not come in parts.

        Returns:
            An object with `train`, `validation` and `test`, each with `images`, a NumPy array (N, C, H, W), uint8 as
            stored or float32, and `labels`, int64 (N,) from 0; and with `classes`, their names in order.

        Raises:
            FgspaceError: the data are not there, or cannot be read; the message says what to do.
        """
