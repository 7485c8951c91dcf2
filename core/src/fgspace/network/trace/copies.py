"""Copies a model to another device; what is one tensor in the model is one tensor in the copy."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn


def copy_to(model: nn.Module, device: str) -> nn.Module:
    """Return a copy of a model whose parameters and buffers are on a device; on the meta device nothing is copied."""
    memo: dict[int, Any] = {}
    for tensor in (*model.parameters(), *model.buffers()):
        if not nn.parameter.is_lazy(tensor):
            memo[id(tensor)] = _copied(tensor, device)
    return deepcopy(model, memo)


def _copied(tensor: Tensor, device: str) -> Tensor:
    with torch.no_grad():
        copy = torch.empty_like(tensor, device=device)
        if device != "meta":
            copy.copy_(tensor)
    return nn.Parameter(copy, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else copy
