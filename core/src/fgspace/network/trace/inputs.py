"""Example inputs of a shape, and the shapes of the tensors in what a module takes or returns."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from fgspace.network.costs import Shape, is_many


def zeros(shape: Shape, device: str, dtype: torch.dtype = torch.float32) -> Any:
    """Return a batch of one input of this shape; a tuple of inputs if the shape is that of several tensors."""
    if is_many(shape):
        return tuple(zeros(one, device, dtype) for one in shape)
    return torch.zeros((1, *shape), device=device, dtype=dtype)


def output_shape(output: Any) -> Shape:
    """Return the shape of an output, without the batch.

    Raises:
        TypeError: it is neither a tensor nor several.
    """
    if isinstance(output, Tensor):
        return tuple(output.shape[1:])
    if isinstance(output, tuple | list):
        return tuple(output_shape(element) for element in output)
    raise TypeError(f"expected to put out tensors, got {type(output).__name__}")


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in arguments or results, in order."""
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def shape_of(tensors: Iterable[Tensor]) -> Shape:
    """Return the shape of one tensor, a tuple of shapes of several, () of none; each without a batch of one."""
    shapes = [tuple(one.shape[1:] if one.dim() and one.shape[0] == 1 else one.shape) for one in tensors]
    return shapes[0] if len(shapes) == 1 else tuple(shapes)
