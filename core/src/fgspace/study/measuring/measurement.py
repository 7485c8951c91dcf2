"""The contract of a measurement, which measures the network of a trial while no other trial runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fgspace.network.costs import Shape


@dataclass(frozen=True)
class Sample:
    """What was measured: its median, and how far measurements lie apart.

    `reference` is what was measured, in turns with it, of something that never changes. A study divides by how much
    that has changed since its first trial.
    """

    value: float
    spread: float = 0.0
    reference: float | None = None


class Measurement(Protocol):
    """Measures the network of a description: a class; its parameters are the options that a file may write.

    It runs where trials run, before the trial is evaluated, and so without trained weights. No other trial runs
    meanwhile.
    """

    def __call__(self, description: Mapping[str, Any], input_shape: Shape, /) -> Sample:
        """Return what was measured.

        Args:
            description: the description of the network, all values fixed.
            input_shape: the shape of its input, without the batch.

        Raises:
            Exception: any exception fails this trial only, and is recorded as the reason.
        """
