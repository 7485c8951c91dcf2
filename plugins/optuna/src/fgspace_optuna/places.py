"""The hyper-parameters of a space as parameters of Optuna: one for each place, so one for each element of a vector."""

import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from fgspace import Choice, Domain, Float, Int, Point, Space, Vector
from optuna import Trial
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

_SCALARS = (bool, int, float, str, type(None))
"""What Optuna takes as a category; anything else is written as JSON."""


class _Place(NamedTuple):
    """One hyper-parameter, the choice and the option that activate it, and its parameters of Optuna by name."""

    path: str
    domain: Domain
    guard: tuple[str, Any] | None
    parameters: Mapping[str, BaseDistribution]


class Places:
    """Translates points of a space into parameters of Optuna, and back.

    A number is an integer or a float of the same range, step and scale. A choice is a category. A vector has a
    parameter for each element, `path.0`, `path.1` and so on, and any other domain an integer for each of its tokens.
    Parameters of an option are suggested only where the option is chosen, as in Optuna's own conditional spaces.
    """

    def __init__(self, space: Space) -> None:
        self._places = [
            _Place(path, domain, space.guard(path), parameters_of(path, domain))
            for path, domain in space.hyper_parameters.items()
        ]
        self.are_conditional = any(place.guard is not None for place in self._places)

    def suggested(self, trial: Trial, rng: Random) -> Point:
        """Return the point that a trial of Optuna suggests; `rng` draws which bits to change where too many are ones.

        Forbidden points are not left out.
        """
        point: Point = {}
        for place in self._active(point):
            values = [_suggested(trial, name, one) for name, one in place.parameters.items()]
            point[place.path] = _value(place.domain, values, rng)
        return point

    def told(self, point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
        """Return the parameters of a point, and their distributions."""
        parameters: dict[str, Any] = {}
        distributions: dict[str, BaseDistribution] = {}
        for place in self._active(point):
            distributions.update(place.parameters)
            parameters.update(zip(place.parameters, _values(place.domain, point[place.path]), strict=True))
        return parameters, distributions

    def point(self, parameters: Mapping[str, Any]) -> Point:
        """Return the point with these parameters, which must be all that are active.

        Raises:
            ValueError: one is missing, or is not in its domain.
        """
        point: Point = {}
        for place in self._active(point):
            if missing := [name for name in place.parameters if name not in parameters]:
                raise ValueError(f"{missing[0]} is missing")
            values = [parameters[name] for name in place.parameters]
            if not all(one.contains(value) for one, value in zip(_singles(place.domain), values, strict=True)):
                raise ValueError(f"{place.path} is not in its domain")
            point[place.path] = _value(place.domain, values, None)
        return point

    def _active(self, point: Mapping[str, Any]) -> Iterator[_Place]:
        """Yield the active places in order; a choice comes before the parameters of its options."""
        for place in self._places:
            if place.guard is None or (place.guard[0] in point and point[place.guard[0]] == place.guard[1]):
                yield place


def parameters_of(path: str, domain: Domain) -> dict[str, BaseDistribution]:
    """Return the parameters of a hyper-parameter: name → distribution."""
    return {name: single.distribution for name, single in zip(_names(path, domain), _singles(domain), strict=True)}


class _Single(NamedTuple):
    """One value of Optuna: its distribution, and its domain here."""

    distribution: BaseDistribution
    domain: Domain | None

    def contains(self, value: Any) -> bool:
        """Return whether Optuna's value is one of the domain."""
        try:
            return self.distribution.to_external_repr(self.distribution.to_internal_repr(value)) == value and (
                isinstance(self.domain, Choice)
                or self.domain is None
                or self.domain.contains(_near(self.domain, value))
            )
        except (ValueError, TypeError):
            return False


def _names(path: str, domain: Domain) -> list[str]:
    match domain:
        case Choice() | Int() | Float():
            return [path]
        case Vector(element, length):
            return [name for index in range(length) for name in _names(f"{path}.{index}", element)]
    return [f"{path}.{index}" for index in range(len(domain.range_table))]


def _singles(domain: Domain) -> list[_Single]:
    match domain:
        case Choice(options):
            return [_Single(CategoricalDistribution(labels(options)), domain)]
        case Int(low, high, step, log):
            return [_Single(IntDistribution(low, high, log, step), domain)]
        case Float(low, high, log, step):
            return [_Single(FloatDistribution(low, high, log, step), domain)]
        case Vector(element, length):
            return _singles(element) * length
    return [_Single(IntDistribution(0, bound - 1), None) for bound in domain.range_table]


def labels(options: Sequence[Any]) -> list[Any]:
    """Return the options of a choice as categories: as they are, or as JSON where Optuna takes no such value."""
    written = [option if isinstance(option, _SCALARS) else json.dumps(option) for option in options]
    return written if len(set(map(repr, written))) == len(written) else [json.dumps(option) for option in options]


def _suggested(trial: Trial, name: str, one: BaseDistribution) -> Any:
    match one:
        case CategoricalDistribution():
            return trial.suggest_categorical(name, one.choices)
        case IntDistribution():
            return trial.suggest_int(name, one.low, one.high, step=one.step, log=one.log)
        case FloatDistribution():
            return trial.suggest_float(name, one.low, one.high, step=one.step, log=one.log)
    raise TypeError(f"{name}: Optuna suggests no {type(one).__name__}")


def _values(domain: Domain, value: Any) -> list[Any]:
    """Return Optuna's values of a value."""
    match domain:
        case Choice(options):
            return [labels(options)[options.index(value)]]
        case Int():
            return [int(value)]
        case Float():
            return [float(value)]
        case Vector(element):
            return [one for each in value for one in _values(element, each)]
    return domain.encode(value)


def _value(domain: Domain, values: Sequence[Any], rng: Random | None) -> Any:
    """Return the value of Optuna's values; with `rng`, a vector whose number of ones is wrong is corrected by it."""
    match domain:
        case Choice(options):
            return options[labels(options).index(values[0])]
        case Int() | Float():
            return _near(domain, values[0])
        case Vector(element, length):
            width = len(values) // length
            parts = [_value(element, values[at : at + width], rng) for at in range(0, len(values), width)]
            return parts if rng is None else _with_ones(parts, domain, rng)
    return domain.decode(list(map(int, values)))


def _near(domain: Domain, value: Any) -> Any:
    """Return the number of a domain that is nearest to one of Optuna, which computes with floats."""
    if isinstance(domain, Int):
        step = min(max(round((value - domain.low) / domain.step), 0), domain.size - 1)
        return domain.low + step * domain.step if domain.step > 1 else min(max(int(value), domain.low), domain.high)
    if isinstance(domain, Float):
        inside = min(max(float(value), domain.low), domain.high)
        return inside if domain.values is None else domain.values[domain.values.index(inside)]
    return value


def _with_ones(bits: list[Any], domain: Vector, rng: Random) -> list[Any]:
    """Return bits with the number of ones that the domain asks for: bits drawn at random are changed."""
    if domain.ones is None and not domain.at_least:
        return bits
    ones = [index for index, bit in enumerate(bits) if bit]
    zeros = [index for index, bit in enumerate(bits) if not bit]
    least, most = (domain.at_least, len(bits)) if domain.ones is None else (domain.ones, domain.ones)
    changed = {*rng.sample(ones, max(0, len(ones) - most)), *rng.sample(zeros, max(0, least - len(ones)))}
    return [int(bit) ^ (index in changed) for index, bit in enumerate(bits)]
