"""Holds a template against the signatures of the types it names: unknown, missing and ill-typed parameters."""

import inspect
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from fgspace.description.document import Document, Path
from fgspace.description.signature import Parameter, parameters, spelled
from fgspace.description.values import misfit
from fgspace.domains import Domain, Float, Int, Tokens, Vector
from fgspace.errors import FgspaceError, Problem, did_you_mean
from fgspace.hookspecs import Kind
from fgspace.registry import Registry
from fgspace.template import Hole, has_hole

_GIVEN_BY_THE_STUDY: dict[str, frozenset[str]] = {
    "algorithm": frozenset({"space", "objectives", "seed"}),
    "evaluator": frozenset({"seed", "folder"}),
    "executor": frozenset({"workers"}),
}
"""Parameters that are not written in a type's mapping, since the study gives them."""


class Checker:
    """Collects the problems of one document."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.document = document
        self.registry = registry
        self.problems: list[Problem] = []

    def part(self, node: Any, at: Path, shown: str, kind: Kind = "module") -> None:
        """Check a mapping with `type`, or a hole whose every branch is one."""
        if isinstance(node, Hole):
            self._branches(node, shown, lambda branch, where, path: self.part(branch, where, path, kind))
            return
        target = self._target(node, at, shown, kind)
        if target is None:
            return
        name, known = node["type"], self._parameters(target, kind)
        if hasattr(target, "token2arch"):
            known["tokens"] = Parameter("tokens", list[int], None)
        described = self._modules(node, at, shown) if "modules" in node else ()
        if not described and kind == "module" and not known:
            described = _no_parameters_and_no_parts(node)
        self._given(node, name, known, described, at, shown)
        self._missing(node, name, known, at, shown)

    def _target(self, node: Any, at: Path, shown: str, kind: Kind) -> Any:
        if not isinstance(node, Mapping) or "type" not in node:
            self._problem(at, shown, f"expected a mapping with type, got {_brief(node)}")
        elif not isinstance(node["type"], str):
            self._problem((*at, "type"), _joined(shown, "type"), f"expected a name, got {_brief(node['type'])}")
        else:
            try:
                name = node["type"]
                return (self.registry.part(name) if kind == "module" else self.registry.get(kind, name)).load()
            except FgspaceError as error:
                self._problem((*at, "type"), _joined(shown, "type"), str(error))
        return None

    def _parameters(self, target: Any, kind: Kind) -> dict[str, Parameter]:
        given = _GIVEN_BY_THE_STUDY.get(kind, frozenset())
        return {name: parameter for name, parameter in parameters(target).items() if name not in given}

    def _modules(self, node: Mapping[str, Any], at: Path, shown: str) -> Collection[str]:
        """Check the parts that `modules` lists; return their names."""
        listed = node["modules"]
        if not isinstance(listed, list):
            self._problem(
                (*at, "modules"), _joined(shown, "modules"), f"expected a list of parts, got {_brief(listed)}"
            )
            return ("modules",)
        for index, name in enumerate(listed):
            where = (*at, "modules", index)
            if isinstance(name, Mapping | Hole):
                self.part(name, where, _joined(shown, f"modules.{index}"))
            elif not isinstance(name, str) or name not in node:
                near = did_you_mean(str(name), (key for key in node if key not in ("type", "modules")))
                self._problem(where, _joined(shown, "modules"), f"{name!r} is listed, but not described{near}")
            elif name in listed[:index]:
                self._problem(where, _joined(shown, "modules"), f"{name!r} is listed twice")
            else:
                self.part(node[name], (*at, name), _joined(shown, name))
        return ("modules", *(name for name in listed if isinstance(name, str)))

    def _given(
        self,
        node: Mapping[str, Any],
        name: str,
        known: Mapping[str, Parameter],
        described: Collection[str],
        at: Path,
        shown: str,
    ) -> None:
        takes_any = any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in known.values())
        for key, value in node.items():
            if key in ("type", "hyper_parameters", "input_shape") or key in described:
                continue
            parameter = known.get(spelled(key, known))
            if parameter is not None and not parameter.starred:
                self._value(value, parameter, (*at, key), _joined(shown, key))
            elif "modules" in node and isinstance(value, Mapping) and "type" in value:
                self._problem(
                    (*at, key), shown or key, f"part {key!r} is described, but modules does not list it", key=True
                )
            elif not takes_any or "modules" in node:
                self._problem((*at, key), shown, _unknown(name, key, known), key=True)

    def _missing(
        self, node: Mapping[str, Any], name: str, known: Mapping[str, Parameter], at: Path, shown: str
    ) -> None:
        written = {spelled(key, known) for key in node}
        for parameter in known.values():
            if parameter.required and parameter.width is None and parameter.name not in written:
                self._problem(at, shown, f"{name} needs {parameter.name!r}")

    def _value(self, value: Any, parameter: Parameter, at: Path, shown: str) -> None:
        if parameter.ref is not None and value is not None:
            self._reference(value, parameter, at, shown)
        elif parameter.width == "in" and value == "auto":
            return
        else:
            self._typed(value, parameter.annotation, at, shown)

    def _reference(self, value: Any, parameter: Parameter, at: Path, shown: str) -> None:
        """Check a type with some parameters bound; what is missing comes when it is called."""
        kind: Any = parameter.ref
        if isinstance(value, Hole):
            self._branches(value, shown, lambda branch, where, path: self._reference(branch, parameter, where, path))
            return
        target = self._target(value, at, shown, kind)
        if target is not None:
            self._given(value, value["type"], self._parameters(target, kind), (), at, shown)
            if kind != "module":
                self._missing(value, value["type"], self._parameters(target, kind), at, shown)

    def _branches(self, hole: Hole, shown: str, check: Any) -> None:
        for index, option in enumerate(hole.domain.enumerate() if hole.branches else ()):
            if option in hole.branches:
                check(hole.branches[option], (*hole.at, "choice", index), _joined(shown, option))
        if len(hole.branches) < (hole.domain.size if hole.branches else 1):
            self._problem(hole.at, shown, "expected every option to be a mapping with type")

    def _typed(self, value: Any, annotation: Any, at: Path, shown: str) -> None:
        if not has_hole(value):
            self._fits(value, annotation, at, shown, "")
        elif isinstance(value, Hole):
            for candidate in _extremes(value):
                if not self._fits(candidate, annotation, value.at, shown, _of_domain(value, candidate)):
                    return
        else:
            for candidate in _filled(value):
                if not self._fits(candidate, annotation, at, shown, ""):
                    return

    def _fits(self, value: Any, annotation: Any, at: Path, shown: str, context: str) -> bool:
        wrong = misfit(value, annotation)
        if wrong is None:
            return True
        inside, words = wrong
        place = at if context else (*at, *inside)
        self._problem(place, ".".join([shown, *map(str, () if context else inside)]), context + words)
        return False

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))


def _unknown(name: str, key: str, known: Mapping[str, Parameter]) -> str:
    names = [parameter.name for parameter in known.values() if not parameter.starred]
    near = did_you_mean(key, names)
    takes = f"; it takes {', '.join(names)}" if names else "; it takes none"
    return f"{name} has no parameter {key!r}{near or takes}"


def _no_parameters_and_no_parts(node: Mapping[str, Any]) -> Collection[str]:
    # A space with no modules holds only values, each under a name of its own.
    return tuple(node) if node["type"] == "FineGrainedSpace" else ()


def _extremes(hole: Hole) -> Iterator[Any]:
    """Yield values that show whether a parameter takes the whole domain: every option, or both ends."""
    if hole.branches:
        yield from (hole.branches.get(option, option) for option in hole.domain.enumerate())
    else:
        yield from _ends(hole.domain)


def _ends(domain: Domain) -> Iterator[Any]:
    if isinstance(domain, Int):
        yield from (domain.low, domain.decode([domain.size - 1]))
    elif isinstance(domain, Float):
        yield from (domain.low, domain.high)
    elif isinstance(domain, Vector):
        yield from ([end] * domain.length for end in _ends(domain.element))
    elif isinstance(domain, Tokens):
        yield from (domain.initial, [bound - 1 for bound in domain.ranges])
    else:
        yield from domain.enumerate()


def _filled(node: Any) -> Iterator[Any]:
    """Yield a list or mapping with its holes filled, each hole's extremes in turn and the others at their start."""
    found: list[Hole] = []

    def fill(tree: Any, chosen: Mapping[int, Any]) -> Any:
        if isinstance(tree, Hole):
            found.append(tree)
            return fill(chosen.get(id(tree), tree.branches.get(str(tree.initial), tree.initial)), chosen)
        if isinstance(tree, dict):
            return {key: fill(value, chosen) for key, value in tree.items()}
        return [fill(value, chosen) for value in tree] if isinstance(tree, list) else tree

    yield fill(node, {})
    for hole in list(found):
        yield from (fill(node, {id(hole): value}) for value in _extremes(hole))


def _of_domain(hole: Hole, value: Any) -> str:
    return "" if hole.form == "in place" and hole.branches else f"the domain holds {value!r}: "


def _brief(value: Any) -> str:
    return "a domain" if isinstance(value, Hole) else repr(value)


def _joined(shown: str, key: Any) -> str:
    return f"{shown}.{key}" if shown else str(key)
