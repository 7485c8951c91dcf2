"""The contract of a process."""

from typing import TYPE_CHECKING, Protocol

from fgspace.network.costs import Shape

if TYPE_CHECKING:
    from torch import nn


class Process(Protocol):
    """Turns a finished model into another one: a module type with the tag "process", whose instances are called.

    A process does not change the model that it is given. Further methods are optional; with the first three, a network
    is counted without building it:

    - `plan(model, input_shape)`, a static method: returns everything that the other two need to know about a model. The
      model has shapes but no values (it is on the meta device if possible). Called once for each model.
    - `layers_after(rows, plan)`: returns the rows of the layers (`fgspace.Layer`) after the process, from those before.
    - `cost(rows)`: returns the costs that the process adds, by name, from the rows after all processes.
    - `bits(rows)`: returns the bits of the weights and of the input of each layer that it quantises, by path; drawings
      of networks show them.

    A process that reads weights from a file has an attribute `file`, its path, None where it reads none: the file is
    checked before the first trial. A parameter `weights` lets it do without, as `fgspace build --without-weights` asks.

    A parameter whose default domain depends on the network is marked with `Searched(follows=function)`; the function
    gets the rows before the process, and its plan.
    """

    def __call__(self, model: "nn.Module", input_shape: Shape, /) -> "nn.Module":
        """Return the processed model.

        Args:
            model: the network, with its weights.
            input_shape: the shape of its input, without the batch.

        Raises:
            ValueError: the process cannot be applied to this model; the caller adds the place.
        """
