"""Runs a model once, and records which tensors each call reads and makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import fgspace
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from fgspace_quant.copies import copied
from fgspace_quant.costs import FUNCTIONS
from fgspace_quant.products import Weights, factors, weights
from fgspace_quant.sites import Site, Sites

BATCH = 2
TABLES = ("embedding", "embedding_bag")
"""Functions that take rows of a weight."""


@dataclass(frozen=True)
class Step:
    """One call: the numbers of the tensors that it reads and makes, and the shapes of those it makes, without batch.

    Only tensors that depend on the model's inputs have numbers, and of whole numbers only those that are made of such
    inputs alone; the inputs themselves have the first ones, from 0.
    `options` are the arguments that are no tensors, and `reads` the names of the parameters and buffers of floats that
    the call reads, also through calls that depend on these alone. `single` says whether the result is one tensor by
    itself, not several or a tuple of one. `weights` are the parameters that a product of an input has.
    `where` is the line of the user's code that makes a call which reads parameters or buffers, "" if none does.
    """

    site: Site
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    options: tuple[Any, ...] = ()
    reads: frozenset[str] = frozenset()
    single: bool = True
    weights: Weights | None = None
    where: str = ""


@dataclass(frozen=True)
class Trace:
    """The calls of one run, in order, and the numbers of the tensors that the model puts out.

    `tables` are the names of the weights that rows are taken from, each with the line of the user's code that does so.
    """

    steps: tuple[Step, ...]
    outputs: frozenset[int]
    tables: Mapping[str, str] = field(default_factory=dict)


def trace(model: nn.Module, input_shape: Sequence[int]) -> Trace:
    """Run a copy of the model on inputs of `input_shape` that are zero, in evaluation mode, and return its trace.

    The copy runs on the meta device, which computes nothing; on the CPU if it cannot run there.
    """
    try:
        return _trace(copied(model).to("meta").eval(), input_shape, "meta")
    except Exception:  # only a run on the CPU tells whether the model is at fault or the device
        return _trace(copied(model).cpu().eval(), input_shape, "cpu")


def _trace(model: nn.Module, input_shape: Sequence[int], device: str) -> Trace:
    dtype = next((parameter.dtype for parameter in model.parameters()), torch.float32)
    given = fgspace.trace.example(input_shape, BATCH, device=device, dtype=dtype)
    sites = Sites()
    sites.watch(model)
    sites.start()
    recorder = _Recorder(sites, [leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor)], model)
    with torch.random.fork_rng(devices=[]), torch.no_grad(), recorder:
        output = fgspace.trace.call(model, given)
    leaves = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
    outputs = frozenset(recorder.numbers[leaf] for leaf in leaves if leaf in recorder.numbers)
    return Trace(tuple(recorder.steps), outputs, recorder.tables)


class _Recorder(TorchFunctionMode):
    def __init__(self, sites: Sites, given: Sequence[Tensor], model: nn.Module) -> None:
        super().__init__()
        self._reads = WeakTensorKeyDictionary()
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            if tensor.is_floating_point():
                self._reads[tensor] = frozenset([name])
        self.steps: list[Step] = []
        self.tables: dict[str, str] = {}
        self.numbers = WeakTensorKeyDictionary()
        for number, tensor in enumerate(given):
            self.numbers[tensor] = number
        self._parameters = WeakTensorKeyDictionary()
        for name, parameter in model.named_parameters():
            self._parameters[parameter] = name
        self._sites = sites
        self._next = len(given)
        self._kept: list[Tensor] = [*given]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        site = self._sites.name(func)
        given = tree_leaves((args, kwargs or {}))
        tensors = [leaf for leaf in given if isinstance(leaf, Tensor)]
        inputs = tuple(self.numbers[tensor] for tensor in tensors if tensor in self.numbers)
        reads: frozenset[str] = frozenset().union(*(self._reads[one] for one in tensors if one in self._reads))
        result = func(*args, **(kwargs or {}))
        whole = all(not one.is_floating_point() for one in tensors if one in self.numbers)
        made = [
            leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor) and (whole or leaf.is_floating_point())
        ]
        where = fgspace.trace.line_of_call(__file__) if reads else ""
        if site.function in TABLES:
            self.tables = self.tables | {name: where for name in sorted(reads) if name not in self.tables}
        if inputs and made:
            outputs = tuple(self._number(tensor) for tensor in made)
            options = tuple(leaf for leaf in given if not isinstance(leaf, Tensor))
            shapes = tuple(tuple(one.shape[1:]) for one in made)
            weights = self._weights(site, args, kwargs or {})
            single = isinstance(result, Tensor)
            self.steps.append(Step(site, inputs, outputs, shapes, options, reads, single, weights, where))
        elif reads:
            self._derive(made, reads)
        return result

    def _weights(self, site: Site, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Weights | None:
        if site.function not in FUNCTIONS:
            return None
        return weights(factors(site.function, args, kwargs), self._parameters)

    def _derive(self, made: Sequence[Tensor], reads: frozenset[str]) -> None:
        """Remember that these tensors are made of these parameters."""
        for tensor in made:
            self._kept.append(tensor)
            self._reads[tensor] = reads

    def _number(self, tensor: Tensor) -> int:
        """Give a tensor the next number; a tensor that is changed in place gets a new one."""
        self._kept.append(tensor)
        self.numbers[tensor] = self._next
        self._next += 1
        return self._next - 1
