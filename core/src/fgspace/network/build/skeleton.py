"""The skeleton of a network: its modules with shapes, for questions that need no values."""

from collections.abc import Callable
from typing import Any

import torch

from fgspace.network.build.copies import copy_to
from fgspace.signatures.reasons import FAILURES


def on_skeleton(build: Callable[[], torch.nn.Module], ask: Callable[[torch.nn.Module], Any]) -> Any:
    """Return `ask(network)` for the network built on the meta device, or on the CPU if that fails."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model = build()
        return ask(copy_to(model, "meta"))
    except FAILURES:  # of any kind: a run on the CPU tells an error of the model from one of the device
        with torch.random.fork_rng(devices=[]):
            return ask(build())
