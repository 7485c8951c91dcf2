"""The frozen experiment: a complete file of a search, with full names and versions."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fgspace.config.experiment import Experiment
from fgspace.plugins.hookspecs import Kind
from fgspace.signatures.full_names import origins, with_full_names

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "search_algorithm": "algorithm",
        "evaluator": "evaluator",
        "executor": "executor",
        "early_stopping": "early_stopping",
        "costs": "cost",
        "measure": "measurement",
        "log": "observer",
    }
)


def frozen(experiment: Experiment, expected: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the complete experiment as plain JSON: with full names, the seed, and the origins of its types.

    `expected` is what the network at the initial point expects of its input.
    """
    data = {
        section: with_full_names(value, experiment.registry, _KINDS.get(section, "module"))
        for section, value in _sections(experiment).items()
    }
    said = {
        "seed": experiment.seed,
        "deterministic": experiment.deterministic,
        "initial_points": list(experiment.initial_points) or None,
        "expects": expected or None,
        "origins": all_origins(experiment),
    }
    return {**data, **{name: value for name, value in said.items() if value is not None}}


def all_origins(experiment: Experiment) -> dict[str, str]:
    """Return full name → distribution and version of every type that the experiment names, except those of core."""
    found: dict[str, str] = {}
    for section, value in _sections(experiment).items():
        if section == "log":  # who watches is no part of a study
            continue
        found |= origins(value, experiment.registry, _KINDS.get(section, "module"))
    return dict(sorted(found.items()))


def _sections(experiment: Experiment) -> dict[str, Any]:
    """Return the sections of the file, with the algorithm that was picked where it names none."""
    algorithm = {"search_algorithm": dict(experiment.algorithm)} if experiment.algorithm else {}
    written = {**experiment.document.data, **algorithm}
    return {name: value for name, value in written.items() if name not in ("definitions", "expects")}
