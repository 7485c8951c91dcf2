"""Tells several observers what happens; one that raises loses only itself."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from fgspace.study.failure import words
from fgspace.study.observers.observer import Observer

EVENTS = ("study_began", "trial_began", "reported", "trial_ended", "study_ended")


class ObserverWarning(UserWarning):
    """An observer raised, and is left out from there on."""


class Observers:
    """Calls the observers that have something to do at an event, in their order.

    Args:
        observers: the observers; of each, only the methods that it overrides are called.
    """

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._calls: dict[str, list[tuple[Observer, Callable[..., None]]]] = {
            event: [(one, getattr(one, event)) for one in observers if _overrides(one, event)] for event in EVENTS
        }

    @property
    def want_reports(self) -> bool:
        """Whether an observer is to be told of reports."""
        return any(one.reports for one, _ in self._calls["reported"])

    def tell(self, event: str, *args: Any) -> None:
        """Call the method of an event of every observer."""
        for one, call in self._calls[event]:
            try:
                call(*args)
            except Exception as error:
                self._leave_out(one, event, error)

    def _leave_out(self, lost: Observer, event: str, error: Exception) -> None:
        self._calls = {name: [call for call in calls if call[0] is not lost] for name, calls in self._calls.items()}
        name = type(lost).__name__
        warnings.warn(
            f"observer {name!r} is left out from here on, the search goes on: {event}: {words(error)}",
            ObserverWarning,
            stacklevel=3,
        )


def _overrides(one: Any, event: str) -> bool:
    return getattr(type(one), event, None) not in (None, getattr(Observer, event))
