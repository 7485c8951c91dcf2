"""Copies models, and runs them."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from fgspace import trace
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves


def copied(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    """Return a deep copy of a model, with the values of `memo` in place of the objects whose ids are its keys.

    Computed tensors, such as the weights of the old `weight_norm`, are copied without their history, which torch cannot
    copy.
    """
    for module in model.modules():
        for value in tree_leaves(vars(module)):
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    made: nn.Module = copy.deepcopy(model, memo)
    return made


def run(model: nn.Module, input_shape: Sequence[Any], problem: str, cure: str = "") -> None:
    """Run a model once on zeros, where its parameters are, in evaluation mode and without fused kernels.

    Raises:
        ValueError: it does not run; the message is the problem, what its code says, and the cure.
    """
    like = next((one for one in model.parameters() if one.is_floating_point()), torch.empty(0))
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            trace.call(model.eval(), trace.example(input_shape, device=like.device, dtype=like.dtype))
    except Exception as error:  # of any kind: the code is the user's
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise ValueError(f"{problem}: {reason}{cure}") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
