"""Compares what the modules of a distribution import with what its pyproject.toml declares, without running them.

A dependency may be imported anywhere. What an extra brings may be imported in functions, and at the head of a module
that nothing loads unasked: one that neither the package, nor its entry points, nor a name written as a string
("package.module:Attribute", as plugins name their types) reach through imports at heads.
"""

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packing.distributions import Distribution, normalised


@dataclass(frozen=True)
class Import:
    """One statement: the dotted names that it may load, its line, and whether it runs when its module is imported."""

    names: tuple[str, ...]
    line: int
    at_head: bool

    @property
    def top(self) -> str:
        """The top-level package."""
        return self.names[0].partition(".")[0]


def owners(workspace: Iterable[Distribution]) -> dict[str, frozenset[str]]:
    """Return top-level package → normalised names of the distributions that bring it, here and in the workspace."""
    installed = metadata.packages_distributions()
    found = {package: frozenset(map(normalised, names)) for package, names in installed.items()}
    return found | {one.package: frozenset({normalised(one.name)}) for one in workspace}


def undeclared(distribution: Distribution, brought_by: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Return a line for each import of a distribution that its dependencies and extras do not allow.

    `brought_by` is what `owners` returns.
    """
    modules = _modules(distribution)
    imports = {name: tuple(_imports(path)) for name, path in modules.items()}
    loaded = _loaded(distribution, modules, imports)
    for module, statements in imports.items():
        for one in statements:
            if problem := _problem(distribution, brought_by, one, one.at_head and module in loaded):
                yield f"{modules[module].relative_to(distribution.source.parent).as_posix()}:{one.line}: {problem}"


def _problem(
    distribution: Distribution, brought_by: Mapping[str, Collection[str]], one: Import, unasked: bool
) -> str | None:
    if one.top in sys.stdlib_module_names or one.top == distribution.package:
        return None
    bringing = frozenset(brought_by.get(one.top, ()))
    if not bringing:
        return f"imports {one.top!r}, which no installed distribution brings"
    if bringing & distribution.dependencies:
        return None
    extras = [extra for extra, names in distribution.extras.items() if bringing & names]
    if not extras:
        return f"imports {one.top!r}, and {distribution.name} does not declare {' or '.join(sorted(bringing))}"
    if unasked:
        return f"imports {one.top!r} at its head, which only the extra {extras[0]!r} brings; import it in a function"
    return None


def _modules(distribution: Distribution) -> dict[str, Path]:
    """Return the dotted name and the file of every module."""
    found = {}
    for path in sorted(distribution.source.rglob("*.py")):
        parts = path.relative_to(distribution.source.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path) -> Iterator[Import]:
    yield from _statements(_tree(path), at_head=True)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _statements(node: ast.AST, at_head: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import((alias.name,), child.lineno, at_head)
        elif isinstance(child, ast.ImportFrom) and child.module and not child.level:
            names = (child.module, *(f"{child.module}.{alias.name}" for alias in child.names))
            yield Import(names, child.lineno, at_head)
        else:
            yield from _statements(child, at_head and not _runs_later(child))


def _runs_later(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _loaded(
    distribution: Distribution, modules: Mapping[str, Path], imports: Mapping[str, Iterable[Import]]
) -> frozenset[str]:
    """Return the modules that are loaded unasked, see above."""
    targets = [target for group in distribution.entry_points.values() for target in group.values()]
    open_names = [distribution.package, *targets, *(text for path in modules.values() for text in _strings(path))]
    found: set[str] = set()
    while open_names:
        name = open_names.pop().partition(":")[0]
        if name in modules and name not in found:
            found.add(name)
            open_names.append(name.rpartition(".")[0])
            open_names.extend(text for one in imports[name] if one.at_head for text in one.names)
    return frozenset(found)


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
