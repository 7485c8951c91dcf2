"""Reads the sections that name no types: objectives, constraints, budget, seed, deterministic."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.documents.document import Document, Path
from fgspace.errors import Problem, brief, did_you_mean

COSTS = ("params", "macs")
"""The metrics that every network has before it is trained."""
LONGEST_SECONDS = 1_000_000
"""Seconds that a trial may be given: as long as the system's clocks can be set for, and then some days less."""
_BUDGET = ("trials", "trial_seconds")
_DEFAULT_TRIALS = 32


class Settings:
    """Reads the settings of one document, and collects their problems.

    `metrics` are the names that objectives and constraints may use; None if they are unknown, without an evaluator.
    """

    def __init__(self, document: Document, metrics: Sequence[str] | None) -> None:
        self.document = document
        self.metrics = metrics
        self.problems: list[Problem] = []

    def objectives(self) -> dict[str, str]:
        """Return metric → "max" or "min"; by default the accuracy or the evaluator's first metric is maximised."""
        written = self._mapping("objectives", "metrics with max or min, for instance accuracy: max")
        for name, direction in written.items():
            self._metric("objectives", name)
            if direction not in ("max", "min"):
                meant = did_you_mean(str(direction)[:3], ("max", "min"))
                message = f"expected max or min, got {brief(direction)}{meant}"
                self._problem(("objectives", name), f"objectives.{name}", message)
        if not written and self.metrics:
            first = "accuracy" if "accuracy" in self.metrics else self.metrics[0]
            return {first: "max"}
        return dict(written)

    def constraints(self) -> dict[str, dict[str, float]]:
        """Return metric → bounds, each with a max, a min, or both."""
        written = self._mapping("constraints", "metrics with their bounds, for instance params: {max: 2_000_000}")
        for name, bounds in written.items():
            self._metric("constraints", name)
            if wrong := _wrong_bounds(bounds):
                self._problem(("constraints", name), f"constraints.{name}", wrong)
        return {name: dict(bounds) for name, bounds in written.items() if isinstance(bounds, Mapping)}

    def budget(self) -> dict[str, Any]:
        """Return the budget: `trials`, the number of evaluated trials, and `trial_seconds`, the time limit of each."""
        written = self._mapping("budget", "trials: NUMBER")
        for name, value in written.items():
            at, shown = ("budget", name), f"budget.{name}"
            if name not in _BUDGET:
                self._problem(
                    at, shown, f"unknown{did_you_mean(name, _BUDGET) or '; there is ' + ', '.join(_BUDGET)}", key=True
                )
            elif name == "trials" and not _is_whole(value):
                self._problem(at, shown, f"expected a whole number of at least 1, got {brief(value)}")
            elif name == "trial_seconds" and not (_is_number(value) and 0 < value <= LONGEST_SECONDS):
                message = f"expected a number of seconds above 0 and at most {LONGEST_SECONDS:,}, got {brief(value)}"
                self._problem(at, shown, message)
        return {"trials": _DEFAULT_TRIALS, **written}

    def seed(self) -> int:
        """Return the seed of all random draws."""
        written = self.document.data.get("seed", 0)
        if not isinstance(written, int) or isinstance(written, bool) or written < 0:
            self._problem(("seed",), "seed", f"expected a whole number of at least 0, got {brief(written)}")
            return 0
        return written

    def deterministic(self) -> int | None:
        """Return the number of trials that the algorithm looks back; None if it is told of each as it ends."""
        written = self.document.data.get("deterministic")
        if written is not None and not _is_whole(written):
            message = f"expected how many trials to look back, a whole number of at least 1, got {brief(written)}"
            self._problem(("deterministic",), "deterministic", message)
        return written

    def _mapping(self, section: str, form: str) -> Mapping[str, Any]:
        written = self.document.data.get(section)
        if written is None or isinstance(written, Mapping):
            return written or {}
        meant = f"; write {{{written}: max}}" if section == "objectives" and written in (self.metrics or ()) else ""
        self._problem((section,), section, f"expected {form}; got {brief(written)}{meant}")
        return {}

    def _metric(self, section: str, name: str) -> None:
        if self.metrics is not None and name not in self.metrics:
            near = did_you_mean(name, self.metrics) or f"; there are {', '.join(self.metrics)}"
            self._problem((section, name), f"{section}.{name}", f"unknown metric {name!r}{near}", key=True)

    def _problem(self, at: Path, shown: str, message: str, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(at, shown, message, key=key))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong_bounds(bounds: Any) -> str | None:
    """Return what is wrong with the bounds of a metric, None if nothing is."""
    if not (isinstance(bounds, Mapping) and bounds and set(bounds) <= {"max", "min"}):
        meant = f"; write {{max: {bounds}}}" if _is_number(bounds) else ""
        return f"expected {{max: NUMBER}}, {{min: NUMBER}} or both, got {brief(bounds)}{meant}"
    for side, bound in bounds.items():
        if not _is_number(bound) or math.isnan(bound):
            return f"expected a number as {side}, got {brief(bound)}"
    if bounds.get("min", -math.inf) > bounds.get("max", math.inf):
        return f"min must not exceed max, got {bounds['min']} > {bounds['max']}"
    return None
