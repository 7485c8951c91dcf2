"""Writes the call that makes a module again, from the arguments that the module remembers."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

_UNSAID = ("device", "dtype")
_PLAIN = (int, float, bool, str, type(None))
_MANY = (tuple, list, torch.Size, frozenset)
_TORCH = {name: getattr(nn, name) for name in dir(nn) if isinstance(getattr(nn, name), type)}


def torch_name(kind: type) -> str | None:
    """Return how code that imports `nn` writes a class of torch.nn; None for another class."""
    return f"nn.{kind.__name__}" if _TORCH.get(kind.__name__) is kind else None


def remembered_call(module: nn.Module) -> list[str] | None:
    """Return the arguments that make a module without children again, as code; None where it does not remember them.

    Arguments that equal their defaults are left out. The call is made, on the meta device, and what it makes compared
    with the module: its tensors, and all else that it remembers.
    """
    given = arguments(module)
    if given is None:
        return None
    positional, named = given
    try:
        with torch.device("meta"), torch.random.fork_rng(devices=[]):
            again = type(module)(*positional, **named)
    except Exception:  # of any kind: then the module remembers something else under these names
        return None
    if not same(again, module):
        return None
    return [*map(written, positional), *(f"{name}={written(value)}" for name, value in named.items())]


def same(first: nn.Module, second: nn.Module) -> bool:
    """Return whether two modules have tensors of equal shapes and remember the same."""
    return (
        type(first) is type(second)
        and _shapes(first) == _shapes(second)
        and not changed(plain_state(first), plain_state(second))
        and not list(second.children())
    )


def plain_state(module: nn.Module) -> dict[str, Any]:
    """Return the plain attributes of a module: numbers, words, and tuples, lists or sets of these."""
    return {
        name: value
        for name, value in vars(module).items()
        if is_plain(value) and name not in ("training", "_is_full_backward_hook", "call_super_init")
    }


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what one module remembers otherwise than another, except what its code has noted while it ran.

    Such notes have private names, and a module that has not run lacks them.
    """
    known = {name: value for name, value in now.items() if name in before or not name.startswith("_")}
    return {name: value for name, value in known.items() if name not in before or before[name] != value}


def is_plain(value: Any) -> bool:
    """Return whether a value can be written as it is: a number, a word, or a tuple, list or set of these."""
    return isinstance(value, _PLAIN) or (type(value) in _MANY and all(map(is_plain, value)))


def written(value: Any) -> str:
    """Return a plain value as code."""
    if type(value) is torch.Size:
        value = tuple(value)
    if isinstance(value, frozenset):
        return f"frozenset({sorted(value, key=repr)!r})"
    return f'float("{value}")' if isinstance(value, float) and value in (float("inf"), float("-inf")) else repr(value)


def arguments(module: nn.Module) -> tuple[list[Any], dict[str, Any]] | None:
    """Return the arguments that a module remembers, those without defaults and the others; None if one is missing."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for one in _parameters(type(module)):
        value = _value(module, one)
        value = value if is_plain(value) else one.default
        if value is one.empty or not is_plain(value):
            return None
        value = _short(module, one, value)
        if one.default is one.empty:
            positional.append(value)
        elif value != one.default:
            named[one.name] = value
    return positional, named


def _parameters(kind: type) -> Iterable[inspect.Parameter]:
    declared = inspect.signature(kind).parameters.values()
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one for one in declared if one.name not in _UNSAID and one.kind not in starred]


def _value(module: nn.Module, one: inspect.Parameter) -> Any:
    """Return the argument that a module remembers under a parameter's name; its default where it remembers none."""
    value = getattr(module, one.name, one.default)
    if one.name in ("bias", "affine", "elementwise_affine") and not isinstance(value, bool):
        return value is not None
    return one.default if isinstance(value, torch.Tensor) else value


def _short(module: nn.Module, one: inspect.Parameter, value: Any) -> Any:
    """Return (3, 3) as 3 where a convolution or a pooling would take it for the same."""
    spread = one.name in ("kernel_size", "stride", "padding", "dilation", "output_padding")
    many = isinstance(value, tuple) and len(value) > 0 and all(element == value[0] for element in value)
    return value[0] if spread and many and isinstance(module, nn.modules.conv._ConvNd) else value


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...] | None]:
    tensors = {**module._parameters, **module._buffers}
    return {name: None if one is None else tuple(one.shape) for name, one in tensors.items()}
