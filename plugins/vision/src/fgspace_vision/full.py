"""Trains a network in full, with a checkpoint after every epoch, and keeps the weights of its best one."""

import io
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Splits
from fgspace_vision.training import Training, look

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Log:
    """Tells a `report` of every epoch: with the metrics that are known besides, and counted on from those before."""

    report: Callable[..., None] | None
    known: Mapping[str, float]
    before: int = 0
    after: int = 0

    def tell(self, epoch: int, metrics: Mapping[str, float], epochs: int) -> None:
        """Report an epoch of a training of so many."""
        if self.report is not None:
            self.report(self.before + epoch, {**metrics, **self.known}, of=self.before + epochs + self.after)


def fit(
    network: nn.Module,
    splits: Splits,
    recipe: Recipe,
    seed: int,
    fabric: "Fabric",
    file: Path,
    log: Log,
) -> tuple[nn.Module, list[dict[str, float]]]:
    """Train a network in place, or go on from the checkpoint in a file; leave it with the weights of its best epoch.

    The best epoch has the highest validation accuracy, and of equals the lowest loss. Return the network as Fabric
    wraps it, and what was measured of each epoch. The log is told of every epoch, those of before included.

    Raises ValueError where the loss is not finite: the training diverged.
    """
    log = log if fabric.is_global_zero else Log(None, {})
    training = Training(network, splits, recipe, seed, fabric)
    saved = read_checkpoint(file)
    history: list[dict[str, float]] = [] if saved is None else saved["history"]
    best: Mapping[str, Any] = {} if saved is None else saved["best"]
    if saved is not None:
        training.load(saved["training"])
    for epoch, told in enumerate(history, 1):
        log.tell(epoch, told, recipe.epochs)
    for epoch in range(len(history) + 1, recipe.epochs + 1):
        start = time.perf_counter()
        loss = training.run_epoch()
        seconds = time.perf_counter() - start
        with training.shown():
            measured = {**_measured(training.model, network, splits, fabric), "train_loss": loss}
            if not best or _rank(measured) > _rank(best):
                best = {**measured, "weights": {name: one.clone() for name, one in network.state_dict().items()}}
        if not math.isfinite(loss):
            raise ValueError(f"the training diverged, its loss in epoch {epoch} is {loss}; lower the learning rate")
        history = [*history, {**measured, "train_seconds": seconds}]
        if fabric.is_global_zero:
            write_checkpoint(file, {"history": history, "best": best, "training": training.state()})
        fabric.barrier()
        log.tell(epoch, history[-1], recipe.epochs)
    network.load_state_dict(best["weights"])
    return training.model, history


def best_epoch(history: list[dict[str, float]]) -> int:
    """Return the number of the best epoch, counted from 1."""
    return 1 + max(range(len(history)), key=lambda index: (_rank(history[index]), -index))


def _measured(model: nn.Module, network: nn.Module, splits: Splits, fabric: "Fabric") -> dict[str, float]:
    """Measure on the validation part; where several processes train, the first one measures, and tells the others."""
    if fabric.world_size == 1:
        return look(model, splits, "validation", fabric.device)
    found: dict[str, float] = {}
    if fabric.is_global_zero:  # not through the model, whose processes would wait for each other
        with fabric.autocast():
            found = look(model.module, splits, "validation", fabric.device)  # type: ignore[arg-type]
    shared: dict[str, float] = fabric.broadcast(found)
    network.train()
    return shared


def _rank(measured: Mapping[str, float]) -> tuple[float, float]:
    """Return what orders epochs; a loss that is not a number comes last."""
    loss = measured["loss"]
    return (measured["accuracy"], -loss) if math.isfinite(loss) else (-1.0, 0.0)


def read_checkpoint(file: Path) -> dict[str, Any] | None:
    """Return the checkpoint in a file; it is data, and runs no code. None where there is none."""
    if not file.is_file():
        return None
    saved: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return saved


def write_checkpoint(file: Path, checkpoint: Mapping[str, Any]) -> None:
    """Replace the file as a whole, on the disk too: a process or a machine may end at any moment."""
    content = io.BytesIO()
    torch.save(checkpoint, content)
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".aside")
    with aside.open("wb") as opened:
        opened.write(content.getbuffer())
        opened.flush()
        os.fsync(opened.fileno())
    aside.replace(file)
