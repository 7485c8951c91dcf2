"""Measures a module that no rule knows: runs it once, on the meta device, and counts what torch does."""

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
    """Return the cost of a leaf or of an `nn.Module`, which stays as it is."""
    return measure(partial(build_leaf, node) if isinstance(node, Leaf) else partial(deepcopy, node), shape)


def measure(make: Callable[[], Any], shape: Shape) -> Cost:
    """Return the cost of the module that `make` returns, run in eval mode on one input of this shape.

    What cannot be made or run on the meta device is made and run on the CPU. Raises ValueError where it cannot run.
    """
    try:
        return _measure_on("meta", make, shape)
    except Exception:  # whatever it was: only the CPU tells whether it is the module's fault or the device's
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
    """Keep attention from its fused kernel, whose multiply-adds torch does not count."""
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
