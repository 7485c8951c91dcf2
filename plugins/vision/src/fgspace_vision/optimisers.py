"""Optimisers and learning-rate schedulers of torch by name, from plain mappings, with what is amiss said clearly."""

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from fgspace.errors import did_you_mean
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from fgspace_vision.recipe import OPTIMIZER, SCHEDULER

# The parameter that says how long a scheduler runs, for those whose length is filled in when it is left out.
_LENGTH = {"CosineAnnealingLR": "T_max", "OneCycleLR": "total_steps", "PolynomialLR": "total_iters"}
_BY_BATCH = frozenset({"OneCycleLR", "CyclicLR"})
# LBFGS evaluates the loss again within a step, SparseAdam wants sparse gradients; a plateau wants a metric an epoch.
_UNFIT = {"LBFGS": "it evaluates the loss several times a step", "SparseAdam": "it takes sparse gradients only"}
_UNFIT_SCHEDULERS = {"ReduceLROnPlateau": "it follows a metric, and training measures none before its end"}


def make_optimizer(parameters: Iterable[torch.nn.Parameter], described: Mapping[str, Any] | None) -> Optimizer:
    """Return the optimiser that `{type: NAME, ...}` describes; raises ValueError for what torch does not have."""
    known = {name: value for name, value in vars(torch.optim).items() if _is_concrete(value, Optimizer)}
    target, options = _resolve("optimizer", described or OPTIMIZER, known, _UNFIT, "SGD")
    _check_parameters("optimizer", target, options, given={"params"})
    made: Optimizer = _call("optimizer", target, parameters, options)
    return made


def make_scheduler(
    optimizer: Optimizer, described: Mapping[str, Any] | None, epochs: int, batches: int
) -> tuple[LRScheduler, bool]:
    """Return the scheduler that `{type: NAME, step: epoch|batch, ...}` describes, and whether it is stepped a batch.

    `batches` is their number in an epoch. Where the length (T_max, total_steps, total_iters) is left out, it is that of
    the training, and the step is the batch; else it is the epoch, as in most of torch's own examples.
    """
    names = vars(torch.optim.lr_scheduler)
    known = {name: value for name, value in names.items() if _is_concrete(value, LRScheduler)}
    target, options = _resolve("lr_scheduler", described or SCHEDULER, known, _UNFIT_SCHEDULERS, "CosineAnnealingLR")
    length = _LENGTH.get(target.__name__)
    missing = length if length not in options and "epochs" not in options else None
    step = options.pop("step", "batch" if missing or target.__name__ in _BY_BATCH else "epoch")
    if step not in ("epoch", "batch"):
        raise ValueError(f"lr_scheduler: step is {step!r}, expected 'epoch' or 'batch'")
    if missing:
        options[missing] = epochs * batches if step == "batch" else epochs
    if target.__name__ == "OneCycleLR":
        options.setdefault("max_lr", [group["lr"] for group in optimizer.param_groups])
    _check_parameters("lr_scheduler", target, options, given={"optimizer"})
    return _call("lr_scheduler", target, optimizer, options), step == "batch"


def check_options(optimizer: Mapping[str, Any] | None, scheduler: Mapping[str, Any] | None) -> None:
    """Make both once over a single weight; raises ValueError for whatever would stop every training."""
    make_scheduler(make_optimizer([torch.nn.Parameter(torch.zeros(1, 1))], optimizer), scheduler, 1, 10)


def _is_concrete(value: Any, kind: type) -> bool:
    return isinstance(value, type) and issubclass(value, kind) and value is not kind and value.__name__[0] != "_"


def _resolve(
    option: str, described: Mapping[str, Any], known: Mapping[str, type], unfit: Mapping[str, str], example: str
) -> tuple[type, dict[str, Any]]:
    if "type" not in described:
        raise ValueError(f"{option} has no type; write {{type: {example}, ...}}")
    options = dict(described)
    name = options.pop("type")
    if name in unfit:
        raise ValueError(f"{option}: {name} cannot be used here, {unfit[name]}; choose another")
    if name not in known:
        raise ValueError(f"{option}: torch has no {name!r}{did_you_mean(str(name), known.keys() - unfit.keys())}")
    return known[name], options


def _check_parameters(option: str, target: type, options: Mapping[str, Any], given: set[str]) -> None:
    signature = inspect.signature(target).parameters
    for name in options:
        if name not in signature or name in given:
            takes = [known for known in signature if known not in given]
            near = did_you_mean(name, takes) or f"; it takes {', '.join(takes)}"
            raise ValueError(f"{option}: {target.__name__} has no parameter {name!r}{near}")
        if isinstance(options[name], float) and not math.isfinite(options[name]):
            raise ValueError(f"{option}: {name} is {options[name]}, expected a number")
    for name, parameter in signature.items():
        if parameter.default is parameter.empty and name not in options and name not in given:
            raise ValueError(f"{option}: {target.__name__} needs {name!r}")


def _call(option: str, target: type, first: Any, options: Mapping[str, Any]) -> Any:
    try:
        return target(first, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{option}: {target.__name__}: {error}") from error
