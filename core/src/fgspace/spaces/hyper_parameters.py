"""The hyper-parameters of a template in canonical order, each with the option that activates it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fgspace.errors import brief, did_you_mean
from fgspace.spaces.domains import Domain, in_words
from fgspace.spaces.domains.sizes import Size, product, total
from fgspace.spaces.templates.placeholders import Placeholder

Guard = tuple[str, Any]
"""The path of a choice, and the option for which a hyper-parameter is active."""


class HyperParameter:
    """One hyper-parameter; it is active if `guards` is None, or while that option is chosen."""

    def __init__(self, placeholder: Placeholder, guards: Guard | None) -> None:
        self.path = placeholder.path
        self.domain = placeholder.domain
        self.start = placeholder.initial
        self.form = placeholder.form
        self.branches = placeholder.branches
        self.guards = guards
        self.blank = [0] * len(placeholder.domain.range_table)

    def is_active(self, point: Mapping[str, Any], active: Any) -> bool:
        """Return whether it is active at a point; `active` holds the paths before it that are."""
        if self.guards is None:
            return True
        parent, option = self.guards
        return parent in active and point.get(parent) == option

    def to_json(self) -> dict[str, Any]:
        """Return its domain, its initial value, and the descriptions of its options, as plain JSON."""
        written: dict[str, Any] = {"domain": self.domain.to_json(), "initial": self.start}
        if self.branches:
            written["branches"] = {str(label): plain(branch) for label, branch in self.branches.items()}
        return written


def hyper_parameters(tree: Any) -> list[HyperParameter]:
    """Return the hyper-parameters in canonical order, each choice before the hyper-parameters of its options.

    They are sorted by the position of their part in `modules`, at every level, and then by path.
    """
    guards: dict[int, set[Guard | None]] = {}
    found: dict[int, Placeholder] = {}
    _collect(tree, None, found, guards)
    # A hyper-parameter that an alias puts into several options is always active.
    return [
        HyperParameter(placeholder, next(iter(guards[id(placeholder)])) if len(guards[id(placeholder)]) == 1 else None)
        for placeholder in sorted(
            found.values(), key=lambda placeholder: list(_place(tree, placeholder.path.split(".")))
        )
    ]


def _place(node: Any, steps: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the sort key of each step of a path: its index in `modules`, its number in a list, its name."""
    for step in steps:
        if isinstance(node, Placeholder):
            node = node.branches
        names = node.get("modules", ()) if isinstance(node, Mapping) else ()
        number = int(step) if step.isdigit() else -1
        yield names.index(step) if step in names else len(names), number, step
        if isinstance(node, list) and -1 < number < len(node):
            node = node[number]
        else:
            node = node.get(step) if isinstance(node, Mapping) else None


def _collect(
    node: Any,
    guard: tuple[str, Any] | None,
    found: dict[int, Placeholder],
    guards: dict[int, set[Guard | None]],
) -> None:
    if isinstance(node, Placeholder):
        found[id(node)] = node
        guards.setdefault(id(node), set()).add(guard)
        for label, branch in node.branches.items():
            _collect(branch, (node.path, label), found, guards)
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            _collect(child, guard, found, guards)


def plain(node: Any) -> Any:
    """Return a tree as plain JSON, in which the path of the hyper-parameter stands for each placeholder."""
    if isinstance(node, Placeholder):
        return {"hyper_parameter": node.path}
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(value) for value in node] if isinstance(node, list) else node


def count(parameters: Sequence[HyperParameter], fixed: Mapping[str, Any] = MappingProxyType({})) -> Size:
    """Return the number of points: sizes are multiplied, and the points of the options of a choice are added.

    With `fixed`, path → value, only points with these values are counted; a conditional one needs its choice fixed.
    """
    below: dict[Guard | None, Size] = {}
    for parameter in reversed(parameters):
        options: Size = 1 if parameter.path in fixed else parameter.domain.size
        if parameter.branches:
            chosen = [fixed[parameter.path]] if parameter.path in fixed else parameter.domain.enumerate()
            # Only options with a label, which is text, bring hyper-parameters; one that is a list has no hash.
            options = total(below.get((parameter.path, one), 1) if isinstance(one, str) else 1 for one in chosen)
        below[parameter.guards] = product((below.get(parameter.guards, 1), options))
    return below.get(None, 1)


def walked(parameters: Sequence[HyperParameter], pick: Callable[[str, Domain], Any]) -> dict[str, Any]:
    """Return the point in which each active hyper-parameter has the value that `pick` returns."""
    point: dict[str, Any] = {}
    for one in parameters:
        if one.guards is None or one.is_active(point, point):
            point[one.path] = pick(one.path, one.domain)
    return point


def encoded(parameters: Sequence[HyperParameter], point: Mapping[str, Any]) -> list[int]:
    """Return the tokens of a point; those of hyper-parameters that are not active are 0."""
    tokens: list[int] = []
    for parameter in parameters:
        tokens += parameter.domain.encode(point[parameter.path]) if parameter.path in point else parameter.blank
    return tokens


def decoded(parameters: Sequence[HyperParameter], tokens: Sequence[int]) -> dict[str, Any]:
    """Return the point with these tokens.

    Raises:
        ValueError: the number of tokens is wrong, one is out of its range, or no value has them.
    """
    expected = sum(len(parameter.blank) for parameter in parameters)
    if len(tokens) != expected:
        raise ValueError(f"expected {expected} tokens, got {len(tokens)}")
    point: dict[str, Any] = {}
    end = 0
    for parameter in parameters:
        start, end = end, end + len(parameter.blank)
        if parameter.is_active(point, point):
            try:
                point[parameter.path] = parameter.domain.decode(tokens[start:end])
            except ValueError as error:
                raise ValueError(f"{parameter.path}: {error}") from None
    return point


def misfit(parameters: Sequence[HyperParameter], point: Mapping[str, Any]) -> str | None:
    """Return why a mapping is not a point of these hyper-parameters, None if it is one."""
    active: set[str] = set()
    wrong = _lacking(parameters, point, active) or _surplus(point, active)
    return None if wrong is None else unknown(parameters, point) or wrong


def unfit(parameters: Sequence[HyperParameter], point: Mapping[str, Any]) -> str | None:
    """Return why a mapping is not a point, None if it is one; values of inactive hyper-parameters may stay."""
    return unknown(parameters, point) or _lacking(parameters, point, set())


def unknown(parameters: Sequence[HyperParameter], point: Mapping[str, Any]) -> str | None:
    """Return which name in a mapping is not that of a hyper-parameter."""
    known = {parameter.path for parameter in parameters}
    name = next((path for path in point if path not in known), None)
    return None if name is None else f"{name}: no such hyper-parameter{did_you_mean(str(name), known)}"


def _lacking(parameters: Sequence[HyperParameter], point: Mapping[str, Any], active: set[str]) -> str | None:
    """Return which active hyper-parameter has no value, or a wrong one; note those that are active."""
    for parameter in parameters:
        if not parameter.is_active(point, active):
            continue
        active.add(parameter.path)
        if parameter.path not in point:
            return f"{parameter.path}: is missing"
        if not parameter.domain.contains(point[parameter.path]):
            return f"{parameter.path}: {brief(point[parameter.path])} is not in {in_words(parameter.domain)}"
    return None


def _surplus(point: Mapping[str, Any], active: set[str]) -> str | None:
    surplus = next((path for path in point if path not in active), None)
    return None if surplus is None else f"{surplus}: no such active hyper-parameter"


def every_point(parameters: Sequence[HyperParameter]) -> Iterator[dict[str, Any]]:
    """Yield every point once, in the order of the tokens."""

    def below(point: dict[str, Any], index: int) -> Iterator[dict[str, Any]]:
        if index == len(parameters):
            yield dict(point)
            return
        parameter = parameters[index]
        if not parameter.is_active(point, point):
            yield from below(point, index + 1)
            return
        for value in parameter.domain.enumerate():
            yield from below({**point, parameter.path: value}, index + 1)

    return below({}, 0)
