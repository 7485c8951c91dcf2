"""How a candidate is trained: the options, their defaults, and the checks that need no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true"]
Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained; ImageClassification, which takes these options, tells what each means."""

    epochs: int = 4
    batch_size: int = 64
    optimizer: Mapping[str, Any] | None = None
    lr_scheduler: Mapping[str, Any] | None = None
    label_smoothing: float = 0.0
    crop_padding: int = 0
    flip: bool = False
    precision: Precision = "auto"
    channels_last: bool = True
    compile: bool = False
    device: Device = "auto"

    def __post_init__(self) -> None:
        """Raise ValueError for an option out of range, before anything is loaded."""
        check("epochs", self.epochs, "1 or more", self.epochs >= 1)
        check("batch_size", self.batch_size, "1 or more", self.batch_size >= 1)
        check("label_smoothing", self.label_smoothing, "from 0 to below 1", 0 <= self.label_smoothing < 1)
        check("crop_padding", self.crop_padding, "0 or more", self.crop_padding >= 0)
        check("precision", self.precision, _one_of(Precision), self.precision in get_args(Precision))
        check("device", self.device, _one_of(Device), self.device in get_args(Device))


def check(option: str, value: Any, expected: str, holds: bool) -> None:
    """Raise ValueError where an option does not hold what it should, infinite and undefined numbers included."""
    if not holds or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{option} is {value!r}, expected {expected}")


def _one_of(literal: Any) -> str:
    return f"one of {', '.join(get_args(literal))}"
