"""Reports of a training, epoch by epoch: what early stopping stops by."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import nn

from fgspace_vision import training
from fgspace_vision.splits import Splits


class Reports:
    """Measures a network in training on the validation part after every epoch, and reports that.

    Args:
        report: what is told; nothing is measured where it is None.
        splits: the images.
        device: where the network is.
        metrics: the names of those that are reported.
        epochs: how many there will be.
        known: metrics that are known by now.
    """

    def __init__(
        self,
        report: Callable[..., None] | None,
        splits: Splits,
        device: torch.device,
        metrics: Sequence[str],
        epochs: int,
        known: Mapping[str, float],
    ) -> None:
        self._report = report
        self._splits = splits
        self._device = device
        self._metrics = metrics
        self._epochs = epochs
        self._known = known
        self._start = time.perf_counter()
        self._measuring = 0.0

    @property
    def seconds(self) -> float:
        """How long the training took by now, without what measuring took."""
        return time.perf_counter() - self._start - self._measuring

    @property
    def after_epoch(self) -> Callable[[int, nn.Module], None] | None:
        """What a training calls after every epoch; None where nobody asks for reports."""
        return None if self._report is None else partial(self._measure, self._report)

    def _measure(self, report: Callable[..., None], epoch: int, model: nn.Module) -> None:
        trained = self.seconds
        # Not held to be finite: a loss may overflow after one epoch and be finite at the end.
        measured = training.look(model, self._splits, "validation", self._device)
        self._measuring += self.seconds - trained
        told = {**measured, **self._known, "train_seconds": trained}
        named = {name: value for name, value in told.items() if name in self._metrics}
        report(epoch, named, of=self._epochs)
