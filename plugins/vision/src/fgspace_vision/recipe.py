"""How a candidate is trained: the options, their defaults, and the checks that need no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from fgspace import Holds

Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Strategy = Literal["auto", "ddp"]
OPTIMIZER: Mapping[str, Any] = {"type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True}
"""What is used where no optimiser is named."""
SCHEDULER: Mapping[str, Any] = {"type": "OneCycleLR"}
"""What is used where no scheduler is named: up to the optimiser's rate and down to nothing (arXiv:1708.07120).

Few epochs are all that a candidate of a search gets, and these two make the most of them: four small ResNets, four
epochs of the digits, three seeds each, read 97.7 % of the validation images right (96.5 at the least). In three epochs
of batches of 32: 97.6, cosine without the rise 97.2, twice the rate 96.6, half of it 97.8, AdamW at 0.005 97.7.
"""
OF_OPTIMIZER = Holds(
    ("lr", "momentum", "nesterov", "weight_decay", "dampening", "betas", "eps", "amsgrad", "alpha"),
    (("learning_rate", "lr"), ("rate", "lr"), ("wd", "weight_decay"), ("l2", "weight_decay")),
    (("type", "SGD"),),
    tuple(OPTIMIZER.items()),
)
"""The options of optimisers that are written beside `optimizer` by mistake."""
OF_SCHEDULER = Holds(
    ("T_max", "eta_min", "gamma", "max_lr", "milestones", "step_size", "total_steps"),
    (("max_learning_rate", "max_lr"),),
    (("type", "..."),),
    tuple(SCHEDULER.items()),
)
"""The options of schedulers that are written beside `lr_scheduler` by mistake."""

OF_DISTILLATION = Holds(("temperature",), (), (("from", "..."),))
"""The options of distillation that are written beside `distil` by mistake."""


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
    mixup: float = 0.0
    cutmix: float = 0.0
    repeated_augmentation: int = 1
    ema: float = 0.0
    distil: Annotated[Mapping[str, Any] | None, OF_DISTILLATION] = None
    precision: Precision = "auto"
    channels_last: bool = True
    compile: bool = False
    device: Device = "auto"
    devices: int = 1
    strategy: Strategy = "auto"

    def __post_init__(self) -> None:
        """Raise ValueError for an option out of range, before anything is loaded."""
        check("epochs", self.epochs, "1 or more", self.epochs >= 1)
        check("batch_size", self.batch_size, "1 or more", self.batch_size >= 1)
        check("label_smoothing", self.label_smoothing, "from 0 to below 1", 0 <= self.label_smoothing < 1)
        check("crop_padding", self.crop_padding, "0 or more", self.crop_padding >= 0)
        check("mixup", self.mixup, "0 or more", self.mixup >= 0)
        check("cutmix", self.cutmix, "0 or more", self.cutmix >= 0)
        check("ema", self.ema, "from 0 to below 1", 0 <= self.ema < 1)
        check("repeated_augmentation", self.repeated_augmentation, "1 or more", self.repeated_augmentation >= 1)
        if self.repeated_augmentation > 1 and not (self.crop_padding or self.flip):
            raise ValueError("repeated_augmentation: nothing is drawn for an image; set crop_padding or flip")
        check("devices", self.devices, "1 or more", self.devices >= 1)
        check("strategy", self.strategy, _one_of(Strategy), self.strategy in get_args(Strategy))
        if self.batch_size % self.devices:
            raise ValueError(f"batch_size is {self.batch_size!r}, expected a multiple of devices, {self.devices}")
        check("precision", self.precision, _one_of(Precision), self.precision in get_args(Precision))
        check("device", self.device, _one_of(Device), self.device in get_args(Device))


def check(option: str, value: Any, expected: str, holds: bool) -> None:
    """Raise ValueError where an option does not hold what it should, infinite and undefined numbers included."""
    if not holds or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{option} is {value!r}, expected {expected}")


def _one_of(literal: Any) -> str:
    return f"one of {', '.join(get_args(literal))}"
