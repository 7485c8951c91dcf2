"""Proves the cost of a network: builds the network, runs it once, and compares both with what was counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import torch
from torch import nn

from fgspace.network.build.builder import build_leaf
from fgspace.network.build.skip_init import skip_init
from fgspace.network.costs import Cost, Layer, PartError, Shape, is_many
from fgspace.network.memory import too_large
from fgspace.network.parts.part import Leaf
from fgspace.network.trace.bounded import Bounded
from fgspace.network.trace.inputs import call, example, output_shape
from fgspace.network.trace.measure import params_of
from fgspace.signatures.reasons import FAILURES, reason

_MOST_LEAVES = 2_000
"""The leaves that are made to prove their cost; the others are only counted."""
_PARAMS, _MACS = 30_000_000, 2_000_000_000
"""Up to these, a network runs on the CPU: the meta device makes torch import sympy and its compiler, for seconds."""
_MOST_ELEMENTS = 50_000_000
"""Elements of the outputs of all layers up to which a network runs on the CPU."""
_MOST_MACS = 50_000_000_000
"""Multiply-adds up to which a network that the meta device cannot run is run on the CPU."""
_LEAF_PARAMS, _LEAF_MACS = 1_000_000, 50_000_000
_LEAF_WORK = 100_000_000
"""Elements of the input and the output of a leaf times its largest argument, such as the size of a window."""
_BATCH = 2


class Leaves:
    """Proves the costs of leaves, each once: the caller remembers which it has counted."""

    def __init__(self) -> None:
        self._left = _MOST_LEAVES

    def __call__(self, leaf: Leaf, shape: Shape, cost: Cost) -> None:
        """Raise PartError if the leaf cannot be made, does not run, or is not what its cost rule counts.

        Modules of torch with parameters are not run: their cost rules are known to be right about shapes.
        """
        self._left -= 1
        if self._left < 0:
            return
        work = _elements((shape, cost.output_shape)) * _largest((leaf.args, dict(leaf.kwargs)))
        small = cost.params <= _LEAF_PARAMS and cost.macs <= _LEAF_MACS and work <= _LEAF_WORK
        with torch.random.fork_rng(devices=[]), Bounded():
            module = _made(leaf, small)
            if module is None:
                return
            _compare(params_of(module), cost.params, type(module).__name__)
            if small and not (isinstance(leaf.target, str) and cost.params):
                # A module of torch may refuse its arguments only in training.
                for training in (True, False) if isinstance(leaf.target, str) else (False,):
                    _run(build_leaf(leaf).train(training), shape, cost)


def prove(build: Callable[[], nn.Module], shape: Shape, before: Cost, after: Cost, rows: Sequence[Layer]) -> str | None:
    """Build a network and run it, and return why that cannot be done here; None if it is what was counted.

    A large network is built and run on the meta device, and on the CPU only if that fails and it is not too large.

    Args:
        build: builds the network.
        shape: the shape of its input, without the batch.
        before: its cost before its processes.
        after: its cost.
        rows: its layers.

    Raises:
        PartError: the network cannot be built, does not run, or is not what was counted.
    """
    elements = _elements((shape, *(row.out_shape for row in rows)))
    with torch.random.fork_rng(devices=[]):
        if before.params > _PARAMS or before.macs > _MACS or elements > _MOST_ELEMENTS:
            try:
                with torch.device("meta"):
                    _check(build(), shape, after, rows)
                return None
            except FAILURES as error:  # of any kind: a run on the CPU tells an error of the network from the device's
                if too_large(before.params) or before.macs > _MOST_MACS or elements > _MOST_ELEMENTS:
                    if _is_of_device(error):
                        return f"it is too large to run here, and does not run without values: {reason(error)}"
                    raise
        _check(build(), shape, after, rows)
        return None


def _made(leaf: Leaf, small: bool) -> nn.Module | None:
    """Return the module of a leaf on the meta device, else on the CPU; None if neither says anything about it."""
    try:
        with torch.device("meta"), skip_init():
            return build_leaf(leaf)
    except PartError:
        if small:
            return build_leaf(leaf)
        if isinstance(leaf.target, str):  # the modules of torch can all be made on the meta device
            raise
        return None


def _check(model: nn.Module, shape: Shape, cost: Cost, rows: Sequence[Layer]) -> None:
    """Raise PartError if a model does not run, or is not what was counted."""
    _run(model.eval(), shape, cost)
    built = params_of(model)
    if built != cost.params:
        _compare_layers(model, rows)
        raise PartError(
            f"has {built:,} parameters after its processes, but {cost.params:,} are counted;"
            " a process that changes them needs layers_after"
        )


def _compare_layers(model: nn.Module, rows: Sequence[Layer]) -> None:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row.path] += row.params
    modules, types = dict(model.named_modules()), {row.path: row.type for row in rows}
    for path, params in counted.items():
        if path in modules:
            try:
                _compare(params_of(modules[path]), params, types[path])
            except PartError as error:
                raise error.under(*path.split(".")) from None


def _compare(built: int, counted: int, name: str) -> None:
    if built != counted:
        raise PartError(f"has {built:,} parameters, but {counted:,} are counted; the cost rule of {name} is wrong")


def _run(module: nn.Module, shape: Shape, cost: Cost) -> None:
    """Run a module on numbers or, if it refuses them, on integers; raise PartError if it runs on neither."""
    try:
        output = _output(module, shape, torch.float32)
    except PartError:
        try:
            output = _output(module, shape, torch.int64)
        except PartError:
            output = None
        if output is None:
            raise
    if output != cost.output_shape:
        raise PartError(
            f"puts out {output}, but {cost.output_shape} is counted; the cost rule of {type(module).__name__} is wrong"
        )


def _output(module: nn.Module, shape: Shape, dtype: torch.dtype) -> Shape:
    device = next((one.device for one in module.parameters()), torch.get_default_device()).type
    with torch.no_grad(), _located(module):
        return output_shape(call(module, example(shape, _BATCH, device=device, dtype=dtype)))


@contextmanager
def _located(model: nn.Module) -> Iterator[None]:
    """Turn an exception into a PartError at the innermost module that was running."""
    running: list[tuple[str, nn.Module, Any]] = []
    hooks = []

    def leave(*_: Any) -> None:
        running.pop()

    for name, module in model.named_modules():

        def enter(module: nn.Module, inputs: Any, name: str = name) -> None:
            running.append((name, module, inputs))

        hooks += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave)]
    try:
        yield
    except FAILURES as error:
        name, module, inputs = running[-1] if running else ("", model, ())
        why = f"{type(module).__name__} does not take an input of {_shown(inputs)}: {reason(error)}"
        raise PartError(why, tuple(filter(None, name.split(".")))) from error
    finally:
        for hook in hooks:
            hook.remove()


def _shown(inputs: Any) -> str:
    try:
        return str(output_shape(inputs[0] if len(inputs) == 1 else inputs))
    except (TypeError, LookupError):
        return "this kind"


def _is_of_device(error: BaseException) -> bool:
    """Return whether an error comes of the meta device, whose tensors have no values."""
    return "meta" in str(error).lower() or isinstance(error.__cause__, NotImplementedError)


def _largest(value: Any) -> float:
    """Return the largest size of a number in arguments; at least 1."""
    if isinstance(value, int | float):
        return max(1, abs(value))
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return max(map(_largest, inside), default=1)


def _elements(shape: Shape) -> int:
    return sum(map(_elements, shape)) if is_many(shape) else prod(shape)
