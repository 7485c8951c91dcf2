"""Remembers the parts of composites, so that the constructor of a repeated block runs once."""

from collections.abc import Hashable

from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.keys import OpaqueError, part_key

LIMIT = 5_000
"""The number of composites that are remembered before all are forgotten: about 10 MB."""


class Expansions:
    """The composites that were built, by key."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, FineGrainedSpace] = {}

    def of(self, part: FineGrainedSpace) -> FineGrainedSpace:
        """Return a composite with the same key whose parts are set; the given one if there is none."""
        if part.expanded or part.given:
            return part
        try:
            return self._kept.get(part_key(part), part)
        except OpaqueError:
            return part

    def keep(self, part: FineGrainedSpace) -> None:
        """Remember a composite, unless it holds an `nn.Module`, which two networks must not share."""
        if part.given:
            return
        if len(self._kept) >= LIMIT:
            self._kept.clear()
        try:
            self._kept.setdefault(part_key(part), part)
        except OpaqueError:
            return
