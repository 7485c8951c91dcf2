"""What the stopping plugin provides."""

from collections.abc import Mapping
from typing import Any

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_early_stopping() -> list[Provided]:
    """Return the early stopping rules."""
    return [
        _rule("SuccessiveHalving", "successive_halving", "at each rung the best part goes on"),
        _rule("Hyperband", "hyperband", "halvings that begin at several epochs, side by side", {"max_epochs": 9}),
        _rule("MedianStop", "median_stop", "stops what is worse than the median of the others"),
    ]


def _rule(name: str, module: str, summary: str, *examples: Mapping[str, Any]) -> Provided:
    # Until version 0.1.0 these rules were core's: studies that began then name them so.
    formerly = (f"fgspace.search.stopping.{module}:{name}", f"fgspace/{name}")
    target = f"fgspace_stopping.{module}:{name}"
    return Provided(name, target, summary, formerly=formerly, examples=examples)
