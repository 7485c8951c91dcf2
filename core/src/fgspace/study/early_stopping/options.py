"""Finds the class of an early stopping rule by its name, and checks its options by its signature."""

import pickle
from collections.abc import Mapping
from typing import Any

from fgspace.errors import FgspaceError, brief
from fgspace.plugins.default_registry import default_registry
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.study.algorithms.options import OptionError, all_options
from fgspace.study.border.values import anything, plain_mapping
from fgspace.study.early_stopping.rule import Check, EarlyStopping
from fgspace.study.objectives import Objectives

_EXPECTED = "with type, such as {'type': 'MedianStop'}"


def make_rule(written: Mapping[str, Any] | None, objectives: Objectives) -> tuple[EarlyStopping | None, dict[str, Any]]:
    """Make the rule of a mapping with `type`, a name or a class; return it, and its class and options as plain JSON.

    Raises:
        FgspaceError: there is no such rule, or an option is not understood.
        OptionError: an option has a value that the rule does not take.
    """
    if not written:
        return None, {}
    given = plain_mapping("early_stopping", written, _EXPECTED, anything)
    if "type" not in given:
        raise FgspaceError(f"early_stopping: expected a mapping {_EXPECTED}; got {brief(given)}")
    kind = given["type"]
    if isinstance(kind, str):
        kind = default_registry().get("early_stopping", kind).load()
    options = all_options(kind, {name: value for name, value in given.items() if name != "type"})
    try:
        rule: EarlyStopping = kind(objectives, **options)
    except FgspaceError:
        raise
    except FAILURES as error:
        raise OptionError(kind.__name__, "early_stopping", reason(error)) from error
    return rule, {"type": f"{kind.__module__}:{kind.__qualname__}", **options}


def pickled(rule: EarlyStopping, check: Check) -> bytes:
    """Return the check of a rule pickled, to be sent to the process that runs the trial.

    Raises:
        FgspaceError: it cannot be pickled.
    """
    try:
        return pickle.dumps(check)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise FgspaceError(
            f"{type(rule).__name__}: its check cannot be sent to where trials run: {error}; make it an object of a"
            " class at the top level of a module"
        ) from error
