"""A space: all descriptions that one file allows, and its points."""

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fgspace.documents.digest import canonical, digest
from fgspace.network.costs import Shape
from fgspace.network.count.counted import CountedNetwork
from fgspace.network.inputs import InputShape, as_shape, plain_shape
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Registry
from fgspace.signatures.calls import make
from fgspace.signatures.full_names import with_full_names
from fgspace.spaces.border import Membership, PointError, floated, has_floats
from fgspace.spaces.domains.sizes import in_digits
from fgspace.spaces.domains.tables import as_tuples, may_be_list, may_nest
from fgspace.spaces.drawing import Point as Point
from fgspace.spaces.forbidden import Entry, entry_of
from fgspace.spaces.hyper_parameters import hyper_parameters, plain, unfit
from fgspace.spaces.notebook import space_table
from fgspace.spaces.point_set import PointSet
from fgspace.spaces.points import completed
from fgspace.spaces.templates.filling import filler, network_part

if TYPE_CHECKING:
    from torch import nn

Description = dict[str, Any]
"""A description with all values fixed. Descriptions share the values that are not searched: do not change them."""


class Space(PointSet):
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
        costs: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        self.input_shape = input_shape
        self.registry = registry
        self.network = network_of(registry)
        self.tree = tree
        self.costs = costs
        """Name → cost, besides those that all networks have: a mapping with `type`."""
        super().__init__(hyper_parameters(tree), forbidden)
        self._fill = filler(tree)
        self._is_flat = not any(one.branches for one in self._parameters)

    def __repr__(self) -> str:
        return f"<Space {self.digest}: {len(self._parameters)} hyper-parameters, {in_digits(self.size)} points>"

    def _repr_html_(self) -> str:
        return space_table(repr(self).strip("<>"), self._parameters)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Space) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.tree, self.input_shape, self.forbidden, dict(self.costs))

    @cached_property
    def trusting(self) -> "Space":
        """The same space for code whose points are plain JSON already: it takes them as they are, without a check."""
        made = object.__new__(_TrustingSpace)
        made.__dict__ = self.__dict__  # all that the one computes and keeps is the other's too
        return made

    def with_input(self, input_shape: InputShape) -> "Space":
        """Return the same space for inputs of another shape."""
        return Space(self.tree, self.registry, as_shape(input_shape), self.forbidden, self.costs)

    def with_costs(self, costs: Mapping[str, Mapping[str, Any]]) -> "Space":
        """Return the same space with these costs by name, each a mapping with `type`, besides those of all networks."""
        return Space(self.tree, self.registry, self.input_shape, self.forbidden, costs)

    def at(self, point: Any) -> Description:
        """Return the description at a point, all values fixed; input widths follow from the part before.

        It has a part `evaluator` only if the evaluator has hyper-parameters.

        Args:
            point: path → value, where omitted paths have their initial value; or the tokens of a point.

        Raises:
            PointError: it is no point of this space.
        """
        return self.described(self._given(point))

    def described(self, point: Mapping[str, Any]) -> Description:
        """Return the description at a point that this space has made: the same as `at`, without a check."""
        description: Description = self._fill(point)
        return description

    def network_at(self, point: Any = None) -> Description:
        """Return the description at a point (by default the initial one), without that of the evaluator."""
        return network_part(self.described(self.initial if point is None else self._given(point)))

    def _given(self, point: Any) -> Mapping[str, Any]:
        """Return a point that a program gives: whole, in part, or as tokens.

        A whole point may have values of inactive hyper-parameters too, as some algorithms propose.
        """
        if point.__class__ is dict and point in self._membership and entry_of(point, self.forbidden) is None:
            return point
        if isinstance(point, Mapping):
            given = self.plain_point(point)
            if unfit(self._parameters, given) is None and entry_of(given, self.forbidden) is None:
                return given
        try:
            return completed(self, point)
        except ValueError as error:
            raise PointError(str(error)) from None

    def key(self, point: Mapping[str, Any]) -> Hashable:
        """Return a key that is equal for two points exactly if their descriptions are equal."""
        given = self._plain(point)
        if self._floats:
            given = floated(given, self._floats)
        try:
            # A flat description contains each value unchanged, so different values mean different descriptions.
            return self._values(given) if self._is_flat else canonical(self._fill(given))
        except KeyError:
            raise self._incomplete(given) from None

    @cached_property
    def _membership(self) -> Membership:
        return Membership(self._parameters)

    @cached_property
    def _floats(self) -> list[str]:
        """The paths whose values are floats, or lists of floats."""
        return [one.path for one in self._parameters if has_floats(one.domain)]

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
            **({"costs": plain(dict(self.costs))} if self.costs else {}),
        }
        named: dict[str, Any] = with_full_names(written, self.registry)
        return named

    def cost(self, point: Any = None, input_shape: InputShape | None = None) -> dict[str, float]:
        """Return the cost of the network at a point (by default the initial one).

        It holds `params`, `macs`, the costs that its processes add, and those of the space, by name.

        Args:
            point: as for `at`.
            input_shape: the shape of the input without the batch, by default that of the space.

        Raises:
            PointError: it is no point of this space.
        """
        return self.cost_of(self.network_at(point), input_shape)

    def cost_of(self, description: Description, input_shape: InputShape | None = None) -> dict[str, float]:
        """Return the cost of the network of a description that this space has made: the same as `cost`."""
        network, shape = network_part(description), self._shape(input_shape)
        cost = self.network.cost(network, shape)
        found = {"params": cost.params, "macs": cost.macs, **cost.extra}
        if self.costs:
            counted = CountedNetwork(self.network, network, shape)
            found.update((name, float(own(counted))) for name, own in self._cost_types.items())
        return found

    def counted(self, point: Any = None) -> CountedNetwork:
        """Return the network at a point (by default the initial one), counted: what costs are computed from."""
        return CountedNetwork(self.network, self.network_at(point), self.input_shape)

    @cached_property
    def _cost_types(self) -> dict[str, Callable[[CountedNetwork], float]]:
        return {name: make(self.registry, "cost", written, space=self) for name, written in self.costs.items()}

    def build(
        self, point: Any = None, input_shape: InputShape | None = None, *, init: bool = True, trained: bool = False
    ) -> "nn.Module":
        """Build the network at a point (by default the initial one), unless it does not fit in memory.

        Args:
            point: as for `at`.
            input_shape: as for `cost`.
            init: whether to initialise the parameters, and to read the weights that parts start from; if not, they
                hold arbitrary values until weights are loaded.
            trained: whether the network will be trained, so that its gradients must fit in memory too.

        Raises:
            PointError: it is no point of this space.
        """
        return self.network.build(self.network_at(point), self._shape(input_shape), init=init, trained=trained)

    def _shape(self, given: InputShape | None) -> Shape:
        return self.input_shape if given is None else as_shape(given) or self.input_shape


class _TrustingSpace(Space):
    """A space that takes points as they are: see `Space.trusting`."""

    def plain_point(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        return point

    _plain = _whole = _given = checked = plain_point


def _unpickled(
    tree: Mapping[str, Any],
    input_shape: tuple[int, ...],
    forbidden: tuple[Entry, ...],
    costs: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Space:
    return Space(tree, default_registry(), input_shape, forbidden, costs)
