"""Trains what was found in full: a classifier, or one that processes compress after it is trained."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgspace import split_processes
from torch import nn
from torch.multiprocessing.spawn import ProcessRaisedException

from fgspace_vision import calibration, training
from fgspace_vision.distilling import WEIGHTS
from fgspace_vision.full import Log, best_epoch, fit
from fgspace_vision.given_weights import GivenWeights
from fgspace_vision.networks import build, save
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Splits

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Report = Callable[..., None] | None
Metrics = dict[str, float]
CHECKPOINT = "checkpoint"
"""The folder that a training goes on from."""


def launched(recipe: Recipe, work: Callable[..., Metrics], *given: Any) -> Metrics:
    """Return `work(fabric, recipe, *given)`, run in as many processes as the recipe has devices."""
    fabric = training.make_fabric(recipe, shared=True)
    if recipe.devices == 1:
        return work(fabric, recipe, *given)
    launch: Any = fabric.launch
    try:
        metrics: Metrics = launch(_in_process, pickle.dumps((work, recipe, given)))
    except ProcessRaisedException as error:
        raise ValueError(reason_of(str(error))) from error
    return metrics


def reason_of(traceback: str) -> str:
    """Return the error of another process, which torch gives as a traceback: its last line."""
    last = traceback.strip().splitlines()[-1]
    return last.removeprefix("ValueError: ").removeprefix("fgspace.errors.FgspaceError: ")


def _in_process(fabric: "Fabric", pickled: bytes) -> Metrics:
    """Call what was pickled: Fabric looks into arguments, and takes no frozen ones."""
    work, recipe, given = pickle.loads(pickled)
    metrics: Metrics = work(fabric, recipe, *given)
    return metrics


def train_plain(
    fabric: "Fabric", evaluator: Any, description: Mapping[str, Any], folder: Path, report: Report
) -> Metrics:
    """Train the network of a description, and leave its weights in the folder."""
    splits, seed = evaluator.splits, evaluator.seed
    with training.seeded(seed, fabric.device):
        network = evaluator.initial_network(description, trained=fabric.device.type == "cpu")
        size = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
        log = Log(report, {"weight_bytes": size})
        model, history = fit(network, splits, evaluator, seed, fabric, folder / CHECKPOINT / "network.pt", log)
    return {**_finished(fabric, network, model, splits, folder), "weight_bytes": size, **_course(history)}


def train_compressed(
    fabric: "Fabric",
    evaluator: Any,
    description: Mapping[str, Any],
    folder: Path,
    report: Report,
) -> Metrics:
    """Train the network without its processes, apply them, finetune it, and leave its weights in the folder."""
    splits, seed, finetuned = evaluator.splits, evaluator.seed, evaluator.finetune_epochs
    network, ran, history = _full(fabric, evaluator, description, folder, Log(report, {}, after=finetuned))
    full_accuracy = training.measure(_alone(ran, fabric), splits, "validation", fabric.device)["accuracy"]
    some = (evaluator.batch_size, evaluator.calibration_batches, seed)
    calibration.differentiate(network, splits, *some, fabric.device)
    with training.seeded(seed, fabric.device):
        model = evaluator.compressed(network, description, splits, fabric.device)
        if finetuned:
            recipe: Any = replace(evaluator, epochs=finetuned, optimizer=evaluator.recovery)
            log = Log(report, {"full_accuracy": full_accuracy}, before=len(history))
            file = folder / CHECKPOINT / "compressed.pt"
            ran, history = fit(model, splits, recipe, seed, fabric, file, log)
        else:
            ran = training.set_up(model, splits.input_shape, evaluator, fabric)
    finished = _finished(fabric, model, ran, splits, folder)
    return {**finished, "full_accuracy": full_accuracy, **(_course(history) if history else {})}


def _full(
    fabric: "Fabric", evaluator: Any, description: Mapping[str, Any], folder: Path, log: Log
) -> tuple[nn.Module, nn.Module, list[Metrics]]:
    """Return the network without its processes, what runs it, and the course of its training, if it was trained."""
    splits, on_cpu = evaluator.splits, fabric.device.type == "cpu"
    described, processes = split_processes(description)
    given = GivenWeights.of(evaluator.weights, evaluator.strict, processes)
    with training.seeded(evaluator.seed, fabric.device):
        network = build(described, splits.input_shape, init=True, trained=on_cpu)
        if given is None:
            file = folder / CHECKPOINT / "network.pt"
            return network, *fit(network, splits, evaluator, evaluator.seed, fabric, file, log)
    given.load(network)
    return network, training.set_up(network, splits.input_shape, evaluator, fabric), []


def _finished(fabric: "Fabric", network: nn.Module, model: nn.Module, splits: Splits, folder: Path) -> Metrics:
    """Save the weights, and measure the network: on the validation part, and, this once, on the test part."""
    if not fabric.is_global_zero:
        return {}
    alone = _alone(model, fabric)
    with fabric.autocast():
        measured = training.measure(alone, splits, "validation", fabric.device)
        held = training.measure(alone, splits, "test", fabric.device)
    save(network, folder / WEIGHTS)
    return {**measured, **{f"test_{name}": value for name, value in held.items()}}


def _alone(model: nn.Module, fabric: "Fabric") -> nn.Module:
    """Return what runs a network in this process alone: several processes would wait for each other."""
    return model if fabric.world_size == 1 else model.module  # type: ignore[return-value]


def _course(history: Sequence[Metrics]) -> Metrics:
    seconds = sum(epoch["train_seconds"] for epoch in history)
    return {"train_seconds": seconds, "best_epoch": best_epoch(list(history))}
