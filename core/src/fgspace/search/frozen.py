"""The frozen experiment: a file that says all of a search, with full names and versions."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fgspace.experiment import Experiment
from fgspace.hookspecs import Kind
from fgspace.naming import origins, with_full_names

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {"search_algorithm": "algorithm", "evaluator": "evaluator", "executor": "executor"}
)


def frozen(experiment: Experiment) -> dict[str, Any]:
    """Return the experiment as plain JSON that says all of it: full names, the seed, and where its types came from."""
    data = {
        section: with_full_names(value, experiment.registry, _KINDS.get(section, "module"))
        for section, value in experiment.document.data.items()
    }
    return {**data, "seed": experiment.seed, "origins": all_origins(experiment)}


def all_origins(experiment: Experiment) -> dict[str, str]:
    """Return full name → distribution and version of every type that the experiment names, but those of core."""
    found: dict[str, str] = {}
    for section, value in experiment.document.data.items():
        found |= origins(value, experiment.registry, _KINDS.get(section, "module"))
    return dict(sorted(found.items()))


def write_aside(path: Path, text: str) -> None:
    """Write a file aside and rename it: it is there whole, or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
