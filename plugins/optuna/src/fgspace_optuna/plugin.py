"""What the optuna plugin provides."""

from collections.abc import Mapping
from typing import Any

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_algorithms() -> list[Provided]:
    """Return Optuna's samplers."""
    return [
        _sampler("TPESampler", "Optuna's tree-structured Parzen estimator, for 50 to 1,000 trials", "learns"),
        _sampler("GPSampler", "Optuna's Gaussian process, for up to some 200 trials; needs torch", "learns"),
        _sampler("CmaEsSampler", "Optuna's CMA-ES, for numbers; draws choices at random", "one-objective"),
        _sampler("NSGAIISampler", "Optuna's NSGA-II, for two objectives", options={"population_size": 10}),
        _sampler("NSGAIIISampler", "Optuna's NSGA-III, for many objectives", options={"population_size": 10}),
        _sampler("QMCSampler", "Optuna's quasi-random sequences of Sobol and Halton", "enumerates"),
        _sampler("RandomSampler", "Optuna's random search", "enumerates"),
    ]


@hookimpl
def fgspace_provide_converters() -> list[Provided]:
    """Return the converter of studies to and from Optuna."""
    return [
        Provided(
            "optuna",
            "fgspace_optuna.converter:OptunaConverter",
            "studies of Optuna, in a database or a journal file, and studies to Optuna",
        )
    ]


def _sampler(name: str, summary: str, *tags: str, options: Mapping[str, Any] | None = None) -> Provided:
    examples = (options,) if options else ()
    return Provided(name, f"fgspace_optuna.samplers:{name}", summary, tags=tags, examples=examples)
