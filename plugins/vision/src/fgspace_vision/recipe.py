"""How a candidate is trained: the options, their defaults, and the checks that need no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from fgspace import Holds

Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true"]
Device = Literal["auto", "cpu", "cuda", "mps"]
OF_OPTIMIZER = Holds(
    ("lr", "momentum", "nesterov", "weight_decay", "dampening", "betas", "eps", "amsgrad", "alpha"),
    (("learning_rate", "lr"), ("rate", "lr"), ("wd", "weight_decay"), ("l2", "weight_decay")),
    (("type", "SGD"),),
)
"""The options of optimisers that are written beside `optimizer` by mistake."""
OF_SCHEDULER = Holds(
    ("T_max", "eta_min", "gamma", "max_lr", "milestones", "step_size", "total_steps"),
    (("max_learning_rate", "max_lr"),),
    (("type", "..."),),
)
"""The options of schedulers that are written beside `lr_scheduler` by mistake."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained; ImageClassification, which takes these options, tells what each means."""

    epochs: int = 4
    batch_size: int = 64
    optimizer: Annotated[Mapping[str, Any] | None, OF_OPTIMIZER] = None
    lr_scheduler: Annotated[Mapping[str, Any] | None, OF_SCHEDULER] = None
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
