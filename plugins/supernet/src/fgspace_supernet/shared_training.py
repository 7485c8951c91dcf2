"""Trains the bank of a space: each step trains some of its networks on the same images."""

import math
from collections import OrderedDict
from collections.abc import Mapping
from random import Random
from typing import Any

import torch
import torch.nn.functional as F
from fgspace import Bank, Point, digest
from fgspace_vision.public import (
    PlainConvolutions,
    Recipe,
    Splits,
    batches,
    checked,
    make_fabric,
    make_optimizer,
    make_scheduler,
    mix,
    on_device,
    seeded,
)
from torch import Tensor, nn

from fgspace_supernet.sampling import Rule, Sampler
from fgspace_supernet.sizes import Sizes

_KEPT = 64
"""The number of networks that are kept between steps, in place of being built again."""


class SharedTraining:
    """A bank in training, between two epochs.

    All that is drawn in an epoch is drawn from the seed and the number of the epoch, so that the tensors and the state
    of the optimiser are all that a training goes on from.

    Args:
        bank: what is trained, in place.
        splits: the images.
        recipe: how it is trained.
        rule: which networks each step trains.
        state: what a training goes on from, as `state` returned it; None for one that begins.
    """

    def __init__(
        self, bank: Bank, splits: Splits, recipe: Recipe, rule: Rule, state: Mapping[str, Any] | None = None
    ) -> None:
        self.bank, self._recipe, self._rule, self._classes = bank, recipe, rule, len(splits.classes)
        self._fabric = make_fabric(recipe)
        self._sizes = Sizes.of(bank.space, rule.seed)
        self._data = on_device(splits, "train", self._fabric.device)
        self._batch = min(recipe.batch_size, len(self._data.labels))
        if state is not None:
            bank.load_state_dict(state["bank"])
        self._move()
        self._made = make_optimizer(bank.parameters(), recipe.optimizer)
        self._optimizer: Any = self._fabric.setup_optimizers(self._made)
        steps = len(self._data.labels) // self._batch
        self._scheduler, self._by_batch = make_scheduler(self._made, recipe.lr_scheduler, recipe.epochs, steps)
        if state is not None:
            self._made.load_state_dict(state["optimizer"])
            self._scheduler.load_state_dict(state["scheduler"])
        self._built: OrderedDict[str, nn.Module] = OrderedDict()
        self._numbers = self._count()

    def state(self) -> dict[str, Any]:
        """Return what a training goes on from: tensors and plain data."""
        return {
            "bank": self.bank.state_dict(),
            "optimizer": self._made.state_dict(),
            "scheduler": self._scheduler.state_dict(),
        }

    def run_epoch(self, epoch: int) -> float:
        """Train for the epoch of this number, counted from 1; return the mean loss of the networks.

        Raises ValueError where the loss is not finite: the training diverged.
        """
        recipe, rule, whole = self._recipe, self._rule, digest([self._rule.seed, epoch])
        opened = min(1.0, (epoch - 1) / (rule.progressive * recipe.epochs)) if rule.progressive else 1.0
        sampler = Sampler(self.bank.space, self._sizes, rule, opened, Random(whole))
        generator = torch.Generator().manual_seed(int(whole, 16) >> 1)
        total, steps = 0.0, 0
        with seeded(int(whole, 16) >> 1, self._fabric.device):
            for images, labels in batches(self._data, self._batch, recipe, generator):
                total += self._step(sampler, images, labels, generator)
                steps += 1
                if self._by_batch:
                    self._scheduler.step()
        if not self._by_batch:
            self._scheduler.step()
        if not math.isfinite(total):
            raise ValueError(
                f"the training of the shared weights diverged, its loss in epoch {epoch} is {total}; "
                "lower the learning rate"
            )
        return total / steps

    def _step(self, sampler: Sampler, images: Tensor, labels: Tensor, generator: torch.Generator) -> float:
        recipe, targets, points = self._recipe, labels, sampler.step()
        if recipe.mixup or recipe.cutmix:
            images, targets = mix(images, labels, self._classes, recipe, generator)
        total, soft = 0.0, None
        for point in points:
            with self._fabric.autocast(), PlainConvolutions():
                logits = checked(self._network(point)(images), (len(labels), self._classes))
                if soft is None:
                    loss = F.cross_entropy(logits, targets, label_smoothing=recipe.label_smoothing)
                else:
                    loss = F.kl_div(F.log_softmax(logits.float(), 1), soft, reduction="batchmean", log_target=True)
            if soft is None and self._rule.sampling == "sandwich" and self._rule.learn_from_largest:
                soft = F.log_softmax(logits.detach().float(), 1)
            self._fabric.backward(loss / len(points))
            total += float(loss.detach()) / len(points)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return total

    def _network(self, point: Point) -> nn.Module:
        """Return the network at a point with the tensors as they are now, built when it is first met."""
        description = self.bank.space.at(point)
        name = digest(description)
        if name in self._built:
            self._built.move_to_end(name)
            return self.bank.refresh(self._built[name])
        network = self.bank.candidate_of(description)
        if self._count() != self._numbers:
            self._grown()
            network = self.bank.refresh(network)
        self._built[name] = network.to(self._fabric.device).train()
        if len(self._built) > _KEPT:
            self._built.popitem(last=False)
        return network

    def _grown(self) -> None:
        """Have the optimiser train tensors that are new or larger; what it kept for these begins anew."""
        self._move()
        self._numbers = self._count()
        self._made.param_groups[0]["params"] = list(self.bank.parameters())
        for tensor, kept in list(self._made.state.items()):
            if any(isinstance(one, Tensor) and one.dim() and one.shape != tensor.shape for one in kept.values()):
                del self._made.state[tensor]

    def _move(self) -> None:
        for tensor in self.bank.parameters():
            tensor.data = tensor.data.to(self._fabric.device)

    def _count(self) -> int:
        return sum(tensor.numel() for tensor in self.bank.parameters())
