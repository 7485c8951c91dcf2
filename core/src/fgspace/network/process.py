"""The contract of a process: what is done to the finished model, and what that changes of its layers and its cost."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from fgspace.network.costs import Layer, Shape

if TYPE_CHECKING:
    from torch import nn


class Process(Protocol):
    """Turns a finished model into another: a module type with the tag "process", whose instances are called.

    A process keeps the model that it is given as it is. Three further methods are optional. With them, a network is
    counted without building it:

    - `plan(model, input_shape)`, a static method: all that the others need to know of a model. The model has shapes but
      no values (it is on the meta device where that is possible). It is called once a model, and its result is kept.
    - `layers_after(rows, plan)`: the rows of the layers (`fgspace.Layer`) as the process leaves them, from those that
      it finds.
    - `cost(rows)`: what the process adds to the cost, by name, from the rows that all processes together leave.

    A parameter whose default domain depends on the network is marked with `Searched(follows=function)`; the function
    gets the rows that the process finds and its plan.
    """

    def __call__(self, model: "nn.Module", input_shape: Shape, /) -> "nn.Module":
        """Return the processed model.

        Args:
            model: the network, with its weights.
            input_shape: the shape of its input, without the batch.

        Raises:
            ValueError: the process cannot be applied to this model; the message says why, the caller adds the place.
        """


class Counting(Protocol):
    """The optional methods of a process by which a network is counted without building it."""

    def layers_after(self, rows: Sequence[Layer], plan: object) -> Sequence[Layer]:
        """Return the rows as the process leaves them."""

    def cost(self, rows: Sequence[Layer]) -> Mapping[str, float]:
        """Return what the process adds to the cost, by name."""
