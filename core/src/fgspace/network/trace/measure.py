"""Measures a module without a cost rule: runs it once, on the meta device, and gives its rows and its cost."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from fgspace.network.build.builder import build_leaf
from fgspace.network.build.copies import copy_to
from fgspace.network.build.skip_init import skip_init
from fgspace.network.costs import Layer, Measured, Shape
from fgspace.network.inputs import InputShape, as_shape
from fgspace.network.memory import too_large
from fgspace.network.parts.part import Leaf
from fgspace.network.trace.bounded import Bounded, TooManyCallsError
from fgspace.network.trace.run import traced
from fgspace.signatures.reasons import FAILURES, reason


def measured(node: Any, shape: Shape) -> Measured:
    """Return the cost and the rows of a leaf or an `nn.Module`; the module is not changed."""
    if isinstance(node, Leaf):
        return measure(lambda _: build_leaf(node), shape)
    return measure(partial(copy_to, node), shape)


def rows(model: torch.nn.Module, input_shape: InputShape) -> list[Layer]:
    """Return one row for each call of a layer of a model, and of a function that multiplies, as they end.

    Args:
        model: any module; it is not changed. It runs once, in evaluation mode, on the meta device if it can.
        input_shape: the shape of its input, without the batch; a tuple of shapes if it takes several tensors, or a
            mapping as in the section `input` of a file.

    Raises:
        ValueError: the model does not take an input of this shape.
    """
    return list(measured(model, as_shape(input_shape)).rows)


def measure(make: Callable[[str], Any], shape: Shape) -> Measured:
    """Return the rows of the module that `make` returns for a device, run in eval mode on one input of this shape.

    If it cannot be made or run on the meta device, it is made and run on the CPU, unless it does not fit in memory.

    Raises:
        ValueError: it cannot be run on the CPU either.
    """
    module = None
    try:
        module = _made("meta", make)
        return _run("meta", module, shape)
    except TooManyCallsError:
        raise
    except FAILURES as error:  # of any kind: a run on the CPU tells the module's errors from the device's
        if module is not None and (why := too_large(params_of(module))):
            raise ValueError(f"{reason(error)}; to run with values, it {why}") from error
        return _run("cpu", _made("cpu", make), shape)


def params_of(module: torch.nn.Module) -> int:
    """Return the number of parameters of a module, without those whose shapes its first input decides."""
    return sum(parameter.numel() for parameter in module.parameters() if not torch.nn.parameter.is_lazy(parameter))


def _made(device: str, make: Callable[[str], Any]) -> torch.nn.Module:
    with torch.random.fork_rng(devices=[]), torch.device(device), Bounded(), skip_init():
        made: torch.nn.Module = make(device).eval().to(device)
    return made


def _run(device: str, module: torch.nn.Module, shape: Shape) -> Measured:
    with torch.random.fork_rng(devices=[]), torch.device(device), Bounded():
        return traced(module, shape, device)
