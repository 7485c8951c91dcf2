"""Finds the residual blocks of a model that can be removed, by running it once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import fgspace
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from fgspace_prune.structure import copied
from fgspace_prune.trace import running

SUMS = frozenset({"add", "__add__", "__radd__", "__iadd__", "add_"})


@dataclass(frozen=True)
class Block:
    """A block that can be removed: its path, and the shapes of its inputs and outputs, as in the rows of a trace.

    `results` is the number of results that it returns as a tuple, None where it returns a tensor by itself; those after
    the first are None.
    """

    path: str
    in_shape: tuple[Any, ...]
    out_shape: tuple[Any, ...]
    results: int | None


def blocks(model: nn.Module, input_shape: Sequence[int]) -> tuple[Block, ...]:
    """Return the residual blocks that can be removed from a model, in the order in which they run.

    A block is an element of an `nn.Sequential` or `nn.ModuleList` that holds layers, runs once, adds its input to
    something, and puts out a tensor of the shape of its input. The model does not change.
    """
    clone = copied(model, {}).eval()
    watch = _Watch(clone)
    like = next((parameter for parameter in clone.parameters() if parameter.is_floating_point()), torch.empty(0))
    with running(), watch:
        fgspace.trace.call(clone, fgspace.trace.example(input_shape, device=like.device, dtype=like.dtype))
    return tuple(watch.found(clone))


@dataclass
class _Run:
    """The call of an element that is running, or has run."""

    path: str
    inputs: list[Tensor]
    output: Any = None
    adds_input: bool = False
    runs: int = 1

    def passed_on(self) -> Tensor | None:
        """Return the result that has the shape of the input, None if it is not the only one."""
        many = isinstance(self.output, tuple | list)
        first, *others = self.output if many else (self.output,)
        if not isinstance(first, Tensor) or any(one is not None for one in others):
            return None
        return first if (first.shape, first.dtype) == (self.inputs[0].shape, self.inputs[0].dtype) else None


class _Watch(TorchFunctionMode):
    """Notes the calls of all elements of lists and chains, and which of them add their input to something."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._runs: dict[str, _Run] = {}
        self._open: list[_Run] = []
        for path in _elements(model):
            element = model.get_submodule(path)
            element.register_forward_pre_hook(partial(self._enter, path), with_kwargs=True)
            element.register_forward_hook(self._leave)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call the function; note a sum of the input of the innermost element that is running with that input."""
        if getattr(func, "__name__", "") in SUMS:
            innermost = next((run for run in reversed(self._open) if _is_any(run.inputs[:1], args)), None)
            if innermost is not None:
                innermost.adds_input = True
        return func(*args, **(kwargs or {}))

    def found(self, model: nn.Module) -> Iterator[Block]:
        """Yield the blocks of a model that has run."""
        elsewhere = _owners(model)
        whole = [_grown(run, self._runs, model) for run in self._runs.values() if run.adds_input]
        for run in {run.path: run for run in whole if run.runs == 1}.values():
            layers = [module for name, module in model.get_submodule(run.path).named_modules() if name]
            mine = {id(one) for layer in layers for one in layer.parameters()}
            apart = all(path == run.path or path.startswith(f"{run.path}.") for one in mine for path in elsewhere[one])
            if mine and apart and (kept := run.passed_on()) is not None:
                in_shape, out_shape = map(fgspace.trace.shape_of, (run.inputs, (kept,)))
                yield Block(run.path, in_shape, out_shape, None if kept is run.output else len(run.output))

    def _enter(self, path: str, module: nn.Module, args: Any, kwargs: Any) -> None:
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        run = _Run(path, tensors, runs=self._runs[path].runs + 1 if path in self._runs else 1)
        self._runs[path] = run
        self._open.append(run)

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        self._open.pop().output = output


def _elements(model: nn.Module) -> list[str]:
    """Return the paths of the elements of all lists and chains, each module once."""
    names = {id(module): name for name, module in model.named_modules()}
    lists = [module for module in model.modules() if isinstance(module, nn.Sequential | nn.ModuleList)]
    return [names[identity] for identity in dict.fromkeys(id(one) for some in lists for one in some)]


def _owners(model: nn.Module) -> dict[int, list[str]]:
    """Return the paths of the modules that hold each parameter, by its identity."""
    owners: dict[int, list[str]] = {}
    for path, module in model.named_modules():
        for parameter in module.parameters(recurse=False):
            owners.setdefault(id(parameter), []).append(path)
    return owners


def _grown(run: _Run, runs: Mapping[str, _Run], model: nn.Module) -> _Run:
    """Return the block around an element: the chain that holds it and nothing else with parameters, if there is one."""
    around = runs.get(run.path.rpartition(".")[0])
    if around is None or not isinstance(model.get_submodule(around.path), nn.Sequential):
        return run
    inside = sum(1 for _ in model.get_submodule(run.path).parameters())
    if inside != sum(1 for _ in model.get_submodule(around.path).parameters()):
        return run
    return _grown(around, runs, model)


def _is_any(tensors: Sequence[Tensor], args: Sequence[Any]) -> bool:
    return any(one is argument for one in tensors for argument in args)
