"""Puts the preprocessing of images before a network, as its first operations, so that it takes raw pixels."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from fgspace import Leaf, NetworkFacts
from torch import Tensor, nn


class Pixels(nn.Module):
    """Returns `(pixels · scale - mean) / deviation`, a number of each for each channel.

    Args:
        scale: the factor of the pixels.
        mean: what is subtracted then.
        deviation: what is divided by last.
    """

    def __init__(self, scale: float, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        super().__init__()
        self.scale = scale
        self.mean = mean
        self.deviation = deviation

    def forward(self, pixels: Tensor) -> Tensor:
        """Map pixels (N, C, H, W), 0 to 255 where they have 8 bits, to what the network takes."""
        mean, deviation = (pixels.new_tensor(one).reshape(-1, 1, 1) for one in (self.mean, self.deviation))
        return (pixels * self.scale - mean) / deviation


def on_pixels(model: nn.Module, facts: NetworkFacts | None, shape: Any) -> tuple[nn.Module, NetworkFacts]:
    """Return a network that takes raw pixels of its own size and channels, and what is known of it.

    Raises:
        ValueError: its preprocessing is not known.
    """
    known: Mapping[str, Any] = {} if facts is None else facts.preprocessing
    if facts is None or "scale" not in known:
        raise ValueError(
            "with_preprocessing: the file does not record the preprocessing of the network; export it from the folder "
            "of its search, whose description.yaml has it under expects"
        )
    channels = shape[0]
    scale, mean = float(known["scale"]), _each(known.get("mean", 0.0), channels)
    deviation = _each(known.get("deviation", 1.0), channels)
    before = Pixels(scale, mean, deviation).eval()
    made = nn.Sequential(OrderedDict(preprocessing=before, network=model)).train(model.training)
    given, calls = facts.examples, facts.calls

    def examples(count: int) -> Any:
        inputs = given(count) if given is not None else None
        by_channel = (torch.tensor(one).reshape(-1, 1, 1) for one in (deviation, mean))
        return None if inputs is None else (inputs * next(by_channel) + next(by_channel)) / scale

    def moved() -> dict[str, Leaf]:
        return {f"network.{path}" if path else "network": leaf for path, leaf in calls().items()}

    return made, replace(facts, calls=moved, examples=None if given is None else examples)


def _each(value: Any, channels: int) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, list | tuple) else (float(value),) * channels
