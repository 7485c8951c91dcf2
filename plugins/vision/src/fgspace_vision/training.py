"""Trains a network on images and measures it, through Lightning Fabric, from tensors cut in memory."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from fgspace import progress
from torch import Tensor, nn

from fgspace_vision import augment
from fgspace_vision.layout import lay_out, set_layout
from fgspace_vision.optimisers import make_optimizer, make_scheduler
from fgspace_vision.preprocessing import recorded
from fgspace_vision.recipe import Recipe
from fgspace_vision.splits import Part, Splits

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_MEASURE_BATCH = 500


@dataclass(frozen=True, eq=False)
class Tensors:
    """A part on the device, and what its images are normalised by: mean and 1/deviation, (1, C, 1, 1), after a scale.

    These are the numbers of `fgspace.Preprocessing`.
    """

    images: Tensor
    labels: Tensor
    mean: Tensor
    inverse: Tensor
    scale: float = 1.0

    def normalised(self, images: Tensor) -> Tensor:
        """Return stored images as the network gets them, in float32.

        They are a copy, and contiguous: stored images may have any layout, and networks may take it on.
        """
        floats = images.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
        if self.scale != 1:
            floats.mul_(self.scale)
        return floats.sub_(self.mean).mul_(self.inverse)


def make_fabric(recipe: Recipe) -> "Fabric":
    """Return the Fabric that knows device and precision."""
    from lightning_fabric import Fabric

    on_cuda = recipe.device == "cuda" or (recipe.device == "auto" and torch.cuda.is_available())
    precision = ("bf16-mixed" if on_cuda else "32-true") if recipe.precision == "auto" else recipe.precision
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
    data, classes = on_device(splits, "train", fabric.device), len(splits.classes)
    size = min(recipe.batch_size, len(data.labels))
    model = set_up(network, splits.input_shape, recipe, fabric)
    made = make_optimizer(network.parameters(), recipe.optimizer)
    optimizer: Any = fabric.setup_optimizers(made)
    steps = len(data.labels) // size
    scheduler, by_batch = make_scheduler(made, recipe.lr_scheduler, recipe.epochs, steps)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    for epoch in range(1, recipe.epochs + 1):
        progress("epoch", epoch, of=recipe.epochs)
        for images, labels in batches(data, size, recipe, generator):
            logits = checked(model(images), (size, classes))
            fabric.backward(F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing))
            optimizer.step()
            optimizer.zero_grad()
            if by_batch:
                scheduler.step()
        if not by_batch:
            scheduler.step()
        if after_epoch is not None:
            with undisturbed(model, fabric.device):
                after_epoch(epoch, model)
    if fabric.device.type == "cuda":
        torch.cuda.synchronize(fabric.device)
    return model


@contextmanager
def undisturbed(model: nn.Module, device: torch.device) -> Iterator[None]:
    """Leave torch's random numbers and the mode of the network as they were before."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield
    model.train()


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


def batches(data: Tensors, size: int, recipe: Recipe, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield one epoch in random order: images (size, C, H, W), augmented and normalised, and labels (size,)."""
    device, count = data.images.device, len(data.labels)
    order = torch.randperm(count, generator=generator).to(device)
    draws = augment.draw(count, recipe.crop_padding, recipe.flip, generator, device)
    for index, drawn in zip(torch.split(order[: count - count % size], size), draws.split(size), strict=False):
        images = data.images.index_select(0, index)
        if recipe.crop_padding:
            images = augment.crop(images, recipe.crop_padding, drawn)
        if recipe.flip:
            images = augment.flip(images, drawn)
        yield data.normalised(images), data.labels.index_select(0, index)


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
        parts = (torch.split(tensor, _MEASURE_BATCH) for tensor in (data.images, data.labels))
        for images, labels in zip(*parts, strict=True):
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


@lru_cache(maxsize=6)
def on_device(splits: Splits, part: str, device: torch.device) -> Tensors:
    """Return a part as tensors on the device, made once in this process and not once a trial."""
    record: Any = recorded(splits)
    arrays: Part = getattr(splits, part)
    images, labels = (torch.from_numpy(array).to(device) for array in (arrays.images, arrays.labels))
    numbers = record.mean, [1 / deviation for deviation in record.deviation]
    mean, inverse = (torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1, 1).to(device) for values in numbers)
    return Tensors(images, labels, mean, inverse, record.scale)
