"""Tells whether a target "package.module:Attribute" is there, by its source: nothing of it is imported."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import PurePath

from fgspace.errors import did_you_mean, nearest

_DYNAMIC = {"__getattr__", "globals", "vars", "locals", "setattr", "exec", "eval", "modules", "__dict__"}
"""Names in a module with which it may give itself names that its source does not show."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Sources:
    """The modules that targets name, each read once."""

    def __init__(self) -> None:
        self._names = cache(_names)

    def missing(self, target: str) -> str | None:
        """Return what is missing of a target, in words; None where it is there, or where the source does not tell."""
        module, _, attribute = target.partition(":")
        name = attribute.partition(".")[0]
        try:
            names = self._names(module)
        except ImportError as error:
            return str(error)
        except SyntaxError as error:
            return f"SyntaxError: {error.msg} ({PurePath(error.filename or module).name}, line {error.lineno})"
        if names is None or name in names:
            return None
        return f"{module!r} has no {name!r}{did_you_mean(name, names)}"


def _names(module: str) -> frozenset[str] | None:
    """Return the names in a module, None where its source does not tell them all.

    Raises:
        ImportError: there is no such module.
        SyntaxError: its source is none.
    """
    spec = _spec(module)
    if spec is None:
        package, _, name = module.rpartition(".")
        near = nearest(name, _beside(package))
        raise ImportError(f"there is no module {module!r}{f'; did you mean {package}.{near}?' if near else ''}")
    source = getattr(spec.loader, "get_source", lambda _: None)(spec.name)
    tree = None if source is None else ast.parse(source, spec.origin or module)
    return None if tree is None or _dynamic(tree) else frozenset(_bound(tree))


def _spec(module: str) -> ModuleSpec | None:
    """Find a module as an import would, without importing the packages that it is in."""
    spec, path, name = None, None, ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = getattr(sys.modules.get(name), "__spec__", None) or _find(name, path)
        if spec is None:
            return None
        path = spec.submodule_search_locations or []
    return spec


def _find(name: str, path: object) -> ModuleSpec | None:
    found = (finder.find_spec(name, path) for finder in sys.meta_path if hasattr(finder, "find_spec"))  # type: ignore[arg-type]
    return next((spec for spec in found if spec is not None), None)


def _beside(package: str) -> Iterator[str]:
    """Yield the names of the modules of a package."""
    from pkgutil import iter_modules

    spec = _spec(package) if package else None
    if spec is not None and spec.submodule_search_locations is not None:
        yield from (module.name for module in iter_modules(spec.submodule_search_locations))


def _dynamic(tree: ast.Module) -> bool:
    """Return whether a module may have names that its source does not show."""
    return any(
        (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))
        or {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)} & _DYNAMIC
        for node in ast.walk(tree)
    )


def _bound(tree: ast.AST) -> Iterator[str]:
    """Yield the names that the statements of a module bind, in its branches and loops too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, _SCOPES):
            yield from _bound(node)
