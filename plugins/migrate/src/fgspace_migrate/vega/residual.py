"""Residual networks of Vega, whose bits are given, left out, or searched by their numbers of ones."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from fgspace_migrate.domains import Choice, Facts, Option, Searched
from fgspace_migrate.sections import Notes, Path, Section, rendered

_STAGES: Mapping[int, tuple[int, ...]] = {
    18: (2, 2, 2, 2),
    20: (3, 3, 3, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
"""Depth → the lengths of Vega's four stages, of which `stage` keeps the first ones."""
_HERE: Mapping[int, tuple[int, ...]] = {**_STAGES, 20: (3, 3, 3)}
"""Depth → the lengths of the stages of `ResNet` here."""
_BITS = ("doublechannel", "downsample")


class _Case(NamedTuple):
    """One value of a hyper-parameter, or the value that a file gives; and what it stands for."""

    facts: Facts
    value: Any


class _Shape(NamedTuple):
    """A depth and a number of stages that may be together, and what they stand for."""

    facts: Facts
    depth: int
    lengths: tuple[int, ...]


def residual(section: Section, num_class: Any, to: Path, notes: Notes) -> dict[str, Any]:
    """Return a network with its head, of `ResNet` or `ResNetGeneral` of Vega 1.x, or `ResNetVariant` of 0.9.3.

    It is a choice where depths or numbers of ones are searched that need options of their own.
    """
    depth = _first(section, "depth", "base_depth", default=18)
    width = _first(section, "base_channel", default=64)
    stages = _first(section, "stage", "stages", default=4)
    small = _first(section, "small_input", default=True)
    bits = {name: rendered(section.take(name)) for name in _BITS}
    section.skip("type", "name", "out_plane")
    section.close(notes, to)
    rest = {"small_input": small, **({} if num_class is None else {"num_class": num_class})}
    if all(_is_bits(value) for value in bits.values()):
        return {"type": "ResNetVariant", "base_depth": depth, "base_channel": width, **bits, **rest}
    shapes = list(_shapes(depth, stages, section, to, notes))
    if any(value is not None for value in bits.values()):
        made = [
            Option({**shape.facts, **facts}, _variant(shape, width, domains, rest))
            for shape in shapes
            for facts, domains in _domains(bits, shape.lengths, section, to, notes)
        ]
    elif not isinstance(stages, Searched) and all(shape.lengths == _HERE[shape.depth] for shape in shapes) and shapes:
        return {"type": "ResNet", "depth": depth, "init_plane": width, **rest}
    else:
        made = [Option(shape.facts, _plain(shape, width, rest)) for shape in shapes]
    if len(made) == 1 and not made[0].facts:
        return dict(made[0].value)
    return Choice(made) if made else {"type": "ResNet", "depth": 18, "init_plane": width, **rest}


def _first(section: Section, *keys: str, default: Any) -> Any:
    values = [rendered(section.take(key)) for key in keys]
    return next((value for value in values if value is not None), default)


def _plain(shape: _Shape, width: Any, rest: Mapping[str, Any]) -> dict[str, Any]:
    reps = {} if shape.lengths == _HERE[shape.depth] else {"num_reps": list(shape.lengths)}
    return {"type": "ResNet", "depth": shape.depth, "init_plane": width, **reps, **rest}


def _variant(shape: _Shape, width: Any, domains: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "ResNetVariant", "base_depth": shape.depth, "base_channel": width, **domains, **rest}


def _shapes(depth: Any, stages: Any, section: Section, to: Path, notes: Notes) -> Iterator[_Shape]:
    """Yield the depths and stages that are known; note the others, and a domain too large to list."""
    for one, number in product(_cases(depth, section, to, notes), _cases(stages, section, to, notes)):
        known = _STAGES.get(one.value) if isinstance(one.value, int) else None
        if known is None:
            notes.add(section.place("depth"), f"{section.name}: no ResNet of depth {one.value!r} is known here", to)
        else:
            kept = known[: number.value] if isinstance(number.value, int) and number.value > 0 else known
            yield _Shape({**one.facts, **number.facts}, one.value, kept)


def _cases(value: Any, section: Section, to: Path, notes: Notes) -> list[_Case]:
    if not isinstance(value, Searched):
        return [_Case({}, value)]
    candidates = value.candidates()
    if candidates is None:
        told = f"{value.key}: is not searched, since it has too many values to be options"
        notes.add(section.at, told, to)
    return [_Case({value.key: one}, one) for one in candidates or ()]


def _is_bits(value: Any) -> bool:
    """Return whether a value gives bits themselves: a list of them, or a domain of such lists."""
    if isinstance(value, Searched):
        return "bits" in value or all(isinstance(one, list) for one in value.get("choice", [0]))
    return isinstance(value, list)


def _domains(
    bits: Mapping[str, Any], lengths: Sequence[int], section: Section, to: Path, notes: Notes
) -> Iterator[tuple[Facts, dict[str, Any]]]:
    """Yield the domains of the bits for each combination of numbers of ones, and what it stands for.

    Where both bits are given by their numbers of ones, Vega takes only equal numbers.
    """
    cases = {name: _bits_cases(value, section, to, notes) for name, value in bits.items()}
    combinations = list(product(*cases.values()))
    numbers = [[one.value for one in combination] for combination in combinations]
    equal = [
        combination
        for combination, values in zip(combinations, numbers, strict=True)
        if not all(isinstance(value, int) for value in values) or len(set(values)) == 1
    ]
    for combination in equal or combinations:
        facts = {key: fact for one in combination for key, fact in one.facts.items()}
        yield facts, {name: _domain(one.value, lengths) for name, one in zip(bits, combination, strict=True)}


def _bits_cases(value: Any, section: Section, to: Path, notes: Notes) -> list[_Case]:
    """Return the numbers of ones that a value stands for, or the value itself if it gives bits or is left out."""
    if value is None or _is_bits(value):
        return [_Case({}, value)]
    cases = _cases(value, section, to, notes)
    counts = [one for one in cases if type(one.value) is int and one.value >= 0]
    for one in cases:
        if one not in counts:
            notes.add(section.at, f"{section.name}: {one.value!r} is no number of ones, so it is left out", to)
    return counts or [_Case({}, None)]


def _domain(value: Any, lengths: Sequence[int]) -> Any:
    """Return the domain of a number of ones, bits as they are, or the bits of a ResNet where they are left out."""
    if isinstance(value, int):
        return {"bits": sum(lengths), "ones": min(value, sum(lengths))}
    if value is not None:
        return value
    return [int(stage > 0 and block == 0) for stage, length in enumerate(lengths) for block in range(length)]
