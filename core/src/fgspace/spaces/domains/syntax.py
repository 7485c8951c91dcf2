"""Reads domains: the long forms, and the short form, which is a plain list."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fgspace.errors import brief, did_you_mean
from fgspace.spaces.domains import Choice, Domain, Float, Int, Tokens, Vector, bits, in_words

HEADS: Mapping[str, frozenset[str]] = {
    "choice": frozenset(),
    "int": frozenset({"log"}),
    "float": frozenset({"log"}),
    "bits": frozenset({"ones", "at_least"}),
    "vector": frozenset({"length"}),
    "tokens": frozenset(),
}
_RANGES = frozenset({"int", "float"})
_STEP = "step"
"""A key that no domain takes, since a step is the third number of a range."""
_WIDEST = 2**62
"""Integers that a range may hold: what Python can count as the length of a range, with some to spare."""
_LONGEST = 100_000
"""Elements that a vector may have."""
FORMS = "{choice: [...]}, {int: [low, high]}, {float: [low, high]}, {bits: n} or {vector: DOMAIN, length: n}"


def is_domain(raw: Any) -> bool:
    """Return whether a value of a description is a domain, possibly with a misspelt key."""
    if not isinstance(raw, Mapping):
        return False
    heads = [head for head in HEADS if head in raw]
    return len(heads) == 1 and all(key == heads[0] or _is_meant(heads[0], key) for key in raw)


def read_domain(raw: Mapping[str, Any]) -> Domain:
    """Return the domain of a long form; the options of a choice are returned as they are written.

    Raises:
        ValueError: the form is unknown, or its values do not make a domain.
    """
    head = next((head for head in HEADS if head in raw), None)
    if head is None:
        near = did_you_mean(next(iter(raw), ""), HEADS)
        raise ValueError(f"expected a domain, {FORMS}; got {brief(raw)}{near}")
    for key in raw:
        if key != head and key not in HEADS[head]:
            raise ValueError(f"{head}: takes no {key!r}{_cure(head, key)}")
    return _READERS[head](raw)


def short_vector(given: Sequence[Any], element: Domain | None, keeps_ones: bool = False) -> Vector:
    """Return the domain of vectors as long as the given list.

    Args:
        given: the initial vector.
        element: the declared domain of each element; by default a choice among the values that are given.
        keeps_ones: whether all vectors have the number of ones of the given list.

    Raises:
        ValueError: a given value is not in the declared domain.
    """
    domain = element or Choice(distinct(given))
    for value in given:
        if not domain.contains(value):
            raise ValueError(f"{value!r} is not in {in_words(domain)}, which the parameter declares")
    return Vector(domain, len(given), sum(given) if keeps_ones else None)


def distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values without repetition, in the order in which they first occur."""
    return tuple(value for index, value in enumerate(values) if value not in values[:index])


def merged(values: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the index of each value that equals one before it, and that one: `true` and `1.0` equal 1."""
    for index, value in enumerate(values):
        if value in values[:index]:
            yield index, values[values.index(value)]


def _is_meant(head: str, key: str) -> bool:
    """Return whether a key beside the head of a domain is one of its keys, or one that is written for it."""
    return bool(did_you_mean(key, HEADS[head])) or (key == _STEP and head in _RANGES)


def _cure(head: str, key: str) -> str:
    """Return what to write in place of a key that a domain does not take."""
    if key == _STEP and head in _RANGES:
        return f"; write {head}: [low, high, step]"
    others = f"; it also takes {', '.join(sorted(HEADS[head]))}" if HEADS[head] else ""
    return did_you_mean(key, HEADS[head]) or others


def _choice(raw: Mapping[str, Any]) -> Choice:
    if not isinstance(raw["choice"], list):
        raise ValueError(f"choice: expected a list of options, got {raw['choice']!r}")
    return Choice(tuple(raw["choice"]))


def _int(raw: Mapping[str, Any]) -> Int:
    numbers = raw["int"]
    if not (isinstance(numbers, list) and len(numbers) in (2, 3) and all(map(_is_int, numbers))):
        raise ValueError(f"int: expected [low, high] or [low, high, step] of whole numbers, got {numbers!r}")
    low, high, step = numbers if len(numbers) == 3 else (*numbers, 1)
    domain = Int(low, high, step, _log(raw))
    if domain.size > _WIDEST:
        raise ValueError(f"int: expected at most {_WIDEST:,} integers, got {domain.size:,}; bring low and high closer")
    rest = (domain.high - domain.low) % domain.step
    if rest:
        raise ValueError(f"int: {high} is not reached from {low} in steps of {step}; write {high - rest} as high")
    return domain


def _float(raw: Mapping[str, Any]) -> Float:
    numbers = raw["float"]
    if not (isinstance(numbers, list) and len(numbers) in (2, 3) and all(map(_is_number, numbers))):
        raise ValueError(f"float: expected [low, high] or [low, high, step], got {numbers!r}")
    low, high, *step = numbers
    return Float(low, high, _log(raw), *step)


def _log(raw: Mapping[str, Any]) -> bool:
    log = raw.get("log", False)
    if not isinstance(log, bool):
        raise ValueError(f"{'int' if 'int' in raw else 'float'}: expected log to be true or false, got {log!r}")
    return log


def _bits(raw: Mapping[str, Any]) -> Vector:
    for key in ("bits", "ones", "at_least"):
        if key in raw and not _is_int(raw[key]):
            raise ValueError(f"bits: expected a whole number as {'length' if key == 'bits' else key}, got {raw[key]!r}")
    _check_length("bits", raw["bits"])
    return bits(raw["bits"], raw.get("ones"), raw.get("at_least", 0))


def _vector(raw: Mapping[str, Any]) -> Vector:
    if "length" not in raw or not _is_int(raw["length"]):
        raise ValueError(f"vector: expected a whole number as length, got {raw.get('length')!r}")
    _check_length("vector", raw["length"])
    if not is_domain(raw["vector"]):
        raise ValueError(f"vector: expected a domain, {FORMS}; got {raw['vector']!r}")
    return Vector(read_domain(raw["vector"]), raw["length"])


def _check_length(head: str, length: int) -> None:
    if length > _LONGEST:
        raise ValueError(f"{head}: expected a length of at most {_LONGEST:,}, got {length:,}")


def _tokens(raw: Mapping[str, Any]) -> Tokens:
    if not (isinstance(raw["tokens"], list) and all(map(_is_int, raw["tokens"]))):
        raise ValueError(f"tokens: expected the number of values of each token, got {raw['tokens']!r}")
    return Tokens(tuple(raw["tokens"]))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_READERS: dict[str, Callable[[Mapping[str, Any]], Domain]] = {
    "choice": _choice,
    "int": _int,
    "float": _float,
    "bits": _bits,
    "vector": _vector,
    "tokens": _tokens,
}
