"""Entries: a module type with its signature, its cost rule and its widths, read once for each type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, get_type_hints

from fgspace.network.costs import PartError, Shape, is_many
from fgspace.network.parts.combinators import takes_modules
from fgspace.network.parts.part import Leaf, Part
from fgspace.network.parts.starts import WEIGHTS, read_start, started
from fgspace.network.resolve.cost_rules import CostRule, CostRules
from fgspace.network.resolve.decoded import Decoder
from fgspace.plugins.registry import Type
from fgspace.signatures.parameters import Parameter, parameters, spelled
from fgspace.signatures.reasons import FAILURES, name_of, reason
from fgspace.signatures.records import holds_record

AUTO = "auto"
"""The input width in a description that follows from the part before."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A module type: its target, its parameters, and which of them are widths.

    `target` is a name of `torch.nn`, or the class or function itself. `width` is the parameter of the input width, and
    `axis` the axis of the input that it is the size of; `declared` are the parameters that declare the output width,
    and `records` those that take objects of dataclasses.
    """

    name: str
    target: Any
    known: Mapping[str, Parameter]
    width: str | None
    axis: int
    declared: tuple[str, ...]
    makes_part: bool
    takes_modules: bool
    is_process: bool
    records: frozenset[str] = frozenset()


def make_entry(found: Type, rules: CostRules) -> Entry:
    """Read a type; torch is imported only for modules of `torch.nn` without a cost rule."""
    target = _torch_name(found.target) or found.load()
    if hasattr(target, "token2arch"):
        taken = {**parameters(target), "tokens": Parameter("tokens", default=None)}
        return Entry(found.short_name, Decoder(target), taken, None, 0, (), True, False, False)
    target = _torch_name(f"{getattr(target, '__module__', '')}:{getattr(target, '__name__', '')}") or target
    known = _known(target, rules.of(target) if isinstance(target, str) else None)
    followed = next((one for one in known.values() if one.width == "in"), None)
    return Entry(
        found.short_name,
        target,
        known,
        followed.name if followed else None,
        followed.axis if followed else 0,
        tuple(one.name for one in known.values() if one.width == "out"),
        _makes_part(target),
        takes_modules(target),
        "process" in found.tags,
        frozenset(one.name for one in known.values() if holds_record(one.annotation)),
    )


def arguments(entry: Entry, description: Mapping[str, Any], shape: Shape | None) -> dict[str, Any]:
    """Return the arguments in a description, with the input width that follows from the shape of the input.

    Without a shape, the input width is the one in the description.

    Raises:
        PartError: no width follows from the shape.
    """
    known = entry.known
    given = {key if key in known else spelled(key, known): value for key, value in description.items() if key != "type"}
    for name in entry.declared:
        if name in given:
            del given[name]
            if known[name].required:
                given[name] = None
    if entry.width is not None:
        _follow(entry, entry.width, given, shape)
    return given


def width_of(entry: Entry, shape: Shape) -> int | None:
    """Return the width of an input: the size of the axis that the type follows; None if the input has no such axis."""
    return shape[entry.axis] if -len(shape) <= entry.axis < len(shape) else None


def make_part(entry: Entry, given: Mapping[str, Any]) -> Part:
    """Make the part of a type from its arguments; raise PartError if it does not take them.

    The argument `weights` names the file that the part starts from, unless the type's own signature has that name.
    """
    if WEIGHTS in given and WEIGHTS not in entry.known:
        return starting(make_part(entry, {name: value for name, value in given.items() if name != WEIGHTS}), given)
    if not entry.makes_part:
        return Leaf(entry.target, (), given)
    try:
        made = entry.target(**given)
    except PartError:
        raise
    except FAILURES as error:
        raise located(error, entry.target, (), given) from error
    if not isinstance(made, Part):
        raise PartError(f"{entry.name} is annotated to return a part, but returned {made!r}")
    return made


def starting(part: Part, given: Mapping[str, Any]) -> Part:
    """Return a part that starts from the weights that are given with it."""
    try:
        return started(part, read_start(given[WEIGHTS]))
    except ValueError as error:
        raise PartError(str(error)) from error


def located(
    error: BaseException, target: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], rule: CostRule | None = None
) -> PartError:
    """Return an exception of the code of a type, or of its cost rule, as an error of the part.

    If the arguments do not fit the signature, the message says so in plain words.
    """
    if isinstance(error, TypeError) and (misfit := _misfit(target, args, kwargs, rule)):
        return PartError(misfit)
    return PartError(reason(error, target))


def _follow(entry: Entry, width: str, given: dict[str, Any], shape: Shape | None) -> None:
    size = None if not shape or is_many(shape) else width_of(entry, shape)
    if size is not None:
        given[width] = size
    elif given.get(width, AUTO) == AUTO:
        given.pop(width, None)
        if shape is not None:
            raise PartError(
                f"{width}: cannot follow, since the part before puts out {_in_words(entry, shape)}; write it"
            )


def _in_words(entry: Entry, shape: Shape) -> str:
    if is_many(shape):
        return f"{len(shape)} tensors"
    return f"a tensor of {shape}, without an axis {entry.axis}" if shape else "a tensor without channels"


def _misfit(target: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], rule: CostRule | None) -> str:
    """Return how the arguments do not fit the signature; empty if they fit."""
    from inspect import Parameter as Declared
    from inspect import Signature

    known = _known(target, rule)
    declared = [Declared(one.name, one.kind, default=one.default) for one in known.values()]
    try:
        Signature(declared).bind(*args, **kwargs)
    except TypeError as misfit:
        return f"{name_of(target)}: {misfit}"
    return ""


def _known(target: Any, rule: CostRule | None) -> Mapping[str, Parameter]:
    """Return the parameters of a type; for a module of `torch.nn` with a cost rule, without importing torch."""
    if not isinstance(target, str):
        return parameters(target)
    if rule is not None:
        return {name: one for name, one in parameters(rule).items() if name != "shape"}
    return parameters(torch_class(target))


def torch_class(name: str) -> Any:
    """Return a class of `torch.nn` by its name."""
    from torch import nn

    try:
        return getattr(nn, name)
    except AttributeError:
        raise PartError(f"torch.nn has no module {name!r}") from None


def _torch_name(target: Any) -> str | None:
    """Return the name of a target in `torch.nn`, None if it is not from there."""
    if not isinstance(target, str) or not target.startswith("torch.nn"):
        return None
    module, _, name = target.partition(":")
    if module == "torch.nn":
        return name
    return name if module.startswith("torch.nn.modules.") else None


def _makes_part(target: Any) -> bool:
    """Return whether a target returns a part: a composite, or a function annotated so. Calling it needs no torch."""
    if isinstance(target, FunctionType):
        target = _returned(target)
    return isinstance(target, type) and issubclass(target, Part)


def _returned(function: Callable[..., Any]) -> Any:
    try:
        return get_type_hints(function).get("return")
    except NameError:
        return None
