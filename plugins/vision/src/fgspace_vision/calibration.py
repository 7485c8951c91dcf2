"""Adapts a network that was compressed to the images it is for, without training it.

All of it runs on plain tensors: a process may leave any layout, and convolutions narrower than those that were trained.
"""

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional

from fgspace_vision.feeding import on_device
from fgspace_vision.layout import PlainConvolutions
from fgspace_vision.splits import Splits


def images(splits: Splits, size: int, count: int, seed: int, device: Any) -> list[Tensor]:
    """Return `count` batches of `size` normalised training images, (size, C, H, W), drawn by the seed."""
    return [batch for batch, _ in _labelled(splits, size, count, seed, device)]


def differentiate(model: nn.Module, splits: Splits, size: int, count: int, seed: int, device: Any) -> None:
    """Leave in the parameters the gradients of the loss on the same images, by which a process may rank them."""
    model.eval()
    model.zero_grad()
    for batch, labels in _labelled(splits, size, count, seed, device):
        with PlainConvolutions():
            logits = model(batch)
        functional.cross_entropy(logits, labels).backward()  # type: ignore[no-untyped-call]


def _labelled(splits: Splits, size: int, count: int, seed: int, device: Any) -> list[tuple[Tensor, Tensor]]:
    data = on_device(splits, "train", device)
    order = torch.randperm(len(data.labels), generator=torch.Generator().manual_seed(seed)).to(device)
    drawn = torch.split(order, size)[:count]
    pairs = zip(data.chunks(drawn), drawn, strict=True)
    return [(data.normalised(images), data.labels[part]) for images, part in pairs]


@runtime_checkable
class Calibrated(Protocol):
    """A model that finds the ranges of its activations itself."""

    def calibrate(self, batches: list[Tensor], *, batch_norms: bool) -> None:
        """Find them from batches of images, and with `batch_norms` estimate the statistics of batch norms anew."""


def adapt(model: nn.Module, batches: list[Tensor]) -> None:
    """Estimate the statistics of batch norms anew; a model that can be calibrated does it all itself."""
    with PlainConvolutions():
        if isinstance(model, Calibrated):
            model.calibrate(batches, batch_norms=True)
        else:
            estimate(model, batches)


@torch.no_grad()
def estimate(model: nn.Module, batches: list[Tensor]) -> None:
    """Set the running statistics of batch norms to plain means over the batches; the model ends in evaluation mode."""
    norms = [module for module in model.eval().modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    tracked = [(norm, norm.momentum) for norm in norms if norm.track_running_stats]
    for norm, _ in tracked:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for batch in batches if tracked else ():
        model(batch)
    for norm, momentum in tracked:
        norm.momentum = momentum
        norm.eval()
