"""The skeleton of a network: its modules with their shapes and, where it can be, without any values."""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from fgspace.network.building import build
from fgspace.network.costs import Shape
from fgspace.network.part import Part

if TYPE_CHECKING:
    from fgspace.network.walk import Network


def on_skeleton(network: "Network", part: Part, shape: Shape, ask: Callable[[torch.nn.Module], Any]) -> Any:
    """Return what `ask` says of the network, on the meta device; on the CPU where it cannot be made or asked there."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model = build(network, part, shape, init=False)
        return ask(copy.deepcopy(model).to("meta"))
    except Exception:  # whatever it was: only the CPU tells whether it is the model's fault or the device's
        with torch.random.fork_rng(devices=[]):
            return ask(build(network, part, shape, init=False))
