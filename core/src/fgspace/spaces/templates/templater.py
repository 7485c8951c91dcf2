"""Makes the template of a document: a description with a placeholder in each place that is searched."""

from collections.abc import Callable, Mapping
from typing import Any

from fgspace.documents.document import Document, Path
from fgspace.errors import FgspaceError, Problem, brief, did_you_mean
from fgspace.plugins.hookspecs import Kind
from fgspace.plugins.registry import Registry
from fgspace.signatures.parameters import Parameter, parameters, spelled
from fgspace.signatures.schemas import schema_of
from fgspace.spaces.domains import Choice, Domain
from fgspace.spaces.domains.syntax import FORMS, is_domain, read_domain, short_vector
from fgspace.spaces.templates.described_options import described_option, start
from fgspace.spaces.templates.labels import is_plain, labels
from fgspace.spaces.templates.placeholders import Later, Placeholder, placeholders
from fgspace.spaces.templates.short_forms import candidates, given_vector, told
from fgspace.spaces.templates.suggestions import joined as _joined
from fgspace.spaces.templates.vectors import elements, is_vector_of_options

Expand = Callable[["Templater", Mapping[str, Any], Path, str], Any]
"""Returns the template of a part that names a space, None for any other part."""


class Templater:
    """Makes the template of a document: finds the domains in it, and puts in those of `hyper_parameters`."""

    def __init__(self, document: Document, registry: Registry, expand: Expand | None = None) -> None:
        self.document = document
        self.registry = registry
        self._expand = expand
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.later: list[Later] = []
        # By identity of the domain, which is kept so that no other object gets the same id.
        self._placeholders: dict[int, tuple[Any, Any]] = {}
        self._described: dict[int, tuple[Any, Any]] = {}  # in the same way: what is described in place of a domain

    def tree(self, raw: Any, at: Path, shown: str) -> Any:
        """Return a copy of plain data in which each domain written in place of a value is a placeholder."""
        if is_domain(raw):
            return self._placeholder_in_place(raw, at, shown)
        if isinstance(raw, Mapping):
            if self._expand is not None and isinstance(raw.get("type"), str):
                expanded = self._expand(self, raw, at, shown)
                if expanded is not None:
                    return expanded
            # In canonical order, so that an alias has the same path regardless of the order of keys.
            apart = raw.get("hyper_parameters") if "modules" in raw else None
            keys = [key for key in _in_order(raw) if apart is None or key != "hyper_parameters"]
            made = {key: self.tree(raw[key], (*at, key), _joined(shown, key)) for key in keys}
            return self.put_all({key: made[key] for key in raw if key in made}, apart, at, shown)
        if isinstance(raw, list | tuple):
            return [self.tree(value, (*at, index), _joined(shown, index)) for index, value in enumerate(raw)]
        return raw

    def put_all(self, tree: dict[str, Any], apart: Any, at: Path, above: str = "") -> dict[str, Any]:
        """Put the hyper-parameters of a section `hyper_parameters` into the tree of its part.

        `at` is the path of the part in the document, `above` its path in the space.
        """
        at = (*at, "hyper_parameters")
        if isinstance(apart, list) and all(isinstance(path, str) for path in apart):
            apart = dict.fromkeys(apart)
        if apart is not None and not isinstance(apart, Mapping):
            self._problem(
                at, _joined(above, "hyper_parameters"), f"expected paths and their domains, got {brief(apart)}"
            )
            return tree
        for path, raw in (apart or {}).items():
            self.put(tree, path, raw, (*at, path), above)
        return tree

    def put(self, tree: dict[str, Any], path: str, raw: Any, at: Path, above: str = "") -> None:
        """Put one hyper-parameter into the tree of a part, where its dotted path starts; `above` is the part's path."""
        try:
            holder, key = self._find(tree, path)
            if raw is None and self._is_later(holder, key, _joined(above, path) if above else path, at):
                return
            _, placeholder = self._placeholders.get(id(raw), (None, None))
            holder[key] = placeholder or self._placeholder_apart(
                holder, key, _joined(above, path) if above else path, raw, at
            )
        except (ValueError, FgspaceError) as error:
            self._problem(at, _joined(above, path), str(error), key=True)

    def _placeholder_in_place(self, raw: Mapping[str, Any], at: Path, shown: str) -> Any:
        if id(raw) not in self._placeholders:
            try:
                self._placeholders[id(raw)] = raw, self._made_in_place(raw, at, shown)
            except ValueError as error:
                self._problem(at, shown, str(error))
                return None
        return self._placeholders[id(raw)][1]

    def _made_in_place(self, raw: Mapping[str, Any], at: Path, shown: str) -> Any:
        known, described = id(raw) in self._described, self._described.get(id(raw), (raw, None))[1]
        if is_vector_of_options(raw):
            return self._elements(raw, at, shown, described)
        domain, branches, first = self._domain(raw, at, shown, described)
        return Placeholder(shown, domain, first if known else domain.initial, at, "in place", branches)

    def _elements(self, raw: Mapping[str, Any], at: Path, shown: str, described: Any) -> list[Any]:
        """Return the placeholders of the elements of a vector whose options have hyper-parameters of their own."""
        each = elements(raw, self.document.data)
        if isinstance(described, list) and len(described) == len(each):
            self._described |= {id(one): (one, value) for one, value in zip(each, described, strict=True)}
        at = (*at, "vector")
        return [self._placeholder_in_place(one, at, _joined(shown, index)) for index, one in enumerate(each)]

    def _placeholder_apart(self, holder: Any, key: Any, path: str, raw: Any, at: Path) -> Any:
        described = holder.get(key) if isinstance(holder, dict) else holder[key]
        if isinstance(described, Placeholder):
            raise ValueError("is already searched, by the domain in its place")
        for inside in placeholders(described):
            raise ValueError(f"{inside.path} is searched already, which this domain replaces; leave one of them out")
        parameter = self._parameter(holder, key, path)
        declared = parameter.searched if parameter else None
        if raw is None:
            if declared is None:
                raise ValueError(self._undeclared(holder, key, path))
            domain: Domain = declared
            if isinstance(described, list):
                domain = short_vector(described, declared, parameter is not None and parameter.keeps_ones)
            placeholder: Any = Placeholder(path, domain, start(domain, described), at, "declared domain")
        elif isinstance(raw, list):
            placeholder = self._short(path, raw, described, parameter, at)
        elif is_vector_of_options(raw):
            placeholder = self._elements(raw, at, path, described)
        elif isinstance(raw, Mapping):
            domain, branches, first = self._domain(raw, at, path, described)
            placeholder = Placeholder(path, domain, first, at, "domain", branches)
        else:
            raise ValueError(f"expected a list of candidates or a domain, {FORMS}; got {brief(raw)}")
        if isinstance(raw, dict | list):
            self._placeholders[id(raw)] = raw, placeholder
        return placeholder

    def _short(self, path: str, raw: list[Any], described: Any, parameter: Parameter | None, at: Path) -> Placeholder:
        nested = any(isinstance(value, list | Mapping) for value in raw)
        if isinstance(described, list) and not nested:
            if len(described) != len(raw):
                raise ValueError(
                    f"is a list of {len(described)}, but {len(raw)} values are given; "
                    f"give {len(described)} to start from, or write {{choice: [...]}}"
                )
            vector, alike = given_vector(raw, parameter)
            self.notes += told(raw, alike, self.document, at, path)
            ones = " and keeps its number of ones" if vector.ones is not None else ""
            return Placeholder(path, vector, list(raw), at, f"vector that starts at the given value{ones}")
        options, alike = candidates(raw)
        self.notes += told(raw, alike, self.document, at, path)
        domain, branches, first = self._domain({"choice": options}, at, path, described)
        return Placeholder(path, domain, first, at, "candidates", branches)

    def _domain(
        self, raw: Mapping[str, Any], at: Path, shown: str, described: Any
    ) -> tuple[Domain, dict[str, Any], Any]:
        """Return a domain, the templates of its options, and its start."""
        read = read_domain(raw)
        if not isinstance(read, Choice):
            return read, {}, start(read, described)
        options = raw["choice"]  # as they are written: an alias in them is known by its identity
        domain, found = Choice(labels(options)), described_option(options, described)
        self._described |= {id(one): (one, value) for one, value in (found[1] if found else ())}
        where = (*at, "choice") if "choice" in raw else at
        branches = {
            label: self.tree(option, (*where, index), _joined(shown, label))
            for index, (label, option) in enumerate(zip(domain.options, options, strict=True))
            if not is_plain(option)
        }
        return domain, branches, domain.options[found[0]] if found else start(domain, described)

    def _is_later(self, holder: Any, key: Any, path: str, at: Path) -> bool:
        """Return whether the declared domain of a place follows from the network; if so, remember it for later."""
        parameter = self._parameter(holder, key, path)
        if parameter is None or parameter.follows is None or isinstance(holder.get(key), Placeholder):
            return False
        if isinstance(holder.get(key), list) and parameter.searched is not None:
            return False  # the elements of a list have a declared domain
        self.later.append(Later(holder, key, parameter.follows, path, at))
        return True

    def _undeclared(self, holder: Any, key: Any, path: str) -> str:
        """Return the message about a place without a declared domain."""
        known = self._parameters(holder, path)
        if known and spelled(key, known) not in known and not any(one.starred for one in known.values()):
            return f"names nothing: {holder['type']} has no parameter {key!r}{did_you_mean(key, known)}"
        return "has no declared domain; write one"

    def _parameter(self, holder: Any, key: Any, path: str) -> Parameter | None:
        """Return the parameter at a place, None if its type is unknown or has no such parameter."""
        known = self._parameters(holder, path)
        return known.get(spelled(key, known))

    def _parameters(self, holder: Any, path: str) -> Mapping[str, Parameter]:
        if not isinstance(holder, dict) or not isinstance(holder.get("type"), str) or "modules" in holder:
            return {}
        kind: Kind = "evaluator" if path.startswith("evaluator.") else "module"
        try:
            return parameters(schema_of(self.registry.get(kind, holder["type"])))
        except FgspaceError:
            return {}  # the check of the signatures reports an unknown type

    def _find(self, tree: dict[str, Any], path: str) -> tuple[Any, Any]:
        """Return the mapping or list that holds the place of a dotted path, and the key of the place in it."""
        *before, last = path.split(".")
        node: Any = tree
        walked = ""
        for step in before:
            node = _step(node, step, walked)
            walked = _joined(walked, step)
        if isinstance(node, list):
            _step(node, last, walked)
            return node, int(last)
        if isinstance(node, Placeholder) or not isinstance(node, dict):
            raise ValueError(f"names nothing: {walked} is {_in_words(node)}")
        if "modules" in node and last not in node:
            raise ValueError(f"names nothing: {walked or 'the space'} has no part {last!r}{did_you_mean(last, node)}")
        return node, last

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))


def _step(node: Any, step: str, walked: str) -> Any:
    inside = node.branches if isinstance(node, Placeholder) else node
    if isinstance(inside, list):
        if not step.isdigit() or int(step) >= len(inside):
            raise ValueError(f"names nothing: {walked} is a list of {len(inside)} and has no {step!r}")
        return inside[int(step)]
    if not isinstance(inside, Mapping):
        raise ValueError(f"names nothing: {walked} is {_in_words(node)}")
    if step not in inside:
        raise ValueError(f"names nothing: {walked or 'the space'} has no {step!r}{did_you_mean(step, inside)}")
    return inside[step]


def _in_order(raw: Mapping[str, Any]) -> list[str]:
    listed = raw.get("modules")
    order = (
        {name: index for index, name in enumerate(listed) if isinstance(name, str)} if isinstance(listed, list) else {}
    )
    return sorted(raw, key=lambda key: (order.get(key, len(order)), key))


def _in_words(node: Any) -> str:
    return "searched itself" if isinstance(node, Placeholder) else repr(node)
