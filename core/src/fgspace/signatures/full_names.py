"""Full names and origins of the types that plain JSON names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fgspace.plugins.hookspecs import NAMED_KINDS, Kind
from fgspace.plugins.registry import Registry, Type
from fgspace.signatures.parameters import parameters, spelled


def with_full_names(node: Any, registry: Registry, kind: Kind = "module") -> Any:
    """Return plain JSON with full names ("resnet/BasicBlock") in place of short ones; unknown names stay."""
    if isinstance(node, list):
        return [with_full_names(value, registry, kind) for value in node]
    if not isinstance(node, dict):
        return node
    found = _type(node, registry, kind)
    kinds = _kinds(found, kind)
    named = {key: with_full_names(value, registry, kinds(key)) for key, value in node.items()}
    return {**named, "type": found.name} if found else named


def origins(node: Any, registry: Registry, kind: Kind = "module") -> dict[str, str]:
    """Return full name → distribution and version of every type that plain JSON names, except core's."""
    return {found.name: str(found.origin) for found in _types(node, registry, kind) if found.plugin != "fgspace"}


def has_process(node: Any, registry: Registry) -> bool:
    """Return whether plain JSON names a process, which may add costs."""
    return any("process" in found.tags for found in _types(node, registry, "module"))


def _types(node: Any, registry: Registry, kind: Kind) -> Iterator[Type]:
    found = _type(node, registry, kind) if isinstance(node, dict) else None
    if found is not None:
        yield found
    kinds = _kinds(found, kind)
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        yield from _types(value, registry, kinds(key))


def _type(node: Mapping[str, Any], registry: Registry, kind: Kind) -> Type | None:
    name = node.get("type")
    if not isinstance(name, str):
        return None
    # Under the path of a hyper-parameter nothing says of which kind its options are.
    return registry.first((kind, *NAMED_KINDS), name)


def _kinds(found: Type | None, kind: Kind) -> Callable[[Any], Kind]:
    """Return a function from a key of a mapping to the kind of the types under that key."""
    refs = _refs(found) if found else {}
    rest: Kind = "module" if found else kind

    def of(key: Any) -> Kind:
        return "evaluator" if key == "evaluator" and rest == "module" else refs.get(key, rest)

    return of


def _refs(found: Type) -> dict[str, Kind]:
    """Return parameter → kind for the parameters that are references to types other than modules."""
    if "torch" in found.tags:
        return {}
    known = parameters(found.load())
    refs: dict[str, Any] = {name: one.ref for name, one in known.items() if one.ref not in (None, "module")}
    return {**refs, **{spelled(name, known): kind for name, kind in refs.items()}}
