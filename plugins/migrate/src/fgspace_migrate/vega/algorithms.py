"""Search algorithms of Vega: each becomes an algorithm, an early stopping rule where it halves, and a budget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section, rendered

_TO: Path = ("search_algorithm",)
_METRICS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("accuracy", "max"),
    "flops": ("macs", "min"),
    "params": ("params", "min"),
}
"""Objective of Vega → the metric here, and its direction."""


@dataclass
class Search:
    """What became of a section `search_algorithm`: sections of a new file, and options of the evaluator."""

    algorithm: dict[str, Any] = field(default_factory=dict)
    early_stopping: dict[str, Any] = field(default_factory=dict)
    objectives: dict[str, str] = field(default_factory=dict)
    trials: int | None = None
    genes: int | None = None
    evaluator: dict[str, Any] = field(default_factory=dict)


def search(section: Section, notes: Notes) -> Search:
    """Return the search of a section `search_algorithm`; note what is not carried over."""
    kind = section.take("type")
    found = Search(objectives=_objectives(section, notes))
    policy = section.section("policy", notes)
    section.skip("codec")  # every algorithm here takes every space
    if policy.take("total_epochs") is not None:
        told = "search_algorithm.policy.total_epochs: epochs of all trials together; here budget.trials counts trials"
        notes.add(policy.place("total_epochs"), told, ("budget",))
    if not isinstance(kind, str):
        policy.close(notes, _TO)
        section.close(notes, _TO)
        return found
    if kind not in _ALGORITHMS:
        notes.add(
            section.place("type"), f"search_algorithm.type: {kind!r} has no counterpart here; Auto picks one", _TO
        )
    else:
        _ALGORITHMS[kind](found, policy, section, notes)
    policy.close(notes, _TO)
    section.close(notes, _TO)
    return found


def _objectives(section: Section, notes: Notes) -> dict[str, str]:
    keys = section.take("objective_keys")
    names = keys if isinstance(keys, list) else [] if keys is None else [rendered(keys)]
    found = {}
    for name in names:
        if isinstance(name, str) and name in _METRICS:
            metric, direction = _METRICS[name]
            found[metric] = direction
        else:
            told = f"search_algorithm.objective_keys: {brief(name)} is not measured here"
            notes.add(section.place("objective_keys"), told, ("objectives",))
    return found


def _count(policy: Section, notes: Notes, *keys: str) -> int | None:
    """Return the first of these that is a number of at least 1, and take them all; note what is none."""
    found: int | None = None
    for key in keys:
        value = policy.take(key)
        if type(value) is int and value > 0:
            found = value if found is None else found
        elif value is not None:
            told = f"{policy.named(key)}: is no number of at least 1, {brief(rendered(value))}"
            notes.add(policy.place(key), told, _TO)
    return found


def _samples(policy: Section, notes: Notes) -> int | None:
    return _count(policy, notes, "num_sample", "num_samples", "config_count", "max_sample")


def _random(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    found.algorithm = {"type": "RandomSearch"}
    found.trials = _samples(policy, notes)


def _grid(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    found.algorithm = {"type": "GridSearch"}
    found.trials = _samples(policy, notes)


def _bayes(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    found.algorithm = {"type": "Predictor"}
    found.trials = _samples(policy, notes)
    warm_up = _count(policy, notes, "warmup_count", "min_count")
    if warm_up is not None:
        found.algorithm["startup"] = warm_up


def _asha(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    found.algorithm = {"type": "RandomSearch"}
    found.early_stopping = {"type": "SuccessiveHalving", **_halving(found, policy, section, notes)}


def _bohb(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    found.algorithm = {"type": "Predictor"}
    options = _halving(found, policy, section, notes)
    found.early_stopping = {"type": "Hyperband", "max_epochs": found.evaluator["epochs"], **options}


def _halving(found: Search, policy: Section, section: Section, notes: Notes) -> dict[str, Any]:
    """Read what the halving algorithms share; Vega trains up to `max_epochs`, whatever the trainer says."""
    found.trials = _count(policy, notes, "num_samples", "num_sample", "config_count")
    found.evaluator["epochs"] = _count(policy, notes, "max_epochs") or _MAX_EPOCHS
    options = {"min_epochs": _count(policy, notes, "min_epochs"), "eta": _count(policy, notes, "eta")}
    return {name: value for name, value in options.items() if value is not None}


def _backbone(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    within = section.section("range", notes)
    options = {
        "num_mutate": _count(policy, notes, "num_mutate"),
        "random_ratio": rendered(policy.take("random_ratio")),
        "min_sample": _count(within, notes, "min_sample"),
    }
    found.algorithm = {
        "type": "BackboneNasSearch",
        **{name: value for name, value in options.items() if value is not None},
    }
    found.trials = _count(within, notes, "max_sample")
    within.close(notes, _TO)


def _compression(name: str) -> Callable[[Search, Section, Section, Notes], None]:
    def read(found: Search, policy: Section, section: Section, notes: Notes) -> None:
        found.genes = _count(policy, notes, "length")
        founders = _count(policy, notes, "random_models", "random_samples")
        children, generations = _count(policy, notes, "num_individual"), _count(policy, notes, "num_generation")
        options = {"num_individual": children, "random_models": founders}
        found.algorithm = {"type": name, **{key: value for key, value in options.items() if value is not None}}
        if founders and children and generations:
            found.trials = founders + (generations - 1) * children + 1
        if not found.objectives:
            found.objectives = {"accuracy": "max", "macs" if name == "PruneEA" else "vega_flops": "min"}

    return read


def _evolution(found: Search, policy: Section, section: Section, notes: Notes) -> None:
    members, generations = _count(policy, notes, "num_individual"), _count(policy, notes, "num_generation")
    founders = _count(policy, notes, "random_samples", "random_models")
    kind = "NSGA2" if len(found.objectives) > 1 else "RegularizedEvolution"
    found.algorithm = {"type": kind, **({} if members is None else {"population_size": members})}
    if members and generations and founders:
        found.trials = founders + generations * members
    notes.add(section.place("type"), f"search_algorithm.type: is {kind} here, which evolves otherwise", _TO)


_MAX_EPOCHS = 81
"""Epochs of a trial that is not stopped, where Vega's halving algorithms are not told."""
_ALGORITHMS: Mapping[str, Callable[[Search, Section, Section, Notes], None]] = {
    **dict.fromkeys(("RandomSearch", "RandomHpo", "RandomParetoHpo", "Random"), _random),
    **dict.fromkeys(("GridSearch", "GridHpo"), _grid),
    **dict.fromkeys(("BoHpo", "BayesSearch", "TpeHpo", "HeboAdaptor"), _bayes),
    "AshaHpo": _asha,
    **dict.fromkeys(("BohbHpo", "BossHpo"), _bohb),
    **dict.fromkeys(("BackboneNas", "BackboneNasSearch"), _backbone),
    "PruneEA": _compression("PruneEA"),
    "QuantEA": _compression("QuantEA"),
    "EvolutionAlgorithm": _evolution,
}
