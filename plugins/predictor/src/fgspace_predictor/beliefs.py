"""Predicts the metrics of points from the trials told: costs are computed, all other metrics are modelled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from fgspace import Metrics, Objectives, Point, Trial

from fgspace_predictor.acquisition import below
from fgspace_predictor.coordinates import Array, Coordinates
from fgspace_predictor.fitting import NOISE, NUMBERS, OPTIONS, OUTCOMES, likeliest
from fgspace_predictor.gaussian_process import Factor, Mixture, conditioned, factored
from fgspace_predictor.kernel import Places, Squares
from fgspace_predictor.known_costs import KnownCosts
from fgspace_predictor.values import Read, judged, measured, succeeded

_MOST = 300
"""The largest number of trials in a model: half are the best ones, half the latest of the others."""
_FITTED = 64
"""The largest number of trials that the settings of a model are fitted to."""
_SPARING = 16
"""Above this number of trials, settings are fitted again only after the number has grown by a tenth."""
_RARELY = 30
"""They are fitted again after this many trials at the latest."""

_UNLIKELY, _HARDLY = 0.25, 1e-200
"""A chance of success below the first counts this much less: where all the rest is known, the search does not go there
for the sake of what it does not know."""
_SUCCESS = "success"
"""The name of the model of the outcomes."""


@dataclass(frozen=True)
class Held:
    """The model of one metric as it is kept from one ask to the next.

    Attributes:
        landmark: the number of trials, from the first on, that the settings were fitted to.
        kept: the indices of the modelled trials among those of the landmark; all later trials are modelled.
        read: the number of trials up to the landmark that have a value of the metric.
        shares: the weight of each setting; they sum to 1.
        places: the coordinates of the modelled trials.
        factors: one factor for each setting.
    """

    landmark: int
    kept: list[int]
    read: int
    shares: Sequence[float]
    places: Places
    factors: Sequence[Factor]


class Beliefs:
    """Models of those metrics in the objectives and constraints that are not costs.

    A failed trial has no value: a trial that ran out of memory or was pre-empted says nothing of its neighbours. Once a
    trial has failed, the chance of success is a model of its own. Values worse than the median are compressed towards
    it: bad outliers tell little about the best points, and would hide the differences between good ones.

    Settings are fitted to the trials up to a landmark, which is one of a fixed sequence of trial counts; each later
    trial only extends the factors. So predictions depend on the trials alone, not on when they are asked for.
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
        """Fit the models to the trials told and to the pending points, whose values are taken to be the expected ones.

        Ginsbourger, Le Riche and Carraro, "Kriging Is Well-Suited to Parallelize Optimization" (2010).

        Args:
            told: all trials told so far: those of the last call, and new ones after them.
            pending: the points that are being evaluated.
        """
        self._mixtures = {name: self._mixture(name, told, pending) for name in self._modelled(told)}

    def places(self, points: Sequence[Point], costs: Sequence[Metrics]) -> Places:
        """Return the coordinates of points with these costs."""
        axes = self._costs.axes(costs)
        ordered = None if self._ordered is None else self._places(self._ordered, points, axes)
        return replace(self._places(self._coordinates, points, axes), ordered=ordered)

    def objectives_at(self, places: Places, costs: Sequence[Metrics]) -> tuple[Array, Array]:
        """Return the mean and standard deviation of each minimised objective at each place; both (n, objectives)."""
        mean = self._known(costs)
        deviation = np.zeros_like(mean)
        for column, mixture in self._unknown():
            mean[:, column], deviation[:, column] = mixture.predict(places)
        return mean + self._trends(places), deviation

    def expected_at(self, places: Places, costs: Sequence[Metrics]) -> Array:
        """Return only the mean of each objective, (n, objectives)."""
        mean = self._known(costs)
        for column, mixture in self._unknown():
            mean[:, column] = mixture.expect(places)
        return mean + self._trends(places)

    def feasible_at(self, places: Places) -> Array:
        """Return the probability, (n,), that each place keeps the constraints on modelled metrics."""
        probability = np.ones(len(places))
        for name, bounds in self._objectives.constraints.items():
            if mixture := self._mixtures.get(f"constraint {name}"):
                mean, deviation = mixture.predict(places)
                most = below(bounds.get("max", np.inf), mean, deviation)
                probability *= most - below(bounds.get("min", -np.inf), mean, deviation)
        return np.maximum(probability, 0) * self._success_at(places)

    def _success_at(self, places: Places) -> Array:
        """Return the chance, (n,), that the evaluation of each place succeeds."""
        mixture = self._mixtures.get(_SUCCESS)
        if mixture is None:
            return np.ones(len(places))
        chance = np.clip(mixture.expect(places), 1e-6, 1.0)
        return np.where(chance < _UNLIKELY, _HARDLY * chance, chance)

    @staticmethod
    def _places(coordinates: Coordinates, points: Sequence[Point], axes: Array) -> Places:
        rows = coordinates.rows(points)
        return Places(rows, np.hstack([coordinates.sums(rows), axes]), owners=coordinates.owners)

    def _known(self, costs: Sequence[Metrics]) -> Array:
        if self._costs.names.isdisjoint(self._objectives.directions):
            return np.zeros((len(costs), len(self._objectives.directions)))
        unknown = dict.fromkeys(self._objectives.directions, 0.0)
        trials = (Trial(-1, {}, "complete", {**unknown, **cost}) for cost in costs)
        return np.array([self._objectives.values(trial) for trial in trials])

    def _trends(self, places: Places) -> Array:
        """Return the part of each objective that is due to its `monotone` trend, (n, objectives)."""
        trends = np.zeros((len(places), len(self._objectives.directions)))
        for column, name in enumerate(self._objectives.directions):
            if slope := self._slopes.get(f"objective {name}"):
                trends[:, column] = slope * self._trend(name, places)
        return trends

    def _trend(self, name: str, places: Places) -> Array:
        return self._costs.axes_of(places.sums)[:, self._costs.axis(self._monotone[name])]

    def _level(self, name: str, values: Array, places: Places) -> tuple[Array, float]:
        """Return values minus their linear trend along a cost, and its slope, which is 0 if it has the wrong sign."""
        kind, _, metric = name.partition(" ")
        if kind != "objective" or metric not in self._monotone:
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
            if any(trial.state == "failed" for trial in told):
                yield _SUCCESS

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
        """Return the model fitted at the last landmark, or the kept one if it is of the same landmark."""
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
        noise = OUTCOMES if name == _SUCCESS else NOISE
        priors = NUMBERS if self._coordinates.are_mostly_numbers else OPTIONS
        fits = likeliest(places[fitted], level[fitted], self._coordinates.dimensions, summed, priors, noise)
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
        if name == _SUCCESS:
            return succeeded
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
    """Return the indices, in order, of at most `most` values: half of them the best, half the latest of the others."""
    if len(values) <= most:
        return list(range(len(values)))
    best = set(np.argsort(values, kind="stable")[: most // 2].tolist())
    latest = [index for index in range(len(values)) if index not in best][-(most - len(best)) :]
    return sorted([*best, *latest])


def _landmark(count: int) -> int:
    """Return the largest of 1, 2, ... 16, 17, 18, ... 20, 22, ... that is at most the count.

    Each is a tenth more than the one before, but at most 30 more, which bounds the number of trials after it.
    """
    landmark = min(count, _SPARING)
    while (larger := landmark + min(max(1, landmark // 10), _RARELY)) <= count:
        landmark = larger
    return landmark
