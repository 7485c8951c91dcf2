"""Writes a network as one expression of Python: its modules in their order, by their names in the `state_dict`."""

import keyword
import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fgspace import Leaf
from torch import nn

from fgspace_export.source.inline import Inlined
from fgspace_export.source.layers import arguments, is_plain, remembered_call, torch_name, written

_INDENT = "    "


class Expressions:
    """Writes the modules of one network.

    Args:
        model: the network.
        calls: path → call of each module that one call made.
    """

    def __init__(self, model: nn.Module, calls: Mapping[str, Leaf]) -> None:
        self.inlined = Inlined()
        self.shared: dict[str, str] = {}
        """Name → expression of each module that stands at several places, in order."""
        self._calls = calls
        self._places = Counter(id(one) for path, one in model.named_modules(remove_duplicate=False))
        self._names: dict[int, str] = {}

    def of(self, module: nn.Module, path: str) -> str:
        """Return the expression of the module at a path.

        Raises:
            ValueError: it is not known how the module is made.
        """
        if self._places[id(module)] < 2 or path == "":
            return self._made(module, path)
        if id(module) not in self._names:
            expression = self._made(module, path)
            self._names[id(module)] = name = f"shared_{len(self.shared)}"
            self.shared[name] = expression
        return self._names[id(module)]

    def _made(self, module: nn.Module, path: str) -> str:
        leaf, kind = self._calls.get(path), type(module)
        if _is_ours(kind) and isinstance(module, nn.Sequential):
            return self._container(module, path)
        if kind is nn.Sequential:
            try:
                return self._container(module, path)
            except ValueError:  # something in it is of others, and so is the code that puts it together
                if leaf is None:
                    raise
        given = None if list(module.children()) else remembered_call(module)
        if given is not None and (torch_name(kind) or leaf is None or leaf.target is kind or _is_ours(kind)):
            return f"{torch_name(kind) or self.inlined.name(kind)}({', '.join(given)})"
        if leaf is None:
            raise ValueError(
                f"{path or 'the network'}: how this {kind.__name__} was made is not known; let a type of the"
                " description make it, or export as program or onnx"
            )
        return self.call(leaf)

    def call(self, leaf: Leaf) -> str:
        """Return the call that makes a module."""
        target = f"nn.{leaf.target}" if isinstance(leaf.target, str) else self._value(leaf.target)
        given = [self._value(one) for one in leaf.args]
        given += [f"{name}={self._value(one)}" for name, one in leaf.kwargs.items()]
        return f"{target}({', '.join(given)})"

    def _container(self, module: nn.Module, path: str) -> str:
        children = {
            name: self.of(one, f"{path}.{name}" if path else name) for name, one in module._modules.items() if one
        }
        if type(module) is nn.Sequential:
            if list(children) == [str(index) for index in range(len(children))]:
                return _laid_out("nn.Sequential(", list(children.values()))
            return _laid_out("chain(", _named(children))
        given = arguments(module) or ([], {})
        made = ", ".join([*map(written, given[0]), *(f"{name}={written(value)}" for name, value in given[1].items())])
        return _laid_out("parts(", [f"{self.inlined.name(type(module))}({made})", *_named(children)])

    def _value(self, value: Any) -> str:
        """Return an argument as code.

        Raises:
            ValueError: it is no plain value, class, function, module or reference to one.
        """
        if isinstance(value, dict):
            return "{" + ", ".join(f"{written(key)}: {self._value(one)}" for key, one in value.items()) + "}"
        if isinstance(value, list | tuple) and not is_plain(value):
            inside = ", ".join(map(self._value, value))
            return f"[{inside}]" if isinstance(value, list) else f"({inside},)"
        if is_plain(value):
            return written(value)
        if isinstance(value, nn.Module):
            return self._made(value, "")
        if isinstance(value, type) and torch_name(value):
            return f"nn.{value.__name__}"
        if hasattr(value, "bound") and callable(value):
            return self._value(value())
        if isinstance(value, Leaf):
            return self.call(value)
        if hasattr(value, "__qualname__"):
            return self.inlined.name(value)
        raise ValueError(f"the argument {value!r} cannot be written as Python; export as program or onnx")


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("fgspace")


def _named(children: Mapping[str, str]) -> list[str]:
    plain = {name: one for name, one in children.items() if name.isidentifier() and not keyword.iskeyword(name)}
    others = [f'"{name}": {one}' for name, one in children.items() if name not in plain]
    if not others:
        return [f"{name}={one}" for name, one in plain.items()]
    return [_laid_out("**{", [f'"{name}": {one}' for name, one in children.items()])]


def _laid_out(head: str, inside: list[str]) -> str:
    end = {"(": ")", "{": "}"}[head[-1]]
    if not inside:
        return head + end
    body = ",\n".join(inside) + ","
    return f"{head}\n{textwrap.indent(body, _INDENT)}\n{end}"
