"""Example inputs of a shape, and the shapes of the tensors in what a module takes or returns."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from fgspace.network.costs import Shape, is_many
from fgspace.network.inputs import Input, Inputs, InputShape, as_shape, is_integer


def example(
    shape: InputShape,
    batch: int = 1,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    seed: int | None = None,
) -> Any:
    """Return a batch of inputs of a shape: zeros, or with a seed, noise and integers drawn evenly.

    Args:
        shape: sizes without the batch, several shapes, or a mapping as in the section `input` of a file.
        batch: the number of inputs.
        device: where the tensors are.
        dtype: the type of the values of float32 inputs.
        seed: the same seed gives the same values on every device.

    Returns:
        A tensor (batch, *shape); a tuple of tensors for several shapes, a mapping by name for a mapping of inputs.
    """
    draws = None if seed is None else torch.Generator().manual_seed(seed)
    return _example(as_shape(shape), batch, device, dtype, draws)


def _example(shape: Shape, batch: int, device: Any, dtype: torch.dtype, draws: torch.Generator | None) -> Any:
    if is_many(shape):
        made = [_example(one, batch, device, dtype, draws) for one in shape]
        return dict(zip(shape.names, made, strict=True)) if isinstance(shape, Inputs) else tuple(made)
    kind = getattr(torch, shape.dtype) if isinstance(shape, Input) and shape.dtype != "float32" else dtype
    sizes = (batch, *shape)
    if draws is None:
        return torch.zeros(sizes, device=device, dtype=kind)
    if isinstance(shape, Input) and is_integer(shape):
        return torch.randint(0, shape.below or 2, sizes, generator=draws).to(kind).to(device)
    return torch.randn(sizes, generator=draws, dtype=torch.float64).to(kind).to(device)


def call(model: nn.Module, given: Any) -> Any:
    """Return what a model puts out for inputs that `example` has made: a mapping holds arguments by name."""
    return model(**given) if isinstance(given, Mapping) else model(given)


def output_shape(output: Any) -> Shape:
    """Return the shape of an output, without the batch.

    A mapping, such as the outputs of many published models, has the shapes of the tensors in it, that of its only
    tensor if it has one; what else it holds, such as a cache, is left out.

    Raises:
        TypeError: it is neither a tensor nor several.
    """
    if isinstance(output, Tensor):
        return tuple(output.shape[1:])
    if isinstance(output, tuple | list):
        return tuple(output_shape(element) for element in output)
    if isinstance(output, Mapping):
        shapes = [output_shape(one) for one in output.values() if isinstance(one, Tensor | tuple | list | Mapping)]
        if shapes:
            return shapes[0] if len(shapes) == 1 else tuple(shapes)
    raise TypeError(f"expected to put out tensors, got {type(output).__name__}")


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in arguments or results, in order."""
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def shape_of(tensors: Iterable[Tensor]) -> Shape:
    """Return the shape of one tensor, a tuple of shapes of several, () of none; each without a batch of one."""
    shapes = [tuple(one.shape[1:] if one.dim() and one.shape[0] == 1 else one.shape) for one in tensors]
    return shapes[0] if len(shapes) == 1 else tuple(shapes)
