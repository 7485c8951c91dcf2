"""The points of a space: drawing, checking, counting them, and their tokens."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.spaces.border import Own, PointError, owner, plain_point, plain_tokens
from fgspace.spaces.domains import Domain
from fgspace.spaces.domains.draws import Rng, generator
from fgspace.spaces.drawing import Drawing, Point
from fgspace.spaces.forbidden import Entry, allowed, entry_of, in_a_sentence
from fgspace.spaces.hyper_parameters import (
    HyperParameter,
    decoded,
    encoded,
    every_point,
    misfit,
    unfit,
    unknown,
    walked,
)
from fgspace.spaces.notebook import ShownPoint, shown_point


class PointSet:
    """The points of some hyper-parameters, without those that are forbidden.

    Points and tokens that it is given may be of NumPy, tuples and the like: they pass a border that makes plain JSON of
    them. What it returns is plain JSON.
    """

    def __init__(self, parameters: Sequence[HyperParameter], forbidden: tuple[Entry, ...]) -> None:
        self.forbidden = forbidden
        self._parameters = parameters
        self._drawing = Drawing(parameters, forbidden)

    @cached_property
    def hyper_parameters(self) -> dict[str, Domain]:
        """Path → domain of every hyper-parameter, active or not."""
        return {one.path: one.domain for one in self._parameters}

    @cached_property
    def forms(self) -> dict[str, str]:
        """Path → how the domain of a hyper-parameter was read, such as "candidates" or "declared domain"."""
        return {one.path: one.form for one in self._parameters}

    @cached_property
    def initial(self) -> Point:
        """The point that the file describes; a value that it does not give is the first of its domain."""
        return self.complete({})

    @cached_property
    def starts(self) -> dict[str, Any]:
        """Path → initial value of every hyper-parameter, active or not."""
        return {one.path: one.start for one in self._parameters}

    def sample(self, rng: Rng) -> Point:
        """Draw a point: each active hyper-parameter independently; `rng` is a `random.Random`, or a seed.

        Raises:
            FgspaceError: 10,000 draws in a row were forbidden.
        """
        return self._drawing.sample(generator(rng))

    def mutate(self, point: Mapping[str, Any], rng: Rng, path: str | None = None) -> Point:
        """Change one hyper-parameter, the given one or an active one at random, by the mutation of its domain.

        Hyper-parameters that a newly chosen option activates are drawn. In a space of one point, return that point.
        """
        return self._drawing.mutate(self._whole(point), generator(rng), path)

    def crossover(self, first: Mapping[str, Any], second: Mapping[str, Any], rng: Rng) -> Point:
        """Mix two points: a hyper-parameter that both have is mixed by the crossover of its domain."""
        return self._drawing.crossover(self._whole(first), self._whole(second), generator(rng))

    def plain_point(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a point as plain JSON, each value as its domain has it (1.0 for 1 among floats).

        It need not be a point of the space; one that is right already is returned itself.

        Raises:
            PointError: it is not a mapping, or holds something that is not plain data.
        """
        written = self._plain(point)
        own = {
            path: value
            for path, make in self._owners
            if path in written and (value := make(written[path])) is not written[path]
        }
        return {**written, **own} if own else written

    def checked(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a point that an algorithm proposes as plain JSON; values of inactive hyper-parameters may stay.

        Raises:
            PointError: it is not a point of the space, or a forbidden one.
        """
        given = self._whole(point)
        if entry := entry_of(given, self.forbidden):
            raise PointError(f"the point is forbidden: {in_a_sentence(entry)}")
        return given

    def forbids(self, point: Mapping[str, Any]) -> bool:
        """Return whether an entry of `forbidden` excludes a point."""
        return bool(self.forbidden) and entry_of(self._plain(point), self.forbidden) is not None

    def active(self, point: Mapping[str, Any]) -> dict[str, Domain]:
        """Return path → domain of the hyper-parameters that are active at this point."""
        given = self._plain(point)
        return {one.path: one.domain for one in self._parameters if one.path in given}

    def restrict(self, values: Mapping[str, Any]) -> Point:
        """Return the point with these values, which are given for every hyper-parameter; inactive ones are dropped."""
        given = self._plain(values)
        try:
            return walked(self._parameters, lambda path, _: given[path])
        except KeyError:
            raise self._incomplete(given) from None

    def complete(self, values: Mapping[str, Any]) -> Point:
        """Return the point with these values; every other active hyper-parameter has its initial value.

        Raises:
            PointError: a name or a value is not in the space.
        """
        given = self.plain_point(values)
        if wrong := unknown(self._parameters, given):
            raise PointError(wrong)
        point = walked(self._parameters, lambda path, _: given[path] if path in given else self.starts[path])
        self._whole(point)
        return point

    def show(self, values: Mapping[str, Any] | None = None) -> ShownPoint:
        """Return the point with these values as people read it: a notebook shows a table, `print` writes lines.

        Raises:
            PointError: a name or a value is not in the space.
        """
        return shown_point(self.complete(values or {}), self._parameters)

    def guard(self, path: str) -> tuple[str, Any] | None:
        """Return the path of the choice and the option that activate a hyper-parameter; None if it is always active.

        Raises:
            FgspaceError: there is no such hyper-parameter.
        """
        if path not in self.hyper_parameters:
            raise FgspaceError(f"{path}: no such hyper-parameter{did_you_mean(str(path), self.hyper_parameters)}")
        return next(one.guards for one in self._parameters if one.path == path)

    @cached_property
    def range_table(self) -> list[int]:
        """The number of values of each token of a point."""
        return [bound for one in self._parameters for bound in one.domain.range_table]

    @cached_property
    def init_tokens(self) -> list[int]:
        """The tokens of the initial point."""
        return self.encode(self.initial)

    def encode(self, point: Mapping[str, Any]) -> list[int]:
        """Return the tokens of a point; those of inactive hyper-parameters are 0."""
        return encoded(self._parameters, self._whole(point))

    def decode(self, tokens: Sequence[int]) -> Point:
        """Return the point with these tokens; those of inactive hyper-parameters are ignored.

        Raises:
            PointError: the number of tokens is wrong, one is out of its range, no value has them, or the point is
                forbidden.
        """
        try:
            point = decoded(self._parameters, plain_tokens(tokens))
        except ValueError as error:
            raise PointError(str(error)) from None
        if entry := entry_of(point, self.forbidden):
            raise PointError(f"the point is forbidden: {in_a_sentence(entry)}")
        return point

    def contains(self, point: Mapping[str, Any]) -> bool:
        """Return whether this is a point of the space."""
        return self.misfit(point) is None

    def misfit(self, point: Mapping[str, Any]) -> str | None:
        """Return why this is not a point of the space, None if it is one."""
        try:
            given = self._plain(point)
        except PointError as error:
            return str(error)
        if wrong := misfit(self._parameters, given):
            return wrong
        entry = entry_of(given, self.forbidden)
        return None if entry is None else f"the point is forbidden: {in_a_sentence(entry)}"

    @property
    def size(self) -> int | float:
        """The number of points; an upper bound if `size_is_exact` is false."""
        return self._size[0]

    @property
    def size_is_exact(self) -> bool:
        """Whether `size` is exact; it is an upper bound if more than 12 entries are forbidden."""
        return self._size[1]

    @cached_property
    def _size(self) -> tuple[int | float, bool]:
        return allowed(self._parameters, self.forbidden)

    def enumerate(self) -> Iterator[Point]:
        """Yield every point once, in the order of the tokens.

        Raises:
            ValueError: a domain is continuous.
        """
        yield from (point for point in every_point(self._parameters) if not self.forbids(point))

    @cached_property
    def _owners(self) -> list[tuple[str, Own]]:
        return [(one.path, own) for one in self._parameters if (own := owner(one.domain)) is not None]

    def _plain(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a point that a program gives as plain JSON."""
        return plain_point(point)

    def _whole(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a point that a program gives as plain JSON, after checking that it has its active values."""
        given = self.plain_point(point)
        if unfit(self._parameters, given):
            raise self._incomplete(given)
        return given

    def _incomplete(self, point: Mapping[str, Any]) -> PointError:
        """Return the error of a point that lacks a value; it says which, and what to do."""
        wrong = unfit(self._parameters, point) or "a value is missing"
        hint = "; space.complete(point) gives what is missing its initial value" if wrong.endswith("is missing") else ""
        return PointError(f"{wrong}{hint}")
