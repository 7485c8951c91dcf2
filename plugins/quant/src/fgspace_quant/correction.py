"""Corrects biases for the mean error that the rounding of weights makes."""

import torch
from torch import Tensor, nn


class MeanInput(nn.Module):
    """The mean of what a layer reads, by channel, over the batches of the last calibration; zero without one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.batches: Tensor
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("batches", torch.tensor(0))

    def restart(self) -> None:
        """Forget the mean: nothing is corrected before the next calibration."""
        self.mean.zero_()
        self.batches.zero_()

    @torch.no_grad()
    def observe(self, x: Tensor, channel: int) -> None:
        """Merge the mean of a batch, whose channels are this dim, into the mean so far."""
        self.batches += 1
        found = x.detach().movedim(channel, -1).flatten(0, -2).mean(0)
        self.mean.lerp_(found.to(self.mean.dtype), 1 / int(self.batches))

    def correction(self, weight: Tensor, rounded: Tensor) -> Tensor:
        """Return what the bias of each output channel, (C,), misses if weights, (C, I, ...), are rounded.

        The output changes by the error of the weights times the input, and so does its mean. Nagel et al.,
        "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019.
        """
        error = (weight - rounded).detach().flatten(2).sum(2) if weight.dim() > 2 else (weight - rounded).detach()
        groups = len(self.mean) // error.shape[1]
        mean = self.mean.reshape(groups, -1).repeat_interleave(len(error) // groups, 0)
        return (error * mean.to(error.dtype)).sum(1)
