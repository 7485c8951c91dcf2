"""The skeleton of a network: its modules with their shapes and, where it can be, without any values."""

import copy
from collections.abc import Callable
from typing import Any

import torch


def on_skeleton(build: Callable[[], torch.nn.Module], ask: Callable[[torch.nn.Module], Any]) -> Any:
    """Return what `ask` says of a network, on the meta device; on the CPU where it cannot be built or asked there."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model = build()
        return ask(copy.deepcopy(model).to("meta"))
    except Exception:  # whatever it was: only the CPU tells whether it is the model's fault or the device's
        with torch.random.fork_rng(devices=[]):
            return ask(build())
