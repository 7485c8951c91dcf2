"""Copies classes and functions of packages that need fgspace, with whatever of these they use."""

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from fgspace_export.source.layers import is_plain, written


@dataclass
class Inlined:
    """The code that a file holds besides its network: imports, constants, functions and classes, by name."""

    imports: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    needed: dict[str, str] = field(default_factory=dict)
    """Module → its file, of the modules that the code imports besides torch and the standard library."""

    def name(self, thing: Any) -> str:
        """Return the name of a class or function in the file, whose code is copied or imported for it.

        Raises:
            ValueError: it needs fgspace, or another thing has its name; or its code cannot be read.
        """
        if _top(thing.__module__) == "torch" or not _needs_fgspace(thing):
            return self._imported(thing)
        name: str = thing.__name__
        if self.things.setdefault(name, thing) is not thing:
            raise ValueError(f"two classes are called {name!r}, in {thing.__module__} and elsewhere; rename one")
        if name not in self.code:
            self.code[name] = ""  # its place, for one that uses itself
            del self.code[name]
            self._copy(name, thing)
        return name

    def _imported(self, thing: Any) -> str:
        module, name = thing.__module__, thing.__qualname__
        if module == "__main__" or "<locals>" in name:
            raise ValueError(f"{name!r} is not at the top of a module that can be imported; move it into a file")
        if _top(module) not in ("torch", *sys.stdlib_module_names):
            self.needed[_top(module)] = getattr(sys.modules.get(_top(module)), "__file__", None) or _top(module)
        self.imports[module] = f"import {module}"
        return f"{module}.{name}"

    def _copy(self, name: str, thing: Any) -> None:
        tree = ast.parse(_source(thing)).body[0]
        around = vars(sys.modules[thing.__module__])
        changed = _without_fgspace(tree, around)
        self.things[name] = thing
        for used in _free_names(tree):
            if used != name and used in around:
                self._use(used, around[used], thing)
        self.code[name] = ast.unparse(tree) if changed else _source(thing).rstrip()

    def _use(self, name: str, value: Any, by: Any) -> None:
        """Have a name of the module of `by` in the file."""
        if isinstance(value, ModuleType):
            self.imports[name] = _import_of(name, value)
        elif isinstance(value, type | FunctionType) and _needs_fgspace(value):
            if _top(value.__module__) == "fgspace" and not _is_container(value):
                raise ValueError(f"{by.__qualname__} uses {name!r} of fgspace where it runs; export as program or onnx")
            self.name(value)
        elif hasattr(value, "__module__") and hasattr(value, "__name__"):
            self.imports[name] = f"from {value.__module__} import {value.__name__}" + (
                "" if value.__name__ == name else f" as {name}"
            )
        elif is_plain(value):
            self.code.setdefault(name, f"{name} = {written(value)}")
        elif not _is_typing(value):
            raise ValueError(f"{by.__qualname__} uses {name!r}, which is no plain value; export as program or onnx")
        else:
            self.imports[name] = f"from typing import {name}"


def _needs_fgspace(thing: Any) -> bool:
    """Return whether the file of a class or function imports fgspace, so that it cannot be imported without it."""
    if _top(thing.__module__).startswith("fgspace"):
        return True
    module = sys.modules.get(thing.__module__)
    if module is None or _top(thing.__module__) in ("torch", "builtins", *sys.stdlib_module_names):
        return False
    return any(
        _top(getattr(one, "__module__", None) or getattr(one, "__name__", "") or "").startswith("fgspace")
        for one in vars(module).values()
        if isinstance(one, ModuleType | type | FunctionType)
    )


def _is_container(thing: Any) -> bool:
    return str(thing.__module__).startswith("fgspace.network.build")


def _is_typing(value: Any) -> bool:
    return getattr(value, "__module__", None) == "typing"


def _import_of(name: str, module: ModuleType) -> str:
    """Return the statement that binds a module to a name."""
    if module.__name__ == name:
        return f"import {name}"
    parent, _, last = module.__name__.rpartition(".")
    if not parent:
        return f"import {last} as {name}"
    return f"from {parent} import {last}" + ("" if last == name else f" as {name}")


def _source(thing: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError) as error:
        raise ValueError(f"the code of {thing.__qualname__} cannot be read: {error}") from None


def _without_fgspace(tree: Any, around: dict[str, Any]) -> bool:
    """Take decorators and annotations of fgspace out of a class or function; return whether there were any."""
    changed = False
    node: Any
    for node in ast.walk(tree):
        decorators = getattr(node, "decorator_list", [])
        kept = [one for one in decorators if not _of_fgspace(one, around)]
        if len(kept) < len(decorators):
            node.decorator_list, changed = kept, True
        for part in ("annotation", "returns"):
            written_there = getattr(node, part, None)
            if isinstance(written_there, ast.expr) and _of_fgspace(written_there, around):
                setattr(node, part, None)
                changed = True
    return changed


def _of_fgspace(node: ast.AST, around: dict[str, Any]) -> bool:
    values = (around.get(one.id) for one in ast.walk(node) if isinstance(one, ast.Name))
    return any(
        _top(str(getattr(one, "__module__", None) or getattr(one, "__name__", ""))).startswith("fgspace")
        for one in values
        if one is not None
    )


def _free_names(tree: ast.AST) -> Iterator[str]:
    names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return (name for name in dict.fromkeys(names) if not hasattr(builtins, name))


def _top(module: Any) -> str:
    return str(module).partition(".")[0]
