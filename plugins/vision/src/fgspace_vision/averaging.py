"""An exponential moving average of the weights of a network in training."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """The average of a network's weights and statistics over the steps of its training.

    It moves by `decay`, but by less in the first steps, as (1 + n) / (10 + n) in step n, so that the weights of the
    start do not stay in it.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network, self._decay, self._steps = network, decay, 0
        self._values = _copied(network)

    @torch.no_grad()
    def step(self) -> None:
        """Move towards the weights as they are now; whole numbers, such as counts of batches, are taken over."""
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        self._steps += 1
        for name, value in self._network.state_dict().items():
            if value.is_floating_point():
                self._values[name].lerp_(value, 1 - decay)
            else:
                self._values[name].copy_(value)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Give the network the average inside, and its own weights back, bit for bit."""
        own = _copied(self._network)
        self._network.load_state_dict(self._values)
        try:
            yield
        finally:
            self._network.load_state_dict(own)

    def keep(self) -> None:
        """Give the network the average for good."""
        self._network.load_state_dict(self._values)

    def state(self) -> dict[str, object]:
        """Return what `load` reads."""
        return {"steps": self._steps, "values": self._values}

    def load(self, state: Mapping[str, object]) -> None:
        """Go on from what `state` returned."""
        self._steps = int(state["steps"])  # type: ignore[call-overload]
        for name, value in state["values"].items():  # type: ignore[attr-defined]
            self._values[name].copy_(value)


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
