"""Hyper-parameters of Vega 1.x: each of its types becomes a domain."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from fgspace.errors import brief

from fgspace_migrate.domains import Searched
from fgspace_migrate.sections import Notes, Path, Section

TO: Path = ("search_space",)
"""Where a new file has the hyper-parameters."""


class _Read(NamedTuple):
    """A domain as it is written in a new file, and how it differs from what Vega draws, if it does."""

    domain: dict[str, Any]
    differs: str | None = None


Keys = tuple[str, ...]
"""The words of a key, each one step into the sections of the old file."""


class HyperParameter(NamedTuple):
    """A hyper-parameter of the old file: its key, its place in the file, its domain, and where that stands."""

    key: str
    at: Path
    domain: Searched
    keys: Keys


def read_hyper_parameters(written: Any, at: Path, notes: Notes) -> list[HyperParameter]:
    """Return the hyper-parameters of a list `hyperparameters`; note those that cannot be carried over."""
    found: dict[str, HyperParameter] = {}
    for place, entry in entries(written, at, notes):
        one = Section(entry, place)
        key, kind = one.take("key"), one.take("type")
        if not isinstance(key, str) or not isinstance(kind, str):
            notes.add(place, "hyperparameters: an entry without a key or a type is not carried over", TO)
            continue
        if key in found:
            notes.add(place, f"{key}: is listed twice; only the first is carried over", TO)
            continue
        domain = _domain(key, kind.upper(), one, place, notes)
        one.name = key
        one.close(notes, TO)
        if domain is not None:
            found[key] = HyperParameter(key, place, domain, tuple(key.split(".")))
    inside = {key for key in found if any(key.startswith(f"{other}.") for other in found)}
    for key in inside:
        notes.add(found[key].at, f"{key}: is not carried over, since it stands inside another hyper-parameter", TO)
    return [one for key, one in found.items() if key not in inside]


def entries(written: Any, at: Path, notes: Notes) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the mappings of a list of the old file, with their places."""
    if written is None:
        return
    if not isinstance(written, list):
        notes.add(at, f"{at[-1]}: is not carried over, since it is not a list", TO)
        return
    for index, entry in enumerate(written):
        if isinstance(entry, dict):
            yield (*at, index), entry
        else:
            notes.add((*at, index), f"{at[-1]}: an entry that is not a mapping is not carried over", TO)


def _domain(key: str, kind: str, entry: Section, at: Path, notes: Notes) -> Searched | None:
    if kind not in _TYPES:
        notes.add(at, f"{key}: is not searched, since its type {kind!r} has no counterpart here", TO)
        entry.skip("range")
        return None
    try:
        read = _TYPES[kind](entry.take("range"))
    except ValueError as error:
        notes.add(at, f"{key}: is not searched, since {kind} {error}", TO)
        return None
    if read.differs is not None:
        notes.add(at, f"{key}: {read.differs}", TO)
    return Searched(key, read.domain)


def _listed(values: Any) -> _Read:
    if not isinstance(values, list) or not values:
        raise ValueError(f"needs a list of values, not {brief(values)}")
    distinct = _distinct(values)
    differs = "lists equal values, which are one candidate here" if len(distinct) < len(values) else None
    return _Read({"choice": distinct}, differs)


def _distinct(values: list[Any]) -> list[Any]:
    """Return the values without those that equal one before; 1, 1.0 and true are equal, as in a choice."""
    found: list[Any] = []
    known: set[Any] = set()
    for value in values:
        simple = not isinstance(value, list | dict)
        if value in (known if simple else found):
            continue
        found.append(value)
        if simple:
            known.add(value)
    return found


def _bool(values: Any) -> _Read:
    if values is None:
        return _Read({"choice": [True, False]})
    if not isinstance(values, list) or not all(isinstance(value, bool) for value in values):
        raise ValueError(f"needs true and false, not {brief(values)}")
    return _listed(values)


def _whole(logarithmic: bool) -> Callable[[Any], _Read]:
    def read(bounds: Any) -> _Read:
        low, high = _bounds(bounds)
        if int(low) != low or int(high) != high:
            raise ValueError(f"needs whole numbers, not {brief(bounds)}")
        return _Read({"int": [int(low), int(high)], **_log(low, logarithmic)})

    return read


def _real(logarithmic: bool) -> Callable[[Any], _Read]:
    def read(bounds: Any) -> _Read:
        low, high = _bounds(bounds)
        return _Read({"float": [low, high], **_log(low, logarithmic)})

    return read


def _bounds(bounds: Any) -> tuple[Any, Any]:
    if not isinstance(bounds, list) or len(bounds) != 2 or not all(_is_finite(bound) for bound in bounds):
        raise ValueError(f"needs two numbers, not {brief(bounds)}")
    low, high = bounds
    if low > high:
        raise ValueError(f"needs the lower bound first, not {brief(bounds)}")
    return low, high


def _log(low: Any, logarithmic: bool) -> dict[str, bool]:
    if logarithmic and low <= 0:
        raise ValueError(f"needs a lower bound above 0, not {brief(low)}")
    return {"log": True} if logarithmic else {}


def _code(values: Any) -> _Read:
    length, *ones = _counts(values, 2)
    if not ones:
        return _Read({"bits": length}, "Vega draws codes of mostly ones; here every code is as likely as any other")
    if ones[0] > length:
        raise ValueError(f"needs at most as many ones as bits, not {brief(values)}")
    return _Read({"bits": length, "ones": ones[0]})


def _half(values: Any) -> _Read:
    (length,) = _counts(values, 1)
    differs = "Vega also draws codes of ones only, and rounds their half to a multiple of 16; here it is half of them"
    return _Read({"bits": length, "ones": max(1, length // 2)}, differs)


def _counts(values: Any, most: int) -> list[int]:
    counts = values if isinstance(values, list) else [values]
    if not 1 <= len(counts) <= most or not all(type(count) is int and count >= 0 for count in counts) or not counts[0]:
        wanted = "a number of bits" if most == 1 else "a number of bits, and perhaps one of ones"
        raise ValueError(f"needs {wanted}, not {brief(values)}")
    return counts


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


_TYPES: Mapping[str, Callable[[Any], _Read]] = {
    # Before 1.1, categories had a type for each kind of value.
    **dict.fromkeys(("CATEGORY", "STRING", "INT_CAT", "FLOAT_CAT"), _listed),
    "BOOL": _bool,
    "INT": _whole(logarithmic=False),
    "INT_EXP": _whole(logarithmic=True),
    "FLOAT": _real(logarithmic=False),
    "FLOAT_EXP": _real(logarithmic=True),
    "BINARY_CODE": _code,
    "HALF": _half,
}
