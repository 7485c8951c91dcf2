"""Builds and runs what a suite tests, and compares it with what is counted."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import fgspace
from fgspace.errors import FgspaceError
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_Result = TypeVar("_Result")
_INPUTS: tuple[Any, ...] = ((3, 32, 32), (3, 64, 64), (16, 16, 16), (64, 8, 8), (16,), (8, 16), (64,), (16, 64))
"""Input shapes that are tried, in this order, where an example names none."""


def input_that_fits(description: Mapping[str, Any]) -> Any:
    """Return the first of some usual input shapes that a description takes.

    Raises:
        FgspaceError: it takes none of them.
    """
    network = network_of(default_registry())
    refused = None
    for shape in _INPUTS:
        try:
            network.cost(description, shape)
        except (FgspaceError, ValueError) as error:
            refused = refused or error
        else:
            return shape
    raise FgspaceError(f"it takes none of the usual inputs ({refused}): give its example an entry 'input'")


def unless_refused(work: Callable[[], _Result]) -> _Result | None:
    """Return the result, None where the type refuses in one sentence; any other exception is raised."""
    try:
        return work()
    except FgspaceError as error:
        refusal = str(error)
    assert len(refusal.splitlines()) == 1, f"the refusal is longer than a line: {refusal}"
    return None


def compare(description: Mapping[str, Any], input_shape: Any) -> None:
    """Assert that a network has the parameters, multiply-adds and output shape that are counted for it."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from fgspace.network.trace import call, example
    from fgspace.network.trace.inputs import output_shape

    cost = network_of(default_registry()).cost(description, input_shape)
    module = fgspace.build(description, input_shape=input_shape).eval()
    with torch.no_grad(), _attention_by_products(), FlopCounterMode(display=False) as counter:
        output = call(module, example(input_shape))
    assert cost.output_shape == output_shape(output)
    assert cost.params == sum(one.numel() for one in module.parameters())
    assert 2 * cost.macs == counter.get_total_flops()


def _attention_by_products() -> Any:
    """Return a context in which attention multiplies matrices, which are counted, whatever kernel it would take."""
    from contextlib import ExitStack

    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    stack = ExitStack()
    stack.enter_context(sdpa_kernel(SDPBackend.MATH))
    stack.callback(torch.backends.mha.set_fastpath_enabled, torch.backends.mha.get_fastpath_enabled())
    torch.backends.mha.set_fastpath_enabled(False)
    return stack


def settled(description: Mapping[str, Any], input_shape: Any) -> "torch.nn.Module":
    """Return a network in evaluation after a batch of training, from which it may take ranges and statistics."""
    import torch

    module = fgspace.build(description, input_shape=input_shape).train()
    with torch.no_grad():
        outputs(module, input_shape, batch=4)
    return module.eval()


def outputs(module: "torch.nn.Module", input_shape: Any, batch: int = 2) -> "list[Tensor]":
    """Return the tensors that a module puts out for the same noise each time."""
    from fgspace.network.trace import call, example

    return tensors(call(module, example(input_shape, batch, seed=0)))


def tensors(value: Any) -> "list[Tensor]":
    """Return the tensors in what a module takes or returns, in order."""
    from fgspace.network.trace.inputs import tensors_in

    return tensors_in(value)
