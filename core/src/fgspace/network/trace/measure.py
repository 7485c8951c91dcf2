"""Measures a module without a cost rule: runs it once, on the meta device, and counts the multiply-adds of torch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from fgspace.network.build.builder import build_leaf
from fgspace.network.build.skip_init import skip_init
from fgspace.network.costs import Cost, Shape, is_many
from fgspace.network.parts.part import Leaf


def measured(node: Any, shape: Shape) -> Cost:
    """Return the cost of a leaf or an `nn.Module`; the module is not changed."""
    return measure(partial(build_leaf, node) if isinstance(node, Leaf) else partial(deepcopy, node), shape)


def measure(make: Callable[[], Any], shape: Shape) -> Cost:
    """Return the cost of the module that `make` returns, run in eval mode on one input of this shape.

    If it cannot be made or run on the meta device, it is made and run on the CPU.

    Raises:
        ValueError: it cannot be run on the CPU either.
    """
    try:
        return _measure_on("meta", make, shape)
    except Exception:  # of any kind: a run on the CPU tells an error of the module from one of the device
        return _measure_on("cpu", make, shape)


def _measure_on(device: str, make: Callable[[], Any], shape: Shape) -> Cost:
    with torch.random.fork_rng(devices=[]), torch.device(device), skip_init():
        module = make().eval().to(device)
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), _plain_attention(), counter:
            output = _shape(module(_input(shape, device)))
    except (RuntimeError, TypeError, ValueError, LookupError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{type(module).__name__} does not take an input of {shape}: {reason}") from error
    params = sum(parameter.numel() for parameter in module.parameters())
    return Cost(params, counter.get_total_flops() // 2, output)


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Disable the fused kernel of attention, whose multiply-adds torch does not count."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _input(shape: Shape, device: str) -> Any:
    if is_many(shape):
        return tuple(_input(element, device) for element in shape)
    return torch.zeros((1, *shape), device=device)


def _shape(output: Any) -> Shape:
    if isinstance(output, Tensor):
        return tuple(output.shape[1:])
    if isinstance(output, tuple | list):
        return tuple(_shape(element) for element in output)
    raise TypeError(f"expected to put out tensors, got {type(output).__name__}")
