"""A space: all descriptions that one file allows, and its points."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, Any

from fgspace.documents.digest import canonical, digest
from fgspace.documents.plain import plain as border
from fgspace.errors import FgspaceError, brief, did_you_mean
from fgspace.network.inputs import InputShape, checked_shape, plain_shape
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Registry
from fgspace.signatures.full_names import with_full_names
from fgspace.spaces.domains import Domain
from fgspace.spaces.domains.draws import Rng, generator
from fgspace.spaces.domains.tables import as_tuples, may_be_list, may_nest, table
from fgspace.spaces.forbidden import Entry, allowed, entry_of, in_a_sentence
from fgspace.spaces.hyper_parameters import decoded, encoded, every_point, hyper_parameters, misfit, plain
from fgspace.spaces.points import Point as Point
from fgspace.spaces.points import completed, misplaced
from fgspace.spaces.templates.filling import filler

if TYPE_CHECKING:
    from torch import nn

Description = dict[str, Any]
"""A description with all values fixed. Descriptions share the values that are not searched: do not change them."""

_Pick = Callable[[str, Domain], Any]
_UNSOUND = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What is raised inside where a point is none of this space: it is checked then, and not before."""
_DRAWS = 10_000
"""The number of forbidden points in a row after which drawing is given up."""


class Space:
    """All descriptions that one template allows.

    Hyper-parameters are sorted by their part and then by path, regardless of the order in which they are written. One
    that belongs to an option of a choice is active only while that option is chosen.

    Spaces are equal if their digests are. A space that is unpickled uses the types that are installed where it is
    unpickled.
    """

    def __init__(
        self,
        tree: Mapping[str, Any],
        registry: Registry,
        input_shape: tuple[int, ...],
        forbidden: tuple[Entry, ...] = (),
    ) -> None:
        self.input_shape = input_shape
        self.registry = registry
        self.network = network_of(registry)
        self.tree = tree
        self.forbidden = forbidden
        self._fill = filler(tree)
        self._parameters = hyper_parameters(tree)
        self._is_flat = not any(one.branches for one in self._parameters)

    def __repr__(self) -> str:
        size = f"{self.size:,}" if isinstance(self.size, int) and self.size < 10**9 else f"{self.size:.3g}"
        return f"<Space {self.digest}: {len(self._parameters)} hyper-parameters, {size} points>"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Space) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.tree, self.input_shape, self.forbidden)

    def with_input(self, input_shape: InputShape) -> "Space":
        """Return the same space for inputs of another shape."""
        return Space(self.tree, self.registry, checked_shape(input_shape), self.forbidden)

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
        return self.restrict(self.starts)

    @cached_property
    def starts(self) -> dict[str, Any]:
        """Path → initial value of every hyper-parameter, active or not."""
        return {one.path: one.start for one in self._parameters}

    def sample(self, rng: Rng) -> Point:
        """Draw a point: each active hyper-parameter independently; `rng` is a `random.Random`, or a seed.

        Raises:
            FgspaceError: 10,000 draws in a row were forbidden.
        """
        drawn = generator(rng)
        return self._allowed(lambda: self._drawn(drawn)) if self.forbidden else self._drawn(drawn)

    def _drawn(self, rng: Random) -> Point:
        if self._tables is not None:
            random = rng.random
            return {path: values[int(random() * size)] for path, values, size in self._tables}
        return self._walk(lambda _, domain: domain.sample(rng))

    @cached_property
    def _tables(self) -> list[tuple[str, Sequence[Any], int]] | None:
        """Path, values and their number of each hyper-parameter; None unless all are always active and have few values.

        Drawing from these takes half the time for long points, and draws the same points as the domains do.
        """
        tables = [(one.path, table(one.domain)) for one in self._parameters]
        if not self._is_flat or any(values is None for _, values in tables):
            return None
        return [(path, values, len(values)) for path, values in tables if values is not None]

    def mutate(self, point: Point, rng: Rng, path: str | None = None) -> Point:
        """Change one hyper-parameter, the given one or an active one at random, by the mutation of its domain.

        Hyper-parameters that a newly chosen option activates are drawn. In a space of one point, return that point.

        Raises:
            FgspaceError: the point is none of this space, or the hyper-parameter is not active there.
        """
        drawn = generator(rng)
        try:
            if path is not None and path not in point:
                raise KeyError(path)
            if self.forbidden:
                return self._allowed(lambda: self._mutated(point, drawn, path), point)
            return self._mutated(point, drawn, path)
        except _UNSOUND:
            self.check(point)
            if path is None or path in point:
                raise
            raise FgspaceError(f"{path}: no such active hyper-parameter{did_you_mean(str(path), point)}") from None

    def _mutated(self, point: Point, rng: Random, path: str | None) -> Point:
        if self._is_flat:
            moved = path or self._movable[int(rng.random() * len(self._movable))] if self._movable else None
            return {**point, moved: self.hyper_parameters[moved].mutate(point[moved], rng)} if moved else dict(point)
        movable = [name for name, domain in self.active(point).items() if domain.size > 1]
        if not movable:
            self.check(point)
            return dict(point)
        moved = path or movable[int(rng.random() * len(movable))]
        return self._walk(
            lambda name, domain: (
                domain.mutate(point[name], rng)
                if name == moved
                else (point[name] if name in point else domain.sample(rng))
            )
        )

    @cached_property
    def _movable(self) -> list[str]:
        return [one.path for one in self._parameters if one.domain.size > 1]

    def crossover(self, first: Point, second: Point, rng: Rng) -> Point:
        """Mix two points: a hyper-parameter that both have is mixed by the crossover of its domain.

        One that only one of them has is taken from there, and one that neither has is drawn.

        Raises:
            FgspaceError: a value is none of its hyper-parameter.
        """
        drawn = generator(rng)

        def pick(path: str, domain: Domain) -> Any:
            if path in first and path in second:
                return domain.crossover(first[path], second[path], drawn)
            return first[path] if path in first else second[path] if path in second else domain.sample(drawn)

        try:
            return self._allowed(lambda: self._walk(pick), first) if self.forbidden else self._walk(pick)
        except _UNSOUND:
            self.check(first)
            self.check(second)
            raise

    def _allowed(self, draw: Callable[[], Point], instead: Point | None = None) -> Point:
        """Draw until a point is not forbidden; if none is found, return `instead`, or raise FgspaceError without it."""
        for _ in range(_DRAWS):
            if not self.forbids(point := draw()):
                return point
        if instead is not None:
            return dict(instead)
        raise FgspaceError(f"{_DRAWS:,} points drawn at random are all forbidden; forbid fewer")

    def forbids(self, point: Mapping[str, Any]) -> bool:
        """Return whether an entry of `forbidden` excludes a point."""
        return bool(self.forbidden) and entry_of(point, self.forbidden) is not None

    def active(self, point: Mapping[str, Any]) -> dict[str, Domain]:
        """Return path → domain of the hyper-parameters that are active at this point."""
        if not isinstance(point, Mapping):
            self.check(point)
        return {one.path: one.domain for one in self._parameters if one.path in point}

    def restrict(self, values: Mapping[str, Any]) -> Point:
        """Return the point with these values, which are given for every hyper-parameter; inactive ones are dropped.

        Raises:
            FgspaceError: a value is missing.
        """
        try:
            return self._walk(lambda path, _: values[path])
        except _UNSOUND:
            self.check(values)
            raise

    def complete(self, values: Mapping[str, Any]) -> Point:
        """Return the point with these values; every other active hyper-parameter has its initial value.

        Values of hyper-parameters that are not active at that point are dropped.

        Raises:
            FgspaceError: there is no such hyper-parameter, or a value is none of its.
        """
        for path, message in misplaced(self, values):
            raise FgspaceError(f"{path}: {message}" if path else message)
        return self.restrict({**self.starts, **values})

    def _given(self, point: Any) -> Point:
        """Return a point that a program gives: whole, in part, or as tokens."""
        try:
            written = border(point)
            return written if self.misfit(written) is None else completed(self, written)
        except ValueError as error:
            raise FgspaceError(str(error)) from error

    def check(self, point: Any) -> None:
        """Check that this is a point of the space.

        Raises:
            FgspaceError: it is none, with the reason.
        """
        if (wrong := self.misfit(point)) is not None:
            raise FgspaceError(wrong)

    @cached_property
    def _always(self) -> frozenset[str]:
        """The paths of the hyper-parameters that are active at every point."""
        return frozenset(one.path for one in self._parameters if one.guards is None)

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
        """Return the tokens of a point; those of inactive hyper-parameters are 0.

        Raises:
            FgspaceError: it is no point of this space.
        """
        try:
            if not point.keys() >= self._always or not point.keys() <= self.hyper_parameters.keys():
                raise KeyError
            return encoded(self._parameters, point)
        except _UNSOUND:
            self.check(point)
            raise

    def decode(self, tokens: Sequence[int]) -> Point:
        """Return the point with these tokens; those of inactive hyper-parameters are ignored.

        Raises:
            ValueError: the number of tokens is wrong, one is out of its range, no value has them, or the point is
                forbidden.
        """
        try:
            point = decoded(self._parameters, tokens)
        except (TypeError, KeyError, AttributeError):
            raise ValueError(f"expected a list of tokens, which are whole numbers; got {brief(tokens)}") from None
        if entry := entry_of(point, self.forbidden):
            raise ValueError(f"the point is forbidden: {in_a_sentence(entry)}")
        return point

    def contains(self, point: Mapping[str, Any]) -> bool:
        """Return whether this is a point of the space."""
        return self.misfit(point) is None

    def misfit(self, point: Mapping[str, Any]) -> str | None:
        """Return why this is not a point of the space, None if it is one."""
        if not isinstance(point, Mapping):
            return f"expected a mapping from hyper-parameters to values, got {brief(point)}"
        if wrong := misfit(self._parameters, point):
            return wrong
        entry = entry_of(point, self.forbidden)
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

    def at(self, point: Any) -> Description:
        """Return the description at a point, all values fixed; input widths follow from the part before.

        It has a part `evaluator` only if the evaluator has hyper-parameters.

        Args:
            point: path → value, where omitted paths have their initial value; or the tokens of a point.

        Raises:
            FgspaceError: it is no point of this space.
        """
        return self.described(self._given(point))

    def described(self, point: Mapping[str, Any]) -> Description:
        """Return the description at a point that this space has made: the same as `at`, without a check."""
        description: Description = self._fill(point)
        return description

    def network_at(self, point: Any = None) -> Description:
        """Return the description at a point (by default the initial one), without that of the evaluator."""
        return _network_of(self.described(self.initial if point is None else self._given(point)))

    def key(self, point: Mapping[str, Any]) -> Hashable:
        """Return a key that is equal for two points exactly if their descriptions are equal.

        Raises:
            FgspaceError: it is no point of this space.
        """
        try:
            # The description contains each value unchanged, so different values mean different descriptions.
            return self._values(point) if self._is_flat else canonical(self.described(point))
        except _UNSOUND:
            self.check(point)
            raise

    @cached_property
    def _values(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        paths = [one.path for one in self._parameters]
        values = itemgetter(*paths) if len(paths) > 1 else lambda point: tuple(point[path] for path in paths)
        if not any(map(may_be_list, (one.domain for one in self._parameters))):
            return values
        if any(may_nest(one.domain) for one in self._parameters):
            return lambda point: tuple(map(as_tuples, values(point)))
        return lambda point: tuple([tuple(value) if value.__class__ is list else value for value in values(point)])

    @cached_property
    def digest(self) -> str:
        """A short name of the space: equal for equal spaces, regardless of the order of keys."""
        return digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return the space as plain JSON: its template, hyper-parameters, input shape and forbidden points."""
        written = {
            "description": plain(self.tree),
            "hyper_parameters": {one.path: one.to_json() for one in self._parameters},
            "input_shape": plain_shape(self.input_shape),
            **({"forbidden": [dict(entry) for entry in self.forbidden]} if self.forbidden else {}),
        }
        named: dict[str, Any] = with_full_names(written, self.registry)
        return named

    def cost(self, point: Any = None, input_shape: InputShape | None = None) -> dict[str, float]:
        """Return the cost of the network at a point (by default the initial one).

        It holds `params`, `macs`, and the costs that its processes add, by name.

        Args:
            point: as for `at`.
            input_shape: the shape of the input without the batch, by default that of the space.

        Raises:
            FgspaceError: it is no point of this space.
        """
        return self.cost_of(self.network_at(point), input_shape)

    def cost_of(self, description: Description, input_shape: InputShape | None = None) -> dict[str, float]:
        """Return the cost of the network of a description that this space has made: the same as `cost`."""
        cost = self.network.cost(_network_of(description), self._shape(input_shape))
        return {"params": cost.params, "macs": cost.macs, **cost.extra}

    def build(
        self, point: Any = None, input_shape: InputShape | None = None, *, init: bool = True, trained: bool = False
    ) -> "nn.Module":
        """Build the network at a point (by default the initial one), unless it does not fit in memory.

        Args:
            point: as for `at`.
            input_shape: as for `cost`.
            init: whether to initialise the parameters; if not, they hold arbitrary values until weights are loaded.
            trained: whether the network will be trained, so that its gradients must fit in memory too.

        Raises:
            FgspaceError: it is no point of this space.
        """
        return self.network.build(self.network_at(point), self._shape(input_shape), init=init, trained=trained)

    def _shape(self, given: InputShape | None) -> tuple[Any, ...]:
        return self.input_shape if given is None else checked_shape(given)

    def _walk(self, pick: _Pick) -> Point:
        """Return the point in which each active hyper-parameter has the value that `pick` returns."""
        point: Point = {}
        for one in self._parameters:
            if one.guards is None or one.is_active(point, point):
                point[one.path] = pick(one.path, one.domain)
        return point


def _network_of(description: Description) -> Description:
    if "evaluator" not in description:
        return description
    return {name: value for name, value in description.items() if name != "evaluator"}


def _unpickled(tree: Mapping[str, Any], input_shape: tuple[int, ...], forbidden: tuple[Entry, ...]) -> Space:
    return Space(tree, default_registry(), input_shape, forbidden)
