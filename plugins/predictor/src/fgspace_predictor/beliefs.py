"""What is believed of points that were not evaluated, from the trials that were: costs exactly, all else by a model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from fgspace import Objectives, Trial
from fgspace.search.trial import Metrics, Point

from fgspace_predictor.acquisition import below
from fgspace_predictor.coordinates import Array, Coordinates
from fgspace_predictor.gaussian_process import GaussianProcess, Setting, condition, likeliest

_MOST = 300
"""So many trials are modelled at most: the best half of them, and the latest."""
_SPARING = 16
"""From so many trials on, length and noise are looked for again only when there are a tenth more."""


@dataclass(frozen=True)
class Values:
    """Trials' rows, (n, d), and what one metric was at each, (n,)."""

    rows: Array
    values: Array


class Beliefs:
    """Models of the metrics that objectives and constraints name and that are no costs.

    A failed trial counts as the worst value that a complete one had, so that its neighbourhood is left alone without
    being shut; it says nothing of constraints. With one objective, values worse than the median are drawn in: those
    that are far out say little of where the best are, and would drown what is told of them.
    """

    def __init__(self, coordinates: Coordinates, objectives: Objectives, known: frozenset[str]) -> None:
        self._coordinates = coordinates
        self._objectives = objectives
        self._known = known
        self._settings: dict[tuple[str, int], Setting] = {}
        self._processes: dict[str, GaussianProcess] = {}

    def learn(self, told: Sequence[Trial], pending: Sequence[Point]) -> None:
        """Model the trials told, and take the points asked for as if they had given what is expected of them.

        Ginsbourger, Le Riche and Carraro, "Kriging Is Well-Suited to Parallelize Optimization" (2010).
        """
        self._processes = {name: self._process(name, told, pending) for name in self._modelled(told)}

    def objectives_at(self, points: Sequence[Point], costs: Sequence[Metrics]) -> tuple[Array, Array]:
        """Return mean and deviation of each objective, to be minimised, at each point: (n, objectives) both."""
        rows = self._coordinates.rows(points)
        unknown = dict.fromkeys(self._objectives.directions, 0.0)
        trials = [Trial(-1, point, "complete", {**unknown, **cost}) for point, cost in zip(points, costs, strict=True)]
        mean = np.array([self._objectives.values(trial) for trial in trials])
        deviation = np.zeros_like(mean)
        for column, name in enumerate(self._objectives.directions):
            if process := self._processes.get(f"objective {name}"):
                mean[:, column], deviation[:, column] = process.predict(rows)
        return mean, deviation

    def feasible_at(self, points: Sequence[Point]) -> Array:
        """Return the probability that each point keeps the constraints on what is not known, (n,)."""
        probability = np.ones(len(points))
        for name, bounds in self._objectives.constraints.items():
            if process := self._processes.get(f"constraint {name}"):
                mean, deviation = process.predict(self._coordinates.rows(points))
                most = below(bounds.get("max", np.inf), mean, deviation)
                probability *= most - below(bounds.get("min", -np.inf), mean, deviation)
        return np.maximum(probability, 0)

    def _modelled(self, told: Sequence[Trial]) -> Iterator[str]:
        if any(trial.state == "complete" for trial in told):
            yield from (f"objective {name}" for name in self._objectives.directions if name not in self._known)
            yield from (f"constraint {name}" for name in self._objectives.constraints if name not in self._known)

    def _process(self, name: str, told: Sequence[Trial], pending: Sequence[Point]) -> GaussianProcess:
        read = self._reader(name)
        data = self._data(read, told)
        setting = self._setting(name, read, told)
        process = condition(data.rows, data.values, setting)
        if not pending:
            return process
        rows = self._coordinates.rows(pending)
        expected = process.predict(rows)[0]
        return condition(np.vstack([data.rows, rows]), np.append(data.values, expected), setting)

    def _setting(self, name: str, read: "_Read", told: Sequence[Trial]) -> Setting:
        """Return length and noise: those of the first so many trials, whenever they are asked for."""
        count = _landmark(len(told))
        while not any(trial.state == "complete" for trial in told[:count]):
            count += 1
        if (name, count) not in self._settings:
            data = self._data(read, told[:count])
            self._settings[name, count] = likeliest(data.rows, data.values, self._coordinates.dimensions)
        return self._settings[name, count]

    def _data(self, read: "_Read", told: Sequence[Trial]) -> Values:
        trials, values = read(told)
        if len(trials) > _MOST:
            best = set(np.argsort(values, kind="stable")[: _MOST // 2].tolist())
            latest = [index for index in range(len(trials)) if index not in best][-(_MOST - len(best)) :]
            kept = sorted([*best, *latest])
            trials, values = [trials[index] for index in kept], values[kept]
        return Values(self._coordinates.rows(trial.point for trial in trials), values)

    def _reader(self, name: str) -> "_Read":
        kind, _, metric = name.partition(" ")
        if kind == "constraint":
            return lambda told: _measured(told, metric)
        column = list(self._objectives.directions).index(metric)
        alone = len(self._objectives.directions) == 1
        return lambda told: _judged(told, self._objectives, column, alone)


_Read = Callable[[Sequence[Trial]], tuple[list[Trial], Array]]


def drawn_in(values: Array) -> Array:
    """Return values to be minimised, with those above the median, where they are far out, drawn towards it.

    A value above the median by u spreads of the better half (their root mean square below the median) comes to lie
    above it by log(1 + u) spreads: order is kept.
    """
    middle = np.median(values)
    better = values[values < middle]
    spread = np.sqrt(((better - middle) ** 2).mean()) if len(better) else 0.0
    if not spread:
        return values
    above = np.maximum(values - middle, 0) / spread
    return np.where(values > middle, middle + spread * np.log1p(above), values)


def _measured(told: Sequence[Trial], metric: str) -> tuple[list[Trial], Array]:
    trials = [trial for trial in told if trial.state == "complete"]
    return trials, np.array([trial.metrics[metric] for trial in trials])


def _judged(told: Sequence[Trial], objectives: Objectives, column: int, alone: bool) -> tuple[list[Trial], Array]:
    worst = max(objectives.values(trial)[column] for trial in told if trial.state == "complete")
    values = np.array([min(objectives.values(trial)[column], worst) for trial in told])
    return list(told), drawn_in(values) if alone else values


def _landmark(count: int) -> int:
    """Return the largest of 1, 2, ... 16, 17, 18, ... 20, 22, ... (each a tenth more) that is at most the count."""
    landmark = min(count, _SPARING)
    while (larger := landmark + max(1, landmark // 10)) <= count:
        landmark = larger
    return landmark
