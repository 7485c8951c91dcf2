"""Weights and activations of one bit: XNOR-Net and Bi-Real Net."""

from typing import Any

import torch
from torch import Tensor

from fgspace_quant.rounding import sign


def xnor_weight(weight: Tensor) -> Tensor:
    """Return the signs times the mean magnitude of each output channel.

    Rastegari et al., "XNOR-Net: ImageNet Classification Using Binary Convolutional Neural Networks", ECCV 2016.
    """
    magnitude = weight.detach().abs().flatten(1).mean(1)
    return sign(weight) * magnitude.reshape(-1, *[1] * (weight.dim() - 1))


def bireal_weight(weight: Tensor) -> Tensor:
    """Return the signs times the mean magnitude of the layer; no gradient passes through the magnitude.

    Liu et al., "Bi-Real Net: Enhancing the Performance of 1-bit CNNs", ECCV 2018.
    """
    return sign(weight) * weight.detach().abs().mean()


def bireal_activation(x: Tensor) -> Tensor:
    """Return the sign of x; the gradient is 2 + 2x from -1 to 0, 2 - 2x from 0 to 1, and zero elsewhere."""
    result: Tensor = _Sign.apply(x)  # type: ignore[no-untyped-call]
    return result


class _Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.sign(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        slope: Tensor = (2 - 2 * x.abs()).clamp(min=0)
        return gradients[0] * slope
