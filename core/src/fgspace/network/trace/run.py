"""Runs a model once and gives one row for each layer, and for each function that multiplies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from fgspace.network.costs import Ends, Layer, Measured, Shape
from fgspace.network.trace.bounded import TooManyCallsError
from fgspace.network.trace.calls import Call, Calls
from fgspace.network.trace.inputs import call, example, output_shape, shape_of, tensors_in
from fgspace.network.trace.products import Products
from fgspace.network.trace.readings import Readings
from fgspace.signatures.reasons import FAILURES, reason


def traced(model: nn.Module, shape: Shape, device: str) -> Measured:
    """Run a model once in evaluation mode; return its rows, the shape of its output, and its ends.

    Rows are in the order in which their calls end. A parameter counts in the first row that reads it. Those that no row
    reads have a row each at the end, of the type "Parameter", or "Unused" if nothing reads it, with the name of the
    parameter as its path; so have the buffers of floats that operations read and no layer does.

    Args:
        model: a copy, on the device: it gets hooks.
        shape: the shape of its input, without the batch.
        device: where the input is made.

    Raises:
        ValueError: the model does not take an input of this shape.
    """
    ended: list[Call] = []
    calls = Calls(model, lambda: len(products.macs), ended.append)
    products = Products(lambda tensors: _use(calls, tensors))
    try:
        with torch.no_grad(), _without_fused_kernels():
            given = example(shape, device=device)
            entering = calls.readings.numbers(tensors_in(given))
            with calls, products:
                output = call(model, given)
            leaving = calls.readings.numbers(tensors_in(output))
            out_shape = output_shape(output)
    except TooManyCallsError:
        raise
    except FAILURES as error:
        raise ValueError(f"{type(model).__name__} does not take an input of {shape}: {reason(error)}") from error
    ends = _ends(calls.readings, entering, leaving, ended)
    calls.readings.reads.update(leaving)
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    unread = [(name, "Parameter" if calls.parameters.is_used(name) else "Unused") for name in calls.parameters.unread()]
    others = [Layer(name, kind, (), (), sizes[name], 0) for name, kind in unread]
    rows = [_row(one, sizes, products.macs, calls.readings) for one in ended]
    return Measured((*rows, *others, *_buffers(model, calls)), out_shape, ends)


def _ends(readings: Readings, entering: Sequence[int], leaving: Sequence[int], ended: Sequence[Call]) -> Ends | None:
    """Return how the calls are joined to the input and the output; None if there are several of either."""
    if len(entering) != 1 or len(leaving) != 1:
        return None
    (first,), (last,) = entering, leaving
    readers = tuple(index for index, one in enumerate(ended) if one.source == first)
    return Ends(readers, readings.reads[first], readings.maker_of_unread(last), first == last)


def _buffers(model: nn.Module, calls: Calls) -> list[Layer]:
    """Return a row for each buffer of floats that operations read, and no layer."""
    shapes = {name: tuple(one.shape) for name, one in model.named_buffers() if one.is_floating_point()}
    unread = [name for name in calls.buffers.unread() if name in shapes and calls.buffers.is_used(name)]
    return [Layer(name, "Buffer", (), shapes[name], 0, 0) for name in unread]


def _row(ended: Call, sizes: Mapping[str, int], macs: Sequence[int], readings: Readings) -> Layer:
    return Layer(
        ended.path,
        ended.type,
        shape_of(ended.inputs),
        shape_of(ended.outputs),
        sum(sizes[name] for name in ended.parameters),
        sum(macs[one] for one in ended.products),
        ended.call,
        readings.maker_of(ended.source),
        ended.statistics,
        ended.where,
    )


def _use(calls: Calls, tensors: Iterable[Tensor]) -> None:
    calls.parameters.use(tensors)
    calls.buffers.use(tensors)


@contextmanager
def _without_fused_kernels() -> Iterator[None]:
    """Disable the fused kernels of `MultiheadAttention` and encoder layers, which hide the calls inside."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
