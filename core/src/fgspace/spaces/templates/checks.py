"""Checks a template against the signatures of the types it names: unknown, missing and ill-typed parameters."""

import inspect
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from fgspace.documents.descriptions import is_composite
from fgspace.documents.document import Document, Path
from fgspace.errors import FgspaceError, Problem, brief, nearest
from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.annotations import in_words as annotation_in_words
from fgspace.signatures.annotations import meant_mapping, misfit
from fgspace.signatures.parameters import Parameter, parameters, spelled
from fgspace.signatures.schemas import schema_of
from fgspace.spaces.domains import in_words
from fgspace.spaces.templates.boundary_values import boundary_values, filled
from fgspace.spaces.templates.placeholders import Placeholder, has_placeholder
from fgspace.spaces.templates.suggestions import (
    as_mapping,
    beside,
    brief_node,
    choice_of,
    is_text,
    joined,
    meant_domain,
    suggestion,
    unknown,
)

GIVEN_BY_THE_STUDY: dict[str, frozenset[str]] = {
    "algorithm": frozenset({"space", "objectives", "seed"}),
    "evaluator": frozenset({"seed", "folder", "space"}),
    "early_stopping": frozenset({"objectives"}),
}
"""The parameters that the study gives, so that a mapping does not contain them."""
_WORDS = ("modules", "hyper_parameters", "forbidden", "input_shape")
"""The keys of a space besides its type and its parts."""
_TAKEN = frozenset({"type", "evaluator", *_WORDS})


class Checker:
    """Collects the problems of one document."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.document = document
        self.registry = registry
        self.problems: list[Problem] = []

    def part(self, node: Any, at: Path, shown: str, kind: Kind = "module") -> None:
        """Check a mapping with `type`, or a placeholder whose branches are such mappings."""
        if isinstance(node, Placeholder):
            self._branches(node, shown, lambda branch, where, path: self.part(branch, where, path, kind))
            return
        target = self._target(node, at, shown, kind)
        if target is None:
            return
        name, known = node["type"], self._parameters(target, kind)
        if hasattr(target, "token2arch"):
            known["tokens"] = Parameter("tokens", list[int], None)
        described = self._modules(node, at, shown) if "modules" in node else ()
        if is_composite(name) and "modules" not in node:
            described = self._values_only(node, at, shown)
        meant = self._given(node, name, known, (*described, *beside(node, known, self.registry)), at, shown)
        self._missing(node, name, known, meant, at, shown)

    def _target(self, node: Any, at: Path, shown: str, kind: Kind) -> Any:
        if not isinstance(node, Mapping) or "type" not in node:
            hint = as_mapping(node, kind, self.registry)
            self._problem(at, shown, f"expected a mapping with type, got {brief_node(node)}{hint}")
        elif not isinstance(node["type"], str):
            self._problem((*at, "type"), joined(shown, "type"), f"expected a name, got {brief_node(node['type'])}")
        else:
            try:
                name = node["type"]
                return schema_of(self.registry.part(name) if kind == "module" else self.registry.get(kind, name))
            except FgspaceError as error:
                self._problem((*at, "type"), joined(shown, "type"), str(error))
        return None

    def _parameters(self, target: Any, kind: Kind) -> dict[str, Parameter]:
        given = GIVEN_BY_THE_STUDY.get(kind, frozenset())
        known = {name: parameter for name, parameter in parameters(target).items() if name not in given}
        if kind == "executor" and "workers" in known:  # the command has an option for it
            known["workers"] = replace(known["workers"], default=1)
        return known

    def _modules(self, node: Mapping[str, Any], at: Path, shown: str) -> Collection[str]:
        """Check the parts in `modules`, and return their names."""
        listed = node["modules"]
        if not isinstance(listed, list):
            self._problem(
                (*at, "modules"), joined(shown, "modules"), f"expected a list of parts, got {brief_node(listed)}"
            )
            return tuple(node)
        meant = [self._listed(node, index, at, shown) for index in range(len(listed))]
        return ("modules", *(name for name in (*listed, *meant) if isinstance(name, str)))

    def _listed(self, node: Mapping[str, Any], index: int, at: Path, shown: str) -> str | None:
        """Check one part in `modules`; if it is not described, return the part that is probably meant."""
        listed, where = node["modules"], (*at, "modules", index)
        name = listed[index]
        if isinstance(name, Mapping | Placeholder):
            self.part(name, where, joined(shown, f"modules.{index}"))
        elif not isinstance(name, str) or name not in node:
            near = nearest(str(name), set(node) - {"type", *filter(is_text, listed)})
            hint = f"; did you mean {near!r}?" if near else ""
            self._problem(where, joined(shown, "modules"), f"{brief(name)} is listed, but not described{hint}")
            return near
        elif name in _TAKEN or "." in name or not name:
            why = "it means something else" if name in _TAKEN else "write one without a dot" if name else "write one"
            self._problem(where, joined(shown, "modules"), f"{name!r} cannot be the name of a part; {why}")
        elif name in listed[:index]:
            self._problem(where, joined(shown, "modules"), f"{name!r} is listed twice")
        else:
            self.part(node[name], (*at, name), joined(shown, name))
        return None

    def _values_only(self, node: Mapping[str, Any], at: Path, shown: str) -> Collection[str]:
        """Check a space without `modules`, which holds named values instead of parts; return the names."""
        parts = [name for name, value in node.items() if isinstance(value, Mapping) and self._is_module(value)]
        if parts and not any(nearest(name, ["modules"]) for name in node):
            named = f"part {parts[0]!r} is" if len(parts) == 1 else f"parts {' and '.join(map(repr, parts))} are"
            self._problem(at, shown, f"{named} described, but not listed; write modules: [{', '.join(parts)}]")
        return [
            name
            for name, value in node.items()
            if name in parts or isinstance(value, Placeholder) or nearest(name, _WORDS) in (None, name)
        ]

    def _is_module(self, value: Mapping[str, Any]) -> bool:
        try:
            return bool(self.registry.part(str(value.get("type"))))
        except FgspaceError:
            return False

    def _given(
        self,
        node: Mapping[str, Any],
        name: str,
        known: Mapping[str, Parameter],
        described: Collection[str],
        at: Path,
        shown: str,
    ) -> list[str]:
        """Check the parameters in a mapping; return the parameters that misspelt ones probably mean."""
        meant = []
        takes_any = any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in known.values())
        for key, value in node.items():
            if key == "type" or key in described or (key == "input_shape" and not shown):
                continue
            parameter = known.get(spelled(key, known))
            if parameter is not None and not parameter.starred:
                self._value(value, parameter, (*at, key), joined(shown, key))
            elif "modules" in node and isinstance(value, Mapping) and "type" in value:
                self._problem(
                    (*at, key), shown or key, f"part {key!r} is described, but modules does not list it", key=True
                )
            elif not takes_any or "modules" in node:
                meant.append(self._unknown(node, key, name, known, at, shown))
        return meant

    def _unknown(
        self, node: Mapping[str, Any], key: str, name: str, known: Mapping[str, Parameter], at: Path, shown: str
    ) -> str:
        """Report a parameter that the type does not have; return the one that is probably meant, or an empty name."""
        value = node[key]
        if isinstance(value, Placeholder) and "hyper_parameters" in value.at:  # that section brings it in
            near = nearest(key, names := [one.name for one in known.values() if not one.starred])
            message = f"names nothing: {name} has no parameter {key!r}{suggestion(near, names)}"
            self._problem(value.at, value.path, message, key=True)
        else:
            near, hint = unknown(key, node, known, self.registry, _WORDS if is_composite(name) else ())
            self._problem((*at, key), shown, f"{name} has no parameter {key!r}{hint}", key=True)
        return near or ""

    def _missing(
        self,
        node: Mapping[str, Any],
        name: str,
        known: Mapping[str, Parameter],
        meant: Collection[str],
        at: Path,
        shown: str,
    ) -> None:
        written = {*meant, *(spelled(key, known) for key in node)}
        for parameter in known.values():
            if parameter.required and parameter.width is None and parameter.name not in written:
                self._problem(at, shown, f"{name} needs {parameter.name!r}")

    def _value(self, value: Any, parameter: Parameter, at: Path, shown: str) -> None:
        if parameter.ref is not None and value is not None:
            self._reference(value, parameter, at, shown)
        elif parameter.width != "in" or value != "auto":
            self._typed(value, parameter.annotation, at, shown)

    def _reference(self, value: Any, parameter: Parameter, at: Path, shown: str) -> None:
        """Check a reference; the parameters of a module that are missing are given when it is called."""
        kind: Any = parameter.ref
        if isinstance(value, Placeholder):
            self._branches(value, shown, lambda branch, where, path: self._reference(branch, parameter, where, path))
            return
        target = self._target(value, at, shown, kind)
        if target is not None:
            known = self._parameters(target, kind)
            meant = self._given(value, value["type"], known, beside(value, known, self.registry), at, shown)
            if kind != "module":
                self._missing(value, value["type"], known, meant, at, shown)

    def _branches(self, placeholder: Placeholder, shown: str, check: Any) -> None:
        for index, option in enumerate(placeholder.domain.enumerate() if placeholder.branches else ()):
            at = (*placeholder.at, "choice", index)
            branch = placeholder.branch(option)
            if branch is not option:
                check(branch, at, joined(shown, option))
            else:
                self._problem(at, shown, f"expected every option to be a mapping with type, got {brief(option)}")
        if not placeholder.branches:
            message = f"expected a choice of mappings with type, got {in_words(placeholder.domain)}"
            self._problem(placeholder.at, shown, message)

    def _typed(self, value: Any, annotation: Any, at: Path, shown: str) -> None:
        if not has_placeholder(value):
            self._fits(value, annotation, at, shown)
        elif isinstance(value, Placeholder):
            for candidate in boundary_values(value):
                if misfit(candidate, annotation) is not None:
                    expected = f"expected {annotation_in_words(annotation)}"
                    hint = meant_mapping(candidate, annotation)
                    self._problem(value.at, shown, f"{expected}, but the domain holds {brief(candidate)}{hint}")
                    return
        else:
            for candidate in filled(value):
                if not self._fits(candidate, annotation, at, shown):
                    return

    def _fits(self, value: Any, annotation: Any, at: Path, shown: str) -> bool:
        wrong = misfit(value, annotation)
        if wrong is None:
            return True
        inside, words = wrong
        hint = meant_domain(value)
        if isinstance(value, list) and value and all(misfit(one, annotation) is None for one in value):
            hint = f"; to search among them, write {choice_of(value)}"
        self._problem((*at, *inside), ".".join([shown, *map(str, inside)]), words + hint)
        return False

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))
