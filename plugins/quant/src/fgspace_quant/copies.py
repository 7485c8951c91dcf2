"""Copies models whose weights are computed anew before each run, as the old `weight_norm` and `spectral_norm` do."""

import copy
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

Model = TypeVar("Model", bound=nn.Module)


def copied(model: Model) -> Model:
    """Return a deep copy; tensors that hold a graph of gradients, which torch cannot copy, are copied without it."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        for tensor in tree_leaves(vars(module)):  # in lists and mappings too, where a module keeps what it computed
            if isinstance(tensor, Tensor) and not tensor.is_leaf:
                memo[id(tensor)] = tensor.detach().clone()
    return copy.deepcopy(model, memo)
