"""The modules of combinators: small `nn.Module`s that run their children."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.joins import options_of


class Sequential(nn.Sequential):
    """A chain that returns the list of the outputs of some of its children."""

    def __init__(self, out_list: list[int]) -> None:
        super().__init__()
        self.out_list = tuple(out_list)

    def forward(self, x: Any) -> list[Any]:
        """Run the children one after the other."""
        outputs = _chain(self, x)
        return [outputs[idx] for idx in self.out_list]


class Named(nn.Sequential):
    """A chain whose first child gets several inputs by their names."""

    def forward(self, *args: Any, **inputs: Any) -> Any:
        """Run the first child on the inputs, and the others one after the other on what it puts out."""
        first, *others = self
        output = first(*args, **inputs)
        for child in others:
            output = child(output)
        return output


class Append(nn.Sequential):
    """A chain that returns the tuple of the outputs of all children."""

    def forward(self, x: Any) -> tuple[Any, ...]:
        """Run the children one after the other."""
        return tuple(_chain(self, x))


class Add(nn.Sequential):
    """The sum of the outputs of the children, all on the same input."""

    def forward(self, x: Any) -> Tensor:
        """Run every child on x; neither x nor the outputs of the children are changed."""
        outputs = [child(x) for child in self]
        total: Tensor = outputs[0]
        for output in outputs[1:]:
            total = total + output
        return total


class Multiply(nn.Sequential):
    """The product of the outputs of the children, all on the same input."""

    def forward(self, x: Any) -> Tensor:
        """Run every child on x; neither x nor the outputs of the children are changed."""
        outputs = [child(x) for child in self]
        product: Tensor = outputs[0]
        for output in outputs[1:]:
            product = product * output
        return product


class Concat(nn.Sequential):
    """The outputs of the children, all on the same input, concatenated along dimension 1."""

    def forward(self, x: Any) -> Tensor:
        """Run every child on x."""
        joined: Tensor = torch.cat([child(x) for child in self], dim=1)
        return joined


class Tuple(nn.Sequential):
    """The tuple of the outputs of the children, all on the same input."""

    def forward(self, x: Any) -> tuple[Any, ...]:
        """Run every child on x."""
        return tuple(child(x) for child in self)


class Map(nn.Sequential):
    """One child, run on every element of a sequence."""

    def forward(self, x: Any) -> tuple[Any, ...]:
        """Run the child on each element of x."""
        return tuple(self[0](element) for element in x)


class Merge(nn.Sequential):
    """The first child gets the input, every other child the tuple of all outputs so far."""

    def forward(self, x: Any) -> tuple[Any, ...]:
        """Run the children one after the other; a tuple that a child returns is unpacked into the outputs so far."""
        outputs: tuple[Any, ...] = ()
        for child in self:
            output = child(outputs or x)
            outputs = (*outputs, *(output if isinstance(output, tuple | list) else (output,)))
        return outputs


class Interpolate(nn.Sequential):
    """A chain whose output is resized to the height and width of its input."""

    def forward(self, x: Tensor) -> Tensor:
        """Run the children one after the other, then resize bilinearly, corners aligned."""
        output = _chain(self, x)[-1] if len(self) else x
        return nn.functional.interpolate(output, x.shape[-2:], mode="bilinear", align_corners=True)


def container(part: FineGrainedSpace, named: bool = False) -> nn.Sequential:
    """Return the module of a composite, still without children; `named` says that it gets inputs by their names.

    Raises:
        ValueError: a composite that is no plain chain gets inputs by their names.
    """
    if named:
        if part.join != "sequential" or options_of(part):
            raise ValueError("takes one input, but gets several by name; let a module that takes them come first")
        return Named()
    out_list = options_of(part).get("out_list")
    if out_list is not None:
        return Sequential(out_list)
    return nn.Sequential() if part.join == "sequential" else _CONTAINERS[part.join]()


def _chain(children: nn.Sequential, x: Any) -> list[Any]:
    outputs = []
    for child in children:
        x = child(x)
        outputs.append(x)
    return outputs


_CONTAINERS: Mapping[str, type[nn.Sequential]] = {
    "append": Append,
    "tuple": Tuple,
    "add": Add,
    "multiply": Multiply,
    "concat": Concat,
    "map": Map,
    "merge": Merge,
    "interpolate": Interpolate,
}
