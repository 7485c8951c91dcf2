"""Points and trials as other tools take them: flat, and with numbers that are finite."""

import json
import math
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from fgspace import FgspaceError


def needed(module: str, extra: str) -> Any:
    """Import a module of another tool.

    Raises:
        FgspaceError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        install = f"pip install 'fgspace-plugin-tracking[{extra}]'"
        raise FgspaceError(f"{extra} is not installed ({error}): {install}") from error


def flat(point: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """Return the values of a point, those that are no plain values as JSON."""
    plain = (bool, int, float, str)
    return {path: value if isinstance(value, plain) else json.dumps(value) for path, value in point.items()}


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics that are finite numbers."""
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
