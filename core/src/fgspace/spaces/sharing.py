"""The bank of a space: tensors from which the parameters of the networks at all its points are cut."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any

from fgspace.documents.digest import digest
from fgspace.errors import FgspaceError, brief
from fgspace.spaces.boundary_points import boundary_points
from fgspace.spaces.space import Description, Point, Space
from fgspace.spaces.templates.filling import network_part

if TYPE_CHECKING:
    from torch import Tensor, nn

    from fgspace.network.sharing.networks import Built
    from fgspace.network.sharing.places import Place

_EVERY = 256
"""The size up to which all points of a space are looked at when its bank is made."""
_BOUNDARY = 128
_RANDOM = 64
_PLACES = "_places_in_bank"
"""The attribute of a candidate that holds the places of its parameters."""


class Bank:
    """The weights that all networks of a space share: train them once, and judge every point by them.

    For each parameter that some network of the space has, the bank holds one tensor, of the largest size that a network
    needs. A network at a point has the leading channels of each axis, the leading channels of each group of a grouped
    convolution, and the centre of larger kernels. Parameters are the same if they have the same name in modules of the
    same types, so that each option of a choice among blocks has its own. Gradients of a candidate's output are those of
    the bank. Running statistics belong to the candidate: compute them anew before it is judged.

    A description is taken without its processes. The sizes are those of all points of a small space; of a larger one,
    those of points of boundary values and of some random ones. A point that needs more lets the bank grow.

    The idea is that of one-shot search (Bender et al. 2018, "Understanding and Simplifying One-Shot Architecture
    Search") and of slimmable networks (Yu et al. 2019); the centres of kernels are those of Once-for-All (Cai et al.
    2020).

    Args:
        space: any space whose points have networks.
        seed: of the values before training, which are drawn as the networks draw theirs.
        points: those whose networks it covers at first, in place of the ones above; none where weights are loaded next.
    """

    def __init__(self, space: Space, *, seed: int = 0, points: Iterable[Any] | None = None) -> None:
        from fgspace.network.sharing.tensors import Tensors

        self.space = space
        self.seed = seed
        self._tensors = Tensors(seed)
        self.cover(_points(space, seed) if points is None else points)

    def __repr__(self) -> str:
        numbers = sum(tensor.numel() for tensor in self._tensors.held.values())
        return f"<Bank of {self.space.digest}: {len(self._tensors.held)} tensors, {numbers} numbers>"

    def parameters(self) -> "Iterator[nn.Parameter]":
        """Yield the tensors: what an optimiser is given."""
        yield from self._tensors.held.values()

    def state_dict(self) -> "dict[str, Tensor]":
        """Return key → tensor, which `load_state_dict` takes; the tensors are those of the bank, and not copied."""
        return {key: tensor.detach() for key, tensor in self._tensors.held.items()}

    def load_state_dict(self, state: "Mapping[str, Tensor]") -> None:
        """Take the tensors of a bank of the same space.

        Raises:
            FgspaceError: tensors that this bank has are missing, or have another number of axes.
        """
        for key, held in self._tensors.held.items():
            if key not in state or state[key].dim() != held.dim():
                raise FgspaceError(f"these are no weights of a bank of this space: {brief(key)} is missing or differs")
        self._tensors.load(state)

    def cover(self, points: Iterable[Any]) -> list[str]:
        """Let the bank have what the networks at these points need; return the keys of tensors that are new or larger.

        A tensor that grows stays the same `nn.Parameter`; what an optimiser keeps for it is of its former size.
        """
        return self._cover(map(self.space.network_at, points))

    def _cover(self, descriptions: Iterable[Description]) -> list[str]:
        from fgspace.network.sharing.networks import places_of
        from fgspace.network.sharing.slices import covering

        sizes: dict[str, tuple[int, ...]] = {}
        largest: dict[str, tuple[int, Description]] = {}
        for description in descriptions:
            for place in self._tensors.lacking(places_of(partial(self._built, description))):
                known = sizes.get(place.key, place.slice.sizes)
                sizes[place.key] = covering(known, place.slice.sizes)
                if place.slice.numel > largest.get(place.key, (-1, {}))[0]:
                    largest[place.key] = place.slice.numel, description
        self._tensors.reserve(sizes, self._drawn({key: description for key, (_, description) in largest.items()}))
        return list(sizes)

    def candidate(self, point: Any = None) -> "nn.Module":
        """Return the network at a point (by default the initial one), with tensors cut from the bank as parameters.

        Its tensors are attributes of its modules and no `nn.Parameter`s: train `bank.parameters()`. Call it inside
        `torch.no_grad()` for a network that is only judged.

        Raises:
            PointError: it is no point of the space.
        """
        return self.candidate_of(self.space.network_at(point))

    def candidate_of(self, description: Mapping[str, Any]) -> "nn.Module":
        """Return what `candidate` does, for a description of the space."""
        from fgspace.network.sharing.networks import cut

        model, places = self._covered(description)
        model.__dict__[_PLACES] = places  # in the model itself: a table of models would keep each of them alive
        return cut(model, places, self._tensors.held)

    def refresh(self, candidate: "nn.Module") -> "nn.Module":
        """Cut the tensors of a candidate anew, and return it: after a step, this costs less than to build it again."""
        from fgspace.network.sharing.networks import cut

        return cut(candidate, candidate.__dict__[_PLACES], self._tensors.held)

    def network(self, point: Any = None) -> "nn.Module":
        """Return a network of its own at a point, with a copy of what is cut from the bank as parameters.

        Raises:
            PointError: it is no point of the space.
        """
        return self.network_of(self.space.network_at(point))

    def network_of(self, description: Mapping[str, Any]) -> "nn.Module":
        """Return what `network` does, for a description of the space."""
        from fgspace.network.sharing.networks import filled

        return filled(*self._covered(description), self._tensors.held)

    def lacks(self, description: Mapping[str, Any]) -> bool:
        """Return whether the network of a description needs tensors that the bank does not have, or larger ones."""
        from fgspace.network.sharing.networks import places_of

        return bool(self._tensors.lacking(places_of(partial(self._built, network_part(dict(description))))))

    def _covered(self, description: Mapping[str, Any]) -> "Built":
        """Return the network of a description without values, and the places of its parameters, which are covered."""
        network = network_part(dict(description))
        model, places = self._built(network)
        if self._tensors.lacking(places):
            self._cover([network])
        return model, places

    def _built(self, description: Description, init: bool = False) -> "Built":
        return self.space.network.with_places(description, self.space.input_shape, init)

    def _drawn(self, described: "Mapping[str, Description]") -> "dict[str, tuple[Place, Tensor]]":
        """Return key → a parameter of the network described for it, as it is before any training."""
        from fgspace.network.sharing.networks import drawn

        found: dict[str, tuple[Place, Tensor]] = {}
        for one in {digest(description): description for description in described.values()}.values():
            for place, values in drawn(partial(self._built, one, init=True), int(digest([self.seed, one]), 16)):
                if described.get(place.key) == one:
                    found[place.key] = place, values
        return found


def _points(space: Space, seed: int) -> Iterator[Point]:
    """Yield the points that show what the largest tensors are."""
    if space.size_is_exact and space.size <= _EVERY:
        yield from space.enumerate()
        return
    rng = Random(seed)
    yield from chain(boundary_points(space, _BOUNDARY), (space.sample(rng) for _ in range(_RANDOM)))
