"""Calibration: the ranges of activations, and if wanted the statistics of batch norms, from batches of images."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from fgspace_quant.model import QuantisedModel


@torch.no_grad()
def calibrate(model: "QuantisedModel", batches: Iterable[Tensor], batch_norms: bool = False) -> None:
    """Find the ranges of a model's activations from batches of images, (N, C, H, W), that run unquantised.

    What was found, or learned, of ranges and steps before is forgotten. With `batch_norms`, their running statistics
    are then estimated anew as plain means over the batches, the model quantised.
    Raises ValueError where there are no batches.
    """
    batches = list(batches)
    if not batches:
        raise ValueError("expected at least one batch of images to calibrate with, got none")
    for quantiser in (*model.activations.values(), *model.weights.values()):
        if hasattr(quantiser, "restart"):
            quantiser.restart()
    with _evaluating(model):
        with _observing(model):
            for batch in batches:
                model(batch)
        if batch_norms:
            _estimate(model, batches)


def _estimate(model: "QuantisedModel", batches: Sequence[Tensor]) -> None:
    norms = [module for module in model.model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for batch in batches:
        model(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


@contextmanager
def _observing(model: "QuantisedModel") -> Iterator[None]:
    model.phase = "calibrate"
    try:
        yield
    finally:
        model.phase = "run"


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, was in training.items():
            module.training = was
