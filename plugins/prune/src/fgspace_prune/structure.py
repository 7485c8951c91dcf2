"""Copies the structure of a model around tensors that have been copied already."""

import copy
from collections import OrderedDict
from typing import Any

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd

PLAIN = frozenset({bool, int, float, str, type(None), torch.Size, torch.dtype, torch.device})
"""Types whose values are immutable, and need no copy."""
OWN_STATE = (nn.Module.__setstate__, _ConvNd.__setstate__)
"""Methods that set the state of a module and only add what files of older versions lack."""


def copied(value: Any, memo: dict[int, Any]) -> Any:
    """Return what `copy.deepcopy(value, memo)` returns, several times faster for modules.

    A module is mostly a dozen empty dicts of hooks, which this copies without the checks of `deepcopy`. Objects whose
    ids are in `memo` count as copied. A tensor that was computed, which `deepcopy` refuses, is copied without its
    history. A module that defines how it is copied is left to `copy.deepcopy`.
    """
    kind: Any = type(value)
    if kind in PLAIN:
        return value
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, torch.Tensor) and not value.is_leaf:  # a result, such as the weight that weight_norm computes
        memo[id(value)] = value.detach().clone()
        return memo[id(value)]
    if (kind is tuple or kind is set) and all(type(one) in PLAIN for one in value):
        return kind(value)
    if kind is list:
        listed: list[Any] = []
        memo[id(value)] = listed
        listed.extend(copied(one, memo) for one in value)
        return listed
    if kind is dict or kind is OrderedDict:
        made = memo[id(value)] = kind()
        made.update((key, copied(one, memo)) for key, one in value.items())
        return made
    if isinstance(value, nn.Module) and kind.__setstate__ in OWN_STATE and not hasattr(kind, "__deepcopy__"):
        module = memo[id(value)] = kind.__new__(kind)
        module.__dict__.update((key, copied(one, memo)) for key, one in value.__dict__.items())
        return module
    return copy.deepcopy(value, memo)


def without_values(module: nn.Module) -> nn.Module:
    """Return a copy of a module whose parameters and buffers are on the meta device."""
    memo: dict[int, Any] = {id(one): nn.Parameter(one.detach().to("meta"), False) for one in module.parameters()}
    memo |= {id(one): one.to("meta") for one in module.buffers()}
    made: nn.Module = copied(module, memo)
    return made
