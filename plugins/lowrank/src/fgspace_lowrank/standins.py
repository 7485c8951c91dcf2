"""Finds out what a model does with its layers: which it calls, and of which its code reads the weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from fgspace_lowrank.factors import READABLE
from fgspace_lowrank.running import copied, run


@dataclass
class Uses:
    """The layers that a model calls, in order; and for some, what its code reads of them and two factors have not."""

    called: dict[str, None] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)


class StandIn(nn.Module):
    """Stands in for a layer while a model runs, and notes what is done with it."""

    def __init__(self, name: str, layer: nn.Module, uses: Uses) -> None:
        super().__init__()
        self._parameters.update(layer._parameters)  # a model may ask for all its parameters
        vars(self).update(_name=name, _layer=layer, _uses=uses)

    @property  # type: ignore[misc]  # nobody sets the class
    def __class__(self) -> Any:
        """The class of the layer, so that a model that asks for it gets what it expects."""
        return type(self._layer)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer."""
        self._uses.called[self._name] = None
        return self._layer(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._layer, name)
        if name not in READABLE:
            self._uses.read[self._name] = name
        return value


def uses(model: nn.Module, layers: Mapping[str, nn.Module], input_shape: Sequence[Any]) -> Uses:
    """Return the uses of these layers, by name, in one run of a model; the model does not change.

    Raises:
        ValueError: the model does not run.
    """
    found = Uses()
    watched = copied(model, {id(layer): StandIn(name, layer, found) for name, layer in layers.items()})
    run(watched, input_shape, f"{type(model).__name__} does not take an input of {input_shape}")
    return found
