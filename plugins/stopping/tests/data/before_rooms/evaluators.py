"""The evaluator of the study that an earlier version began."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fgspace


@fgspace.register(kind="evaluator")
class Parabola:
    """Reports three epochs on the way to a loss that is least where width is 32 and rate 0.01."""

    metrics = ("loss",)
    input_shape = (3, 8, 8)

    def __init__(self, *, seed: int = 0, folder: Path | None = None) -> None:
        self.seed = seed

    def __call__(self, description: Mapping[str, Any], report: Callable[..., None] | None = None) -> dict[str, float]:
        """Return the loss of a description."""
        loss = abs(description["stem"]["out_channels"] - 32) / 32 + abs(description["act"]["negative_slope"] - 0.01)
        for epoch in (1, 2, 3):
            if report is not None:
                report(epoch, {"loss": loss + 1 / epoch}, of=3)
        return {"loss": loss + 1 / 3}
