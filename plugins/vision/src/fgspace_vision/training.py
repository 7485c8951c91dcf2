"""Trains a network on images and measures it, through Lightning Fabric, from tensors cut in memory."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from fgspace import progress
from torch import Tensor, nn

from fgspace_vision.averaging import Average
from fgspace_vision.distilling import Distillation, Teacher
from fgspace_vision.feeding import Share, batches, on_device
from fgspace_vision.layout import lay_out, set_layout
from fgspace_vision.mixing import mix
from fgspace_vision.optimisers import make_optimizer, make_scheduler
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Splits

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_MEASURE_BATCH = 500


def make_fabric(recipe: Recipe, *, shared: bool = False) -> "Fabric":
    """Return the Fabric that knows device and precision; `shared` among the devices of the recipe, else of one."""
    from lightning_fabric import Fabric

    on_cuda = recipe.device == "cuda" or (recipe.device == "auto" and torch.cuda.is_available())
    precision = ("bf16-mixed" if on_cuda else "32-true") if recipe.precision == "auto" else recipe.precision
    if shared and recipe.devices > 1:
        return Fabric(accelerator=recipe.device, strategy="ddp_spawn", devices=recipe.devices, precision=precision)
    return Fabric(accelerator=recipe.device, devices=1, precision=precision)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draw torch's random numbers from this seed inside, and leave those outside as if nothing had been drawn."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def train(
    network: nn.Module,
    splits: Splits,
    recipe: Recipe,
    seed: int,
    fabric: "Fabric",
    after_epoch: Callable[[int, nn.Module], None] | None = None,
) -> nn.Module:
    """Train the network in place on the training part; return it, when all is done, as Fabric wraps it.

    The order of the images, crops and flips are drawn from the seed. `after_epoch` is called with the number of every
    epoch, counted from 1, and the network: the training goes on as if it had not been, or ends with what it raises.

    Raises ValueError where the network does not put out (N, classes); whatever else the network raises goes through.
    """
    training = Training(network, splits, recipe, seed, fabric)
    for epoch in range(1, recipe.epochs + 1):
        progress("epoch", epoch, of=recipe.epochs)
        training.run_epoch()
        if after_epoch is not None:
            with training.shown():
                after_epoch(epoch, training.model)
    training.keep()
    if fabric.device.type == "cuda":
        torch.cuda.synchronize(fabric.device)
    return training.model


class Training:
    """A network in training, between two epochs: its weights, its optimiser, and all that is still to be drawn.

    Args:
        network: what is trained, in place.
        splits: the images.
        recipe: how it is trained.
        seed: of the order of the images, and of all that is drawn for them.
        fabric: the device and the precision, and the processes that share the training.
    """

    def __init__(self, network: nn.Module, splits: Splits, recipe: Recipe, seed: int, fabric: "Fabric") -> None:
        self._network, self._recipe, self._fabric, self._classes = network, recipe, fabric, len(splits.classes)
        self._data = on_device(splits, "train", fabric.device)
        self._size = min(recipe.batch_size, len(self._data.labels))
        self._size -= self._size % fabric.world_size
        self._share = Share(fabric.global_rank, fabric.world_size)
        self.model = set_up(network, splits.input_shape, recipe, fabric)
        self._made = make_optimizer(network.parameters(), recipe.optimizer)
        self._optimizer: Any = fabric.setup_optimizers(self._made)
        steps = len(self._data.labels) // self._size
        self._scheduler, self._by_batch = make_scheduler(self._made, recipe.lr_scheduler, recipe.epochs, steps)
        self._generator = torch.Generator().manual_seed(seed)
        self._average = Average(network, recipe.ema) if recipe.ema else None
        self._teacher = Teacher(Distillation.of(recipe.distil), splits) if recipe.distil is not None else None
        if self._teacher is not None:
            self._teacher.network.to(fabric.device)
        self.model.train()

    def run_epoch(self) -> float:
        """Train for one epoch; return the mean loss."""
        total, steps = torch.zeros((), device=self._fabric.device), 0
        for images, labels in batches(self._data, self._size, self._recipe, self._generator, self._share):
            total += self._step(images, labels)
            steps += 1
            if self._by_batch:
                self._scheduler.step()
        if not self._by_batch:
            self._scheduler.step()
        return float(total) / steps

    def _step(self, images: Tensor, labels: Tensor) -> Tensor:
        recipe, targets = self._recipe, labels
        if recipe.mixup or recipe.cutmix:
            images, targets = mix(images, labels, self._classes, recipe, self._generator)
        logits = checked(self.model(images), (len(labels), self._classes))
        loss = F.cross_entropy(logits, targets, label_smoothing=recipe.label_smoothing)
        if self._teacher is not None:
            loss = self._teacher.loss(loss, logits, images)
        self._fabric.backward(loss)
        self._optimizer.step()
        self._optimizer.zero_grad()
        if self._average is not None:
            self._average.step()
        return loss.detach()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the network as it is to be measured: with the average of its weights, where one is kept.

        Torch's random numbers, the mode of the network and its weights are as before when this is left.
        """
        device = self._fabric.device
        averaged: AbstractContextManager[None] = nullcontext() if self._average is None else self._average.shown()
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), averaged:
            yield
        self.model.train()

    def keep(self) -> None:
        """Leave the network as it is to be measured, for good."""
        if self._average is not None:
            self._average.keep()

    def state(self) -> dict[str, Any]:
        """Return everything that decides how the training goes on, as tensors and plain data."""
        return {
            "network": self._network.state_dict(),
            "optimizer": self._made.state_dict(),
            "scheduler": self._scheduler.state_dict(),
            "average": None if self._average is None else self._average.state(),
            "precision": self._precision.state_dict() if hasattr(self._precision, "state_dict") else None,
            "generator": self._generator.get_state(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self._fabric.device) if self._on_cuda else None,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._network.load_state_dict(state["network"])
        self._made.load_state_dict(state["optimizer"])
        self._scheduler.load_state_dict(state["scheduler"])
        if self._average is not None:
            self._average.load(state["average"])
        if state["precision"] is not None:
            self._precision.load_state_dict(state["precision"])
        self._generator.set_state(state["generator"])
        torch.set_rng_state(state["random"])
        if self._on_cuda:
            torch.cuda.set_rng_state(state["random_cuda"], self._fabric.device)

    @property
    def _precision(self) -> Any:
        return self._fabric.strategy.precision

    @property
    def _on_cuda(self) -> bool:
        return self._fabric.device.type == "cuda"


def set_up(network: nn.Module, input_shape: tuple[int, int, int], recipe: Recipe, fabric: "Fabric") -> nn.Module:
    """Return the network as Fabric wraps it: moved, laid out and, on CUDA where it is asked for, compiled.

    Its images are of `input_shape`, (C, H, W). What is returned is to be run, not the network itself.
    """
    device, ran = fabric.device.type, network
    if device == "cpu":
        ran = lay_out(network, input_shape, recipe.channels_last)
    elif recipe.channels_last and device != "mps":
        set_layout(network, torch.channels_last)
    if recipe.compile and device == "cuda":
        network.compile()
    return fabric.setup_module(ran)


def measure(model: nn.Module, splits: Splits, part: str, device: torch.device) -> dict[str, float]:
    """Return accuracy, from 0 to 1, and mean cross entropy of the model, in evaluation mode, on a part of the data.

    Raises ValueError where the loss is not finite: the training diverged.
    """
    measured = look(model, splits, part, device)
    if not math.isfinite(measured["loss"]):
        raise ValueError(f"the training diverged, its {part} loss is {measured['loss']}; lower the learning rate")
    return measured


def look(model: nn.Module, splits: Splits, part: str, device: torch.device) -> dict[str, float]:
    """Return what `measure` does, whether or not the loss is finite."""
    data, classes = on_device(splits, part, device), len(splits.classes)
    right, loss = torch.zeros(2, dtype=torch.float64)
    model.eval()
    with torch.no_grad():  # not inference mode: what a network keeps of it could not be trained on
        for images, labels in data.in_order(_MEASURE_BATCH):
            logits = checked(model(data.normalised(images)), (len(labels), classes)).float()
            right += (logits.argmax(1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
    accuracy, loss = (total.item() / len(data.labels) for total in (right, loss))
    return {"accuracy": accuracy, "loss": loss}


def checked(output: object, shape: tuple[int, int]) -> Tensor:
    """Return the output of a network that is a classifier of so many images into so many classes."""
    if not isinstance(output, Tensor):
        raise ValueError(f"the network puts out a {type(output).__name__}, expected a tensor of shape {shape}")
    if output.shape != shape:
        raise ValueError(
            f"the network puts out {tuple(output.shape)}, expected {shape}: images and classes; "
            f"end in a head with num_classes: {shape[1]}"
        )
    return output
