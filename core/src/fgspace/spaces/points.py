"""Checks points that users give, in part or as tokens, against a space, and completes them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from fgspace.documents.plain import plain
from fgspace.errors import FgspaceError, brief, did_you_mean
from fgspace.spaces.domains import Domain, in_words
from fgspace.spaces.drawing import Point as Point
from fgspace.spaces.forbidden import Entry, entry_of, in_a_sentence


class Searched(Protocol):
    """What the points of a space are checked against."""

    @property
    def hyper_parameters(self) -> Mapping[str, Domain]:
        """Path → domain of every hyper-parameter."""

    @property
    def starts(self) -> Mapping[str, Any]:
        """Path → initial value of every hyper-parameter."""

    @property
    def forbidden(self) -> tuple[Entry, ...]:
        """The entries of forbidden points."""

    def restrict(self, values: Mapping[str, Any], /) -> Point:
        """Return the point with these values, without those that are not active."""

    def decode(self, tokens: Sequence[int], /) -> Point:
        """Return the point with these tokens."""

    def guard(self, path: str, /) -> tuple[str, Any] | None:
        """Return the choice and the option that activate a hyper-parameter."""


def completed(space: Searched, written: Any) -> Point:
    """Return a point with all of its values: a hyper-parameter that is not given has its initial value.

    Args:
        space: the space of the point.
        written: path → value, or the tokens of a point.

    Raises:
        ValueError: it is not a point of the space.
    """
    for path, message in misfits(space, written):
        raise ValueError(f"{path}: {message}" if path else message)
    written = plain(written)
    return space.decode(written) if isinstance(written, list) else space.restrict({**space.starts, **written})


def given_points(space: Searched, given: Sequence[Any] | Mapping[str, Any]) -> dict[str, Point]:
    """Return points, completed, by the name of their source: the key of a mapping, or `initial_points[n]`.

    Raises:
        FgspaceError: one of them is not a point of the space.
    """
    named = given if isinstance(given, Mapping) else {f"initial_points[{n}]": one for n, one in enumerate(given)}
    points = {}
    for name, written in named.items():
        for path, message in misfits(space, written):
            raise FgspaceError(f"{name}.{path}: {message}" if path else f"{name}: {message}")
        points[name] = completed(space, written)
    return points


def misfits(space: Searched, written: Any) -> Iterator[tuple[str, str]]:
    """Yield path and message of each problem of a point; the path is empty for a problem of the whole point."""
    try:
        written = plain(written)
    except ValueError as error:
        yield "", str(error)
        return
    if isinstance(written, list):
        yield from _wrong_tokens(space, written)
        return
    wrong = list(misplaced(space, written))
    yield from wrong
    if not wrong:
        point = space.restrict({**space.starts, **written})
        yield from ((path, _inactive(space, path, point)) for path in written if path not in point)
        if entry := entry_of(point, space.forbidden):
            yield "", f"the point is forbidden: {in_a_sentence(entry)}"


def misplaced(space: Searched, values: Any) -> Iterator[tuple[str, str]]:
    """Yield path and message of each value that is not in the domain of a hyper-parameter, active or not."""
    if not isinstance(values, Mapping):
        yield "", f"expected a mapping from hyper-parameters to values, or a list of tokens; got {brief(values)}"
        return
    domains = space.hyper_parameters
    for path, value in values.items():
        if path not in domains:
            yield path, f"no such hyper-parameter{did_you_mean(str(path), domains)}"
        elif not domains[path].contains(value):
            yield path, f"{brief(value)} is not in {in_words(domains[path])}"


def _wrong_tokens(space: Searched, tokens: list[Any]) -> Iterator[tuple[str, str]]:
    if not all(type(token) is int for token in tokens):
        yield "", f"expected tokens, which are whole numbers; got {brief(tokens)}"
        return
    try:
        space.decode(tokens)
    except ValueError as error:
        yield "", str(error)


def _inactive(space: Searched, path: str, point: Point) -> str:
    choice, option = space.guard(path) or ("", None)
    if choice not in point:
        return f"is searched only where {choice} is {option!r}, which is not searched here"
    return f"is searched only where {choice} is {option!r}, but it is {point[choice]!r}"
