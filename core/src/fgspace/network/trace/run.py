"""Runs a model once and gives one row for each layer, and for each function that multiplies."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from fgspace.network.costs import Layer, Shape
from fgspace.network.trace.bounded import TooManyCallsError
from fgspace.network.trace.calls import Call, Calls
from fgspace.network.trace.inputs import call, example, output_shape, shape_of
from fgspace.network.trace.products import Products
from fgspace.signatures.reasons import FAILURES, reason


def traced(model: nn.Module, shape: Shape, device: str) -> tuple[list[Layer], Shape]:
    """Run a model once in evaluation mode; return its rows, and the shape of its output.

    Rows are in the order in which their calls end. A parameter counts in the first row that reads it. Those that no row
    reads have a row each at the end, of the type "Parameter", or "Unused" if nothing reads it, with the name of the
    parameter as its path.

    Args:
        model: a copy, on the device: it gets hooks.
        shape: the shape of its input, without the batch.
        device: where the input is made.

    Raises:
        ValueError: the model does not take an input of this shape.
    """
    ended: list[Call] = []
    calls = Calls(model, lambda: len(products.macs), ended.append)
    products = Products(calls.parameters.use)
    try:
        with torch.no_grad(), _without_fused_kernels(), calls, products:
            output = output_shape(call(model, example(shape, device=device)))
    except TooManyCallsError:
        raise
    except FAILURES as error:
        raise ValueError(f"{type(model).__name__} does not take an input of {shape}: {reason(error)}") from error
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    unread = [(name, "Parameter" if calls.parameters.is_used(name) else "Unused") for name in calls.parameters.unread()]
    others = [Layer(name, kind, (), (), sizes[name], 0) for name, kind in unread]
    return [*(_row(one, sizes, products.macs) for one in ended), *others], output


def _row(ended: Call, sizes: Mapping[str, int], macs: Sequence[int]) -> Layer:
    return Layer(
        ended.path,
        ended.type,
        shape_of(ended.inputs),
        shape_of(ended.outputs),
        sum(sizes[name] for name in ended.parameters),
        sum(macs[one] for one in ended.products),
        ended.call,
        ended.where,
    )


@contextmanager
def _without_fused_kernels() -> Iterator[None]:
    """Disable the fused kernels of `MultiheadAttention` and encoder layers, which hide the calls inside."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
