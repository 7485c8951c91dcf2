"""Calibration: what a quantised model learns from batches of images without training."""

from collections.abc import Iterable, Sequence
from typing import Any

import fgspace
from torch import nn


def at_least_one(batches: Iterable[Any]) -> list[Any]:
    """Return the batches as a list; raise ValueError if there are none."""
    found = list(batches)
    if not found:
        raise ValueError("expected at least one batch of images to calibrate with, got none")
    return found


def estimate_batch_norms(model: nn.Module, batches: Sequence[Any]) -> None:
    """Set the running statistics of a model's batch norms to their means over batches of inputs.

    The batch norms are in evaluation mode afterwards, and their momenta are what they were.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch then takes the mean over all batches
        norm.train()
    for batch in batches:
        fgspace.trace.call(model, batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
