"""Draws, mutates and crosses the points of a space; none of them is forbidden."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import Any

from fgspace.errors import FgspaceError, did_you_mean
from fgspace.spaces.domains import Domain
from fgspace.spaces.domains.tables import table
from fgspace.spaces.forbidden import Entry, entry_of
from fgspace.spaces.hyper_parameters import HyperParameter, walked

Point = dict[str, Any]
"""Path → value of the active hyper-parameters: plain JSON."""

_DRAWS = 10_000
"""The number of forbidden points in a row after which drawing is given up."""


class Drawing:
    """Draws points of some hyper-parameters; the points that it is given are plain JSON."""

    def __init__(self, parameters: Sequence[HyperParameter], forbidden: Sequence[Entry]) -> None:
        self._parameters = parameters
        self._forbidden = forbidden
        self._domains = {one.path: one.domain for one in parameters}
        self._is_flat = not any(one.branches for one in parameters)

    def sample(self, rng: Random) -> Point:
        """Draw a point: each active hyper-parameter independently.

        Raises:
            FgspaceError: 10,000 draws in a row were forbidden.
        """
        return self._allowed(lambda: self._drawn(rng)) if self._forbidden else self._drawn(rng)

    def mutate(self, point: Mapping[str, Any], rng: Random, path: str | None = None) -> Point:
        """Change one hyper-parameter of a point; see `Space.mutate`."""
        if path is not None and path not in self._domains:
            raise FgspaceError(f"{path}: no such hyper-parameter{did_you_mean(path, self._domains)}")
        if self._forbidden:
            return self._allowed(lambda: self._mutated(point, rng, path), point)
        return self._mutated(point, rng, path)

    def crossover(self, first: Mapping[str, Any], second: Mapping[str, Any], rng: Random) -> Point:
        """Mix two points; see `Space.crossover`."""

        def pick(path: str, domain: Domain) -> Any:
            if path in first and path in second:
                return domain.crossover(first[path], second[path], rng)
            return first[path] if path in first else second[path] if path in second else domain.sample(rng)

        if self._forbidden:
            return self._allowed(lambda: walked(self._parameters, pick), first)
        return walked(self._parameters, pick)

    def _drawn(self, rng: Random) -> Point:
        if self._tables is not None:
            random = rng.random
            return {path: values[int(random() * size)] for path, values, size in self._tables}
        return walked(self._parameters, lambda _, domain: domain.sample(rng))

    @cached_property
    def _tables(self) -> list[tuple[str, Sequence[Any], int]] | None:
        """Path, values and their number of each hyper-parameter; None unless all are always active and have few values.

        Drawing from these takes half the time for long points, and draws the same points as the domains do.
        """
        tables = [(one.path, table(one.domain)) for one in self._parameters]
        if not self._is_flat or any(values is None for _, values in tables):
            return None
        return [(path, values, len(values)) for path, values in tables if values is not None]

    def _mutated(self, point: Mapping[str, Any], rng: Random, path: str | None) -> Point:
        if self._is_flat:
            moved = path or self._movable[int(rng.random() * len(self._movable))] if self._movable else None
            return {**point, moved: self._domains[moved].mutate(point[moved], rng)} if moved else dict(point)
        movable = [one.path for one in self._parameters if one.path in point and one.domain.size > 1]
        if not movable:
            return dict(point)
        moved = path or movable[int(rng.random() * len(movable))]
        return walked(
            self._parameters,
            lambda name, domain: (
                domain.mutate(point[name], rng)
                if name == moved
                else (point[name] if name in point else domain.sample(rng))
            ),
        )

    @cached_property
    def _movable(self) -> list[str]:
        return [one.path for one in self._parameters if one.domain.size > 1]

    def _allowed(self, draw: Callable[[], Point], instead: Mapping[str, Any] | None = None) -> Point:
        """Draw until a point is not forbidden; if none is found, return `instead`, or raise FgspaceError without it."""
        for _ in range(_DRAWS):
            if entry_of(point := draw(), self._forbidden) is None:
                return point
        if instead is not None:
            return dict(instead)
        raise FgspaceError(f"{_DRAWS:,} points drawn at random are all forbidden; forbid fewer")
