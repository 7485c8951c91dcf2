"""The border of a study: what programs and evaluators give becomes plain JSON, or an error that says what and where."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from fgspace.documents.plain import plain, whole_number
from fgspace.errors import FgspaceError, brief
from fgspace.study.failure import TrialError, words
from fgspace.study.trial import Curve, Metrics, Report

_LARGEST = 10**300
"""Integers up to this one have a float near them."""


def plain_argument(name: str, given: Any, keep: Callable[[Any], bool] | None = None) -> Any:
    """Return an argument as plain JSON; what `keep` returns true for stays as it is.

    Raises:
        FgspaceError: something in it is not plain data.
    """
    try:
        return plain(given, name, keep)
    except ValueError as error:
        raise FgspaceError(str(error)) from None


def plain_mapping(name: str, given: Any, expected: str, keep: Callable[[Any], bool] | None = None) -> dict[str, Any]:
    """Return an argument that is a mapping as plain JSON; `expected` says what it maps.

    Raises:
        FgspaceError: it is not a mapping, or something in it is not plain data.
    """
    written = plain_argument(name, given, keep)
    if not isinstance(written, dict):
        raise FgspaceError(f"{name}: expected a mapping {expected}; got {brief(written)}")
    return written


def anything(_: Any) -> bool:
    """Return True, for arguments that may also hold objects of the program's own."""
    return True


def number(name: str, given: Any) -> float:
    """Return an argument that is a number.

    Raises:
        FgspaceError: it is not one.
    """
    try:
        return _number(name, given)
    except TrialError:
        raise FgspaceError(f"{name}: expected a number, got {_shown(given)}") from None


def text(name: str, given: Any) -> str:
    """Return an argument that is text.

    Raises:
        FgspaceError: it is not.
    """
    if isinstance(given, str):
        return str(given)
    raise FgspaceError(f"{name}: expected text, got {brief(given)}")


def plain_metrics(metrics: Any) -> Metrics:
    """Return metrics with plain numbers in place of those of NumPy and torch.

    Raises:
        TrialError: they are not a mapping, or one of them is not a number.
    """
    if type(metrics) is not dict and not isinstance(metrics, Mapping):
        raise TrialError(f"expected a mapping of metrics, such as {{'accuracy': 0.5}}, got {_shown(metrics)}")
    try:
        return {_name(name): _number(name, value) for name, value in metrics.items()}
    except TrialError:
        raise
    except Exception as error:  # a mapping of the evaluator's own, whose code may raise anything
        raise TrialError(words(error)) from error


def plain_curve(curve: Iterable[Any]) -> Curve:
    """Return the reports of a trial with plain numbers.

    Raises:
        FgspaceError: one of them is not an epoch and its metrics.
    """
    try:
        return tuple(Report(whole_number("curve", epoch), plain_metrics(metrics)) for epoch, metrics in curve)
    except (TypeError, ValueError, TrialError) as error:
        expected = "expected reports, each an epoch and its metrics, such as (1, {'accuracy': 0.5})"
        raise FgspaceError(f"curve: {expected}; got {_shown(curve)}") from error


def _name(name: Any) -> str:
    if name.__class__ is str:
        return name
    return str(name.value if isinstance(name, Enum) else name)


def _number(name: Any, value: Any) -> float:
    if type(value) is float or (type(value) is int and -_LARGEST <= value <= _LARGEST):
        return value
    try:
        if isinstance(value, str | bytes | bytearray):
            raise TypeError
        return float(value)
    except Exception:  # an object of the evaluator's own may raise anything
        raise TrialError(f"metric {_name(name)!r}: expected a number, got {_shown(value)}") from None


def _shown(value: Any) -> str:
    """Return a value for a message, also where it is too long or cannot be shown."""
    try:
        return brief(value) if value is not None else "None"
    except Exception:  # its text is code of the evaluator's own; an integer of 5,000 digits has none
        return f"an object of type {type(value).__name__!r} that cannot be shown"
