"""Runs a model once and follows the labels of its parameters' indices through every operation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import fgspace
import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fgspace_prune.attention import OTHER, keeps_heads
from fgspace_prune.call import Call
from fgspace_prune.contraction import BATCH
from fgspace_prune.events import Run
from fgspace_prune.labels import Value, spread, varying
from fgspace_prune.record import Record
from fgspace_prune.rules import follow
from fgspace_prune.shapes import without_values
from fgspace_prune.structure import copied


@dataclass(frozen=True)
class Tensor:
    """One parameter or buffer: all its names (several where it is shared), and the first label of each dim.

    A dim of size 1 has no labels: its entry in `starts` is None.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    starts: tuple[int | None, ...]
    parameter: bool


@dataclass(frozen=True)
class Trace:
    """The record of one run, and the labels of each parameter and buffer."""

    record: Record
    tensors: tuple[Tensor, ...]


class Follow(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows the labels through every operation that runs, and keeps them in a record."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return whether torch must import its compiler to keep this code out of it: that takes over a second."""
        return False

    def __init__(self, record: Record) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.record = record

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run the operation, then label its results."""
        name = func._schema.name.split("::")[1].removesuffix("_")
        arguments = _by_name(func, args, kwargs or {})
        result = None if func._schema.is_mutable else without_values(name, arguments)
        if result is None:
            result = func(*args, **(kwargs or {}))
        call = Call(name, func, arguments, result)
        values = follow(self.record, call)
        results = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        for index, tensor in enumerate(results):
            self._set(tensor, values[index] if isinstance(values, list) else values)
        return result

    def _set(self, tensor: torch.Tensor, value: Value) -> None:
        """Label a result; results of another shape are statistics, such as those of a norm, that no model reads."""
        if all(plane.shape == tensor.shape for plane in value.planes):
            self.record.values[tensor] = value


class Chunks(TorchFunctionMode):
    """Tells the record when the model calls `chunk`, which dispatches the same operation as a split by sizes."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call the function; the record knows meanwhile whether it is `chunk`."""
        self.record.chunking = getattr(func, "__name__", "") == "chunk"
        try:
            return func(*args, **(kwargs or {}))
        finally:
            self.record.chunking = False


def _by_name(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    schema = func._schema.arguments
    given = dict(zip((argument.name for argument in schema), args, strict=False))
    rest = {a.name: a.default_value for a in schema[len(args) :] if a.has_default_value()}
    return {**given, **rest, **kwargs}


def trace(model: nn.Module, input_shape: Sequence[int]) -> Trace:
    """Run a copy of the model on two random inputs of `input_shape`, and follow its channels.

    The copy runs in evaluation mode, on the device of the model's first parameter, without gradients.
    """
    record, clone = Record(), copied(model, {}).eval()
    # In another memory format, such as channels last, torch reshapes by strides, which do not tell where channels go.
    clone.to(memory_format=torch.contiguous_format)
    record.names = {id(module): name for name, module in clone.named_modules()}
    tensors = tuple(_label(record, clone))
    _keep_checked(record, clone)
    calls = fgspace.trace.Calls(clone, lambda: len(record.products), partial(_noted, record))
    with running(), calls, Chunks(record), Follow(record):
        output = fgspace.trace.call(clone, example(clone, input_shape))
    before = len(record.notes)
    for tensor in tensors_in(output):
        record.use(tensor)
    planes = (plane for tensor in tensors_in(output) for plane in record.value(tensor).planes)
    record.freeze(planes, "they are the model's output")
    record.output = record.notes[before:]
    return Trace(record, tensors)


def _keep_checked(record: Record, model: nn.Module) -> None:
    """Keep the widths that layers of torch compare with the size that they were made with."""
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            queries = module.q_proj_weight if module.in_proj_weight is None else module.in_proj_weight
            record.freeze(_along(record, queries, 1), "attention checks the width of its queries")
            if keeps_heads(module):
                record.freeze(_along(record, queries, 0), OTHER)
        elif isinstance(module, nn.RNNBase | nn.RNNCellBase):
            planes = [plane for parameter in module.parameters() for plane in _along(record, parameter, 0)]
            record.freeze(planes, "a recurrent layer checks its hidden width")


def _along(record: Record, tensor: torch.Tensor, dim: int) -> list[torch.Tensor]:
    return [plane for plane in record.value(tensor).planes if varying(plane) == (dim,)]


def _noted(record: Record, call: fgspace.trace.Call) -> None:
    """Record a call of a layer or function of the model."""
    read, made = (tuple(map(record.labelled, tensors)) for tensors in (call.inputs, call.outputs))
    record.runs.append(Run((call.path, call.type, call.call), read, made, call.parameters, call.products))


def example(model: nn.Module, input_shape: Sequence[int]) -> Any:
    """Return two inputs of noise, the same every time, where the model's parameters are."""
    like = next((parameter for parameter in model.parameters() if parameter.is_floating_point()), torch.empty(0))
    return fgspace.trace.example(input_shape, BATCH, device=like.device, dtype=like.dtype, seed=0)


def tensors_in(output: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in a model's output, inside any containers or objects.

    An object with a method `update`, such as a cache of keys and values, is state for a later call and no output.
    """
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, Mapping | list | tuple):
        for one in output.values() if isinstance(output, Mapping) else output:
            yield from tensors_in(one)
    elif not hasattr(output, "update"):
        for one in getattr(output, "__dict__", {}).values():
            yield from tensors_in(one)


@contextmanager
def running() -> Iterator[None]:
    """Run without gradients and without fused kernels, and restore the random state afterwards.

    Recurrent and attention layers then run operation by operation, so a trace is the same on every machine.
    """
    fast, fused = torch.backends.mha.get_fastpath_enabled(), torch.backends.mkldnn.enabled
    torch.backends.mha.set_fastpath_enabled(False)
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        torch.backends.mkldnn.enabled = fused


def _label(record: Record, model: nn.Module) -> Iterator[Tensor]:
    """Give every index of every dim of every parameter and buffer a label."""
    yield from _labelled(record, model.named_parameters, parameter=True)
    record.buffers = record.labels.count
    yield from _labelled(record, model.named_buffers, parameter=False)


def _labelled(record: Record, named: Callable[..., Any], parameter: bool) -> Iterator[Tensor]:
    names: dict[int, list[str]] = {}
    for name, tensor in named(remove_duplicate=False):
        names.setdefault(id(tensor), []).append(name)
    for _, tensor in named():
        lines = [record.labels.fresh(size) if size > 1 else None for size in tensor.shape]
        planes = [spread(line, tensor.shape, dim) for dim, line in enumerate(lines) if line is not None]
        record.values[tensor] = Value(tuple(planes), weight=parameter)
        starts = tuple(None if line is None else int(line[0]) for line in lines)
        yield Tensor(tuple(names[id(tensor)]), tuple(tensor.shape), starts, parameter)
