"""Copies a model to another device; what is one tensor in the model is one tensor in the copy."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves


def copy_to(model: nn.Module, device: str) -> nn.Module:
    """Return a copy of a model whose parameters and buffers are on a device; on the meta device nothing is copied."""
    memo: dict[int, Any] = {}
    for tensor in (*model.parameters(), *model.buffers(), *_computed(model)):
        if not nn.parameter.is_lazy(tensor):
            memo[id(tensor)] = _copied(tensor, device)
    return deepcopy(model, memo)


def _computed(model: nn.Module) -> Iterator[Tensor]:
    """Yield tensors with a history, which `deepcopy` refuses: what modules keep of what they computed.

    The old `weight_norm` keeps weights in an attribute, others fill lists and mappings.
    """
    for module in model.modules():
        yield from (value for value in tree_leaves(vars(module)) if isinstance(value, Tensor) and not value.is_leaf)


def _copied(tensor: Tensor, device: str) -> Tensor:
    with torch.no_grad():
        copy = _empty(tensor, device)
        if device != "meta":
            copy.copy_(tensor)
    return nn.Parameter(copy, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else copy


def _empty(tensor: Tensor, device: str) -> Tensor:
    """Return a tensor without values; on the meta device, `empty_like` makes torch import sympy for half a second."""
    if device == "meta" and tensor.layout is torch.strided:
        return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device=device)
    return torch.empty_like(tensor, device=device)
