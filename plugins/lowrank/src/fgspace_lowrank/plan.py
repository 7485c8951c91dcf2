"""What `LowRank` knows of a model: the layers that can be factorised, and why others cannot."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A linear layer or a 1×1 convolution.

    `type` is the class of torch. The weight is a matrix of (outputs, inputs), or one for each group of a convolution,
    which all get the same rank. `dims` is the number of dims of the output behind the channels.
    """

    type: str
    groups: int
    outputs: int
    inputs: int
    dims: int

    @property
    def weights(self) -> int:
        """The number of weights."""
        return self.groups * self.outputs * self.inputs

    @property
    def most(self) -> int:
        """The highest rank at which the two factors have fewer weights than the layer; 0 if there is none."""
        return (self.outputs * self.inputs - 1) // (self.outputs + self.inputs)


@dataclass(frozen=True)
class Plan:
    """The layers that can be factorised, by path, in the order in which they run; and those that cannot, with why."""

    layers: Mapping[str, Layer]
    kept: Mapping[str, str]
