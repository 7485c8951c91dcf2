"""Joins: how the output shapes of the parts of a composite make its own output shape.

A join gets the parts by name, the input shape, and `run(name, part, shape)`, which returns the output shape of a part.
The walks over a network count, build or check the part in their `run`.
"""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from fgspace.network.costs import PartError, Shape, is_many
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.entries import located
from fgspace.signatures.reasons import FAILURES, reason

Run = Callable[[str, Any, Shape], Shape]
Join = Callable[..., Shape]


CHAINS = frozenset({"sequential", "append", "merge", "interpolate"})
"""The joins in which the input of a part is the output of parts before it."""


def join(part: FineGrainedSpace, shape: Shape, run: Run) -> Shape:
    """Run the parts of a composite and return its output shape; raise PartError if they do not fit."""
    children = expand(part)
    try:
        return JOINS[part.join](children, shape, run, **options_of(part))
    except PartError:
        raise
    except Exception as error:  # options of the wrong type reach the join where code gives them
        raise PartError(reason(error, type(part))) from error


def expand(part: FineGrainedSpace) -> Mapping[str, Any]:
    """Return the parts of a composite by name; raise PartError if it does not take its arguments."""
    try:
        return part.children()
    except PartError:
        raise
    except FAILURES as error:
        raise located(error, type(part), part.args, part.kwargs) from error


def options_of(part: FineGrainedSpace) -> dict[str, Any]:
    """Return the arguments of a composite that its join reads."""
    return {name: part.kwargs[name] for name in part.options if name in part.kwargs}


def _sequential(parts: Mapping[str, Any], shape: Shape, run: Run, out_list: list[int] | None = None) -> Shape:
    outputs = _chain(parts, shape, run)
    if out_list is None:
        return outputs[-1] if outputs else shape
    return tuple(outputs[_index(idx, len(outputs))] for idx in out_list)


def _append(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    return tuple(_chain(parts, shape, run))


def _tuple(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    return tuple(run(name, part, shape) for name, part in parts.items())


def _add(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    outputs = [run(name, part, shape) for name, part in parts.items()]
    if not outputs:
        raise ValueError("add: has no parts; give at least one")
    if is_many(outputs[0]) or any(output != outputs[0] for output in outputs):
        raise ValueError(f"add: branches put out {_listed(outputs)}; all must be equal")
    return outputs[0]


def _multiply(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    outputs = [run(name, part, shape) for name, part in parts.items()]
    if not outputs:
        raise ValueError("multiply: has no parts; give at least one")
    alike = len({len(output) for output in outputs}) == 1 and not any(map(is_many, outputs))
    sizes = [set(column) - {1} for column in zip(*outputs, strict=False)]
    if not alike or any(len(size) > 1 for size in sizes):
        raise ValueError(f"multiply: branches put out {_listed(outputs)}; each size must be equal, or 1")
    return tuple(size.pop() if size else 1 for size in sizes)


def _concat(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    outputs = [run(name, part, shape) for name, part in parts.items()]
    if not outputs:
        raise ValueError("concat: has no parts; give at least one")
    if any(not output or is_many(output) or output[1:] != outputs[0][1:] for output in outputs):
        raise ValueError(f"concat: branches put out {_listed(outputs)}; all but the channels must be equal")
    return (sum(output[0] for output in outputs), *outputs[0][1:])


def _map(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    if len(parts) != 1:
        raise ValueError(f"map: expected one part, got {len(parts)}")
    if not is_many(shape):
        raise ValueError(f"map: expected a sequence of inputs, got one of {shape}")
    [(name, part)] = parts.items()
    return tuple(run(name, part, element) for element in shape)


def _merge(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    outputs: Shape = ()
    for name, part in parts.items():
        output = run(name, part, outputs or shape)
        outputs = (*outputs, *(output if is_many(output) else (output,)))
    return outputs


def _interpolate(parts: Mapping[str, Any], shape: Shape, run: Run) -> Shape:
    output = _sequential(parts, shape, run)
    if is_many(shape) or is_many(output) or len(shape) != 3 or len(output) != 3:
        raise ValueError(f"interpolate: expected (C, H, W) in and out, got {shape} in and {output} out")
    return (output[0], *shape[1:])


def _chain(parts: Mapping[str, Any], shape: Shape, run: Run) -> list[Shape]:
    outputs = []
    for name, part in parts.items():
        shape = run(name, part, shape)
        outputs.append(shape)
    return outputs


def _index(idx: int, length: int) -> int:
    if not -length <= idx < length:
        raise ValueError(f"out_list: expected indices of the {length} parts, got {idx}")
    return idx


def _listed(outputs: list[Shape]) -> str:
    return " and ".join(chain([", ".join(map(str, outputs[:-1]))] if outputs[:-1] else [], [str(outputs[-1])]))


JOINS: Mapping[str, Join] = {
    "sequential": _sequential,
    "append": _append,
    "tuple": _tuple,
    "add": _add,
    "multiply": _multiply,
    "concat": _concat,
    "map": _map,
    "merge": _merge,
    "interpolate": _interpolate,
}
"""The joins by name, as the attribute `join` of a composite gives it."""
