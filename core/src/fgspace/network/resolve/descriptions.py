"""Turns descriptions into parts: resolves their types, lets widths follow, binds references."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from fgspace.errors import FgspaceError
from fgspace.network.costs import PartError, Shape
from fgspace.network.parts.part import Part
from fgspace.network.parts.starts import WEIGHTS
from fgspace.network.resolve.composites import listed
from fgspace.network.resolve.cost_rules import CostRules
from fgspace.network.resolve.entries import Entry, arguments, located, make_entry, make_part, starting
from fgspace.network.resolve.keys import PLAIN
from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.markers import Reference
from fgspace.signatures.parameters import spelled
from fgspace.signatures.reasons import FAILURES
from fgspace.signatures.records import filled


class Processed(Part):
    """A part to whose finished module processes are applied, one after the other."""

    def __init__(self, part: Part, processes: Mapping[str, Any]) -> None:
        self.part = part
        self.processes = processes


def _filled(entry: Entry, name: str, value: Any) -> Any:
    try:
        return filled(value, entry.known[name].annotation)
    except (TypeError, ValueError) as error:
        raise PartError(f"{name}: {error}") from error


@dataclass(frozen=True, kw_only=True)
class ModuleReference(Reference):
    """A reference that returns a part, never a module, when it is called with the rest of its arguments.

    `bound` holds the arguments in the description, with references in place of descriptions.
    """

    entry: Entry
    description: Mapping[str, Any]

    def __call__(self, *args: Any, **rest: Any) -> Any:
        """Return the part, or, if its input width is not given, a description, whose width follows."""
        entry, given = self.entry, {**self.bound, **rest}
        if args:
            given.update(zip(entry.known, args, strict=False))
        if "modules" in given or (entry.width is not None and entry.width not in given):
            return {**self.description, **given, "type": self.description["type"]}
        return make_part(entry, given)


class Types:
    """The module types of a registry; each is read when it is first used."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._entries: dict[str, Entry] = {}
        self.rules = CostRules(registry)

    def entry(self, name: str) -> Entry:
        """Return the entry of a module type."""
        found = self._entries.get(name)
        if found is None:
            found = self._entries[name] = make_entry(self._registry.part(name), self.rules)
        return found

    def part(self, description: Mapping[str, Any], shape: Shape | None) -> Part:
        """Return the part of a description for an input of this shape; the shape is None if it is unknown."""
        entry = self.entry(description["type"])
        if "modules" in description and entry.takes_modules:
            return self._composite(entry, description)
        return self.made(entry, arguments(entry, description, shape))

    def made(self, entry: Entry, given: Mapping[str, Any]) -> Part:
        """Return the part of a type with these arguments; mappings with `type` in them become references."""
        return make_part(entry, self.bound(entry, given))

    def resolve(self, node: Any, shape: Shape | None) -> Any:
        """Return the part of a description; a part or an `nn.Module` is returned unchanged."""
        return self.part(node, shape) if isinstance(node, Mapping) else node

    def process(self, name: str, description: Mapping[str, Any]) -> Any:
        """Return the process of a description, a callable of the model and its input shape; errors name it `name`."""
        entry = self.entry(description["type"])
        given = self.bound(entry, arguments(entry, description, None))
        try:
            return entry.target(**given)
        except PartError as error:
            raise error.under(name) from error.__cause__
        except FAILURES as error:
            raise located(error, entry.target, (), given).under(name) from error

    def bound(self, entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments with references in place of descriptions."""
        bound = {key: self._bind(entry, key, value) for key, value in given.items()}
        for name in entry.records & bound.keys() if entry.records else ():
            bound[name] = _filled(entry, name, bound[name])
        return bound

    def _bind(self, entry: Entry, name: str, value: Any) -> Any:
        """Replace the descriptions in one argument by references."""
        if value.__class__ in PLAIN:
            return value
        if isinstance(value, list):
            return [item if item.__class__ in PLAIN else self._bind(entry, name, item) for item in value]
        if value.__class__ is not dict and not isinstance(value, Mapping):
            return value
        if "type" in value:
            return self._reference(entry, name, value)
        return {key: self._bind(entry, name, item) for key, item in value.items()}

    def _reference(self, entry: Entry, name: str, description: Mapping[str, Any]) -> Reference:
        known = entry.known.get(name)
        kind = known.ref if known is not None and known.ref is not None else "module"
        bound = {key: value for key, value in description.items() if key != "type"}
        if kind != "module":
            return Reference(self._registry.get(cast(Kind, kind), description["type"]).load(), bound)
        of = self.entry(description["type"])
        if "modules" not in bound:
            bound = self.bound(of, {spelled(key, of.known): value for key, value in bound.items()})
        return ModuleReference(of.target, bound, entry=of, description=description)

    def _composite(self, entry: Entry, description: Mapping[str, Any]) -> Part:
        parts = dict(listed(description))
        options = {key: value for key, value in description.items() if key in entry.known and key not in parts}
        part, processes = entry.target(**options), {}
        for name, child in parts.items():
            if self._is_process(child):
                processes[name] = child
            else:
                part.add(name, child)
        if WEIGHTS in description and WEIGHTS not in parts:
            part = starting(part, description)
        return Processed(part, processes) if processes else part

    def _is_process(self, child: Mapping[str, Any]) -> bool:
        try:
            return self.entry(child["type"]).is_process
        except FgspaceError:
            return False  # an unknown type is reported when the part itself is resolved
