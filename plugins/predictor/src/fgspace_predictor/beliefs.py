"""What is believed of points that were not evaluated, from the trials that were: costs exactly, all else by a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from fgspace import Metrics, Objectives, Point, Trial

from fgspace_predictor.acquisition import below
from fgspace_predictor.coordinates import Array, Coordinates
from fgspace_predictor.fitting import likeliest
from fgspace_predictor.gaussian_process import Factor, Mixture, conditioned, factored
from fgspace_predictor.kernel import Places, Squares
from fgspace_predictor.known_costs import KnownCosts
from fgspace_predictor.values import Read, judged, measured

_MOST = 300
"""So many trials are modelled at most: the best half of them, and the latest."""
_FITTED = 64
"""Settings are those that make so many trials likeliest."""
_SPARING = 16
"""From so many trials on, settings are looked for again only when there are a tenth more."""


@dataclass(frozen=True)
class Held:
    """What is kept of the model of one metric from one ask to the next.

    Attributes:
        landmark: the settings are those of the first so many trials told.
        kept: which of these trials are modelled, beside all later ones.
        read: how many there were to choose from.
        shares: how much is believed of each setting.
        places: where the trials modelled are.
        factors: one for each setting.
    """

    landmark: int
    kept: list[int]
    read: int
    shares: Sequence[float]
    places: Places
    factors: Sequence[Factor]


class Beliefs:
    """Models of the metrics that objectives and constraints name and that are no costs.

    A failed trial counts as the worst value that a complete one had, so that its neighbourhood is left alone without
    being shut; it says nothing of constraints. Values worse than the median are drawn in: those that are far out say
    little of where the best are, and would drown what is told of them.

    Settings are found from the trials told up to a landmark, and a factor grows from there by one trial at a time: what
    is believed follows from the trials alone, whenever it is asked for.
    """

    def __init__(
        self, coordinates: Coordinates, objectives: Objectives, costs: KnownCosts, monotone: Mapping[str, str]
    ) -> None:
        self._coordinates = coordinates
        self._ordered = coordinates.ordered()
        self._objectives = objectives
        self._costs = costs
        self._monotone = monotone
        self._slopes: dict[str, float] = {}
        self._held: dict[str, Held] = {}
        self._mixtures: dict[str, Mixture] = {}

    def learn(self, told: Sequence[Trial], pending: Sequence[Point]) -> None:
        """Model the trials told, and take the points asked for as if they had given what is expected of them.

        Ginsbourger, Le Riche and Carraro, "Kriging Is Well-Suited to Parallelize Optimization" (2010).

        Args:
            told: those told before, and further ones behind them.
            pending: the points asked for and not told.
        """
        self._mixtures = {name: self._mixture(name, told, pending) for name in self._modelled(told)}

    def places(self, points: Sequence[Point], costs: Sequence[Metrics]) -> Places:
        """Return where the points are, their costs being known."""
        axes = self._costs.axes(costs)
        ordered = None if self._ordered is None else self._places(self._ordered, points, axes)
        return replace(self._places(self._coordinates, points, axes), ordered=ordered)

    def objectives_at(self, places: Places, costs: Sequence[Metrics]) -> tuple[Array, Array]:
        """Return mean and deviation of each objective, to be minimised, at each place: (n, objectives) both."""
        mean = self._known(costs)
        deviation = np.zeros_like(mean)
        for column, mixture in self._unknown():
            mean[:, column], deviation[:, column] = mixture.predict(places)
        return mean + self._trends(places), deviation

    def expected_at(self, places: Places, costs: Sequence[Metrics]) -> Array:
        """Return the mean of each objective alone, (n, objectives)."""
        mean = self._known(costs)
        for column, mixture in self._unknown():
            mean[:, column] = mixture.expect(places)
        return mean + self._trends(places)

    def feasible_at(self, places: Places) -> Array:
        """Return the probability that each place keeps the constraints on what is not known, (n,)."""
        probability = np.ones(len(places))
        for name, bounds in self._objectives.constraints.items():
            if mixture := self._mixtures.get(f"constraint {name}"):
                mean, deviation = mixture.predict(places)
                most = below(bounds.get("max", np.inf), mean, deviation)
                probability *= most - below(bounds.get("min", -np.inf), mean, deviation)
        return np.maximum(probability, 0)

    @staticmethod
    def _places(coordinates: Coordinates, points: Sequence[Point], axes: Array) -> Places:
        rows = coordinates.rows(points)
        return Places(rows, np.hstack([coordinates.sums(rows), axes]))

    def _known(self, costs: Sequence[Metrics]) -> Array:
        if self._costs.names.isdisjoint(self._objectives.directions):
            return np.zeros((len(costs), len(self._objectives.directions)))
        unknown = dict.fromkeys(self._objectives.directions, 0.0)
        trials = (Trial(-1, {}, "complete", {**unknown, **cost}) for cost in costs)
        return np.array([self._objectives.values(trial) for trial in trials])

    def _trends(self, places: Places) -> Array:
        """Return what each objective has of the trends that were told, (n, objectives)."""
        trends = np.zeros((len(places), len(self._objectives.directions)))
        for column, name in enumerate(self._objectives.directions):
            if slope := self._slopes.get(f"objective {name}"):
                trends[:, column] = slope * self._trend(name, places)
        return trends

    def _trend(self, name: str, places: Places) -> Array:
        return self._costs.axes_of(places.sums)[:, self._costs.axis(self._monotone[name])]

    def _level(self, name: str, values: Array, places: Places) -> tuple[Array, float]:
        """Return values without their trend along a known cost, and its slope, never against what was told."""
        kind, _, metric = name.partition(" ")
        if kind == "constraint" or metric not in self._monotone:
            return values, 0.0
        trend = self._trend(metric, places)
        apart = trend - trend.mean()
        slope = min(float(apart @ values) / max(float(apart @ apart), 1e-12), 0.0)
        return values - slope * trend, slope

    def _unknown(self) -> Iterator[tuple[int, Mixture]]:
        for column, name in enumerate(self._objectives.directions):
            if mixture := self._mixtures.get(f"objective {name}"):
                yield column, mixture

    def _modelled(self, told: Sequence[Trial]) -> Iterator[str]:
        if any(trial.state == "complete" for trial in told):
            yield from (f"objective {name}" for name in self._objectives.directions if name not in self._costs.names)
            yield from (f"constraint {name}" for name in self._objectives.constraints if name not in self._costs.names)

    def _mixture(self, name: str, told: Sequence[Trial], pending: Sequence[Point]) -> Mixture:
        trials, values = self._reader(name)(told)
        held = self._held[name] = self._grown(self._begun(name, told), trials)
        values, slope = self._level(name, np.append(values[held.kept], values[held.read :]), held.places)
        self._slopes[name] = slope
        mixture = _given(held, values)
        if not pending:
            return mixture
        asked = self.places(pending, [self._costs.of(point) for point in pending])
        return _given(_extended(held, asked), np.append(values, mixture.expect(asked)))

    def _begun(self, name: str, told: Sequence[Trial]) -> Held:
        """Return the model at the last landmark, or what it has grown to since."""
        count = _landmark(len(told))
        while not any(trial.state == "complete" for trial in told[:count]):
            count += 1
        if name in self._held and self._held[name].landmark == count:
            return self._held[name]
        trials, values = self._reader(name)(told[:count])
        kept = _telling(values, _MOST)
        places = self._of([trials[index] for index in kept])
        level, _ = self._level(name, values[kept], places)
        fitted = _telling(level, _FITTED)
        summed = len(self._coordinates.groups) + len(self._costs.names)
        fits = likeliest(places[fitted], level[fitted], self._coordinates.dimensions, summed)
        among = Squares(places, places)
        factors = [factored(among, fit.setting) for fit in fits]
        return Held(count, kept, len(trials), [fit.share for fit in fits], places, factors)

    def _grown(self, held: Held, trials: Sequence[Trial]) -> Held:
        for trial in trials[held.read + len(held.places) - len(held.kept) :]:
            held = _extended(held, self._of([trial]))
        return held

    def _of(self, trials: Sequence[Trial]) -> Places:
        points = [trial.point for trial in trials]
        return self.places(points, [self._costs.of(point) for point in points])

    def _reader(self, name: str) -> Read:
        kind, _, metric = name.partition(" ")
        if kind == "constraint":
            return lambda told: measured(told, metric)
        column = list(self._objectives.directions).index(metric)
        return lambda told: judged(told, self._objectives, column)


def _given(held: Held, values: Array) -> Mixture:
    return Mixture(held.places, [conditioned(factor, values) for factor in held.factors], held.shares)


def _extended(held: Held, places: Places) -> Held:
    near, among = Squares(places, held.places), Squares(places, places)
    factors = [factor.extended(near, among) for factor in held.factors]
    return replace(held, places=held.places.and_(places), factors=factors)


def _telling(values: Array, most: int) -> list[int]:
    """Return the indices of so many values at most, in order: the best half of them, and the latest."""
    if len(values) <= most:
        return list(range(len(values)))
    best = set(np.argsort(values, kind="stable")[: most // 2].tolist())
    latest = [index for index in range(len(values)) if index not in best][-(most - len(best)) :]
    return sorted([*best, *latest])


def _landmark(count: int) -> int:
    """Return the largest of 1, 2, ... 16, 17, 18, ... 20, 22, ... (each a tenth more) that is at most the count."""
    landmark = min(count, _SPARING)
    while (larger := landmark + max(1, landmark // 10)) <= count:
        landmark = larger
    return landmark
