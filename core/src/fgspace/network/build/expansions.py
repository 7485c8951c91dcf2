"""Remembers composites whose parts are set, so that blocks that are built again are not made from their code again."""

from collections.abc import Hashable

from fgspace.network.resolve.keys import OpaqueError, part_key
from fgspace.network.parts.part import FineGrainedSpace

LIMIT = 5_000
"""How many composites are remembered before all are forgotten: some 10 MB."""


class Expansions:
    """The composites that were built, by what they are made of."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, FineGrainedSpace] = {}

    def of(self, part: FineGrainedSpace) -> FineGrainedSpace:
        """Return a composite made alike whose parts are set; the given one where none is known."""
        if part.expanded or part.given:
            return part
        try:
            return self._kept.get(part_key(part), part)
        except OpaqueError:
            return part

    def keep(self, part: FineGrainedSpace) -> None:
        """Remember a composite: one that holds no `nn.Module`, which must not come to stand in two networks."""
        if part.given:
            return
        if len(self._kept) >= LIMIT:
            self._kept.clear()
        try:
            self._kept.setdefault(part_key(part), part)
        except OpaqueError:
            return
