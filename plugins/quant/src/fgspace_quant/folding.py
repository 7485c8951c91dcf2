"""Folds batch norms into the layers before them, and computes the constants of a quantised layer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from fgspace_quant.activations import Activation
from fgspace_quant.affine import along, rounded_scale
from fgspace_quant.weights import AffineWeight, LearnedWeight

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d
LARGEST_BIAS = 2.0**23
"""The most steps of a bias: it fits into 32-bit accumulators, and float32 adds it to the products exactly."""


def folds(norm: nn.Module) -> bool:
    """Say whether a batch norm is folded in its present mode: in evaluation, not in training."""
    return not norm.training


@dataclass(frozen=True)
class Constants:
    """The quantised weight of a layer, its scales, (C,), and the bias."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None


def constants(
    quantiser: AffineWeight | LearnedWeight,
    source: nn.Module | None,
    norm: BatchNorm | None,
    weight: Tensor,
    bias: Tensor | None,
    others: Iterable[nn.Module | None] = (),
) -> Constants:
    """Return the constants of a layer, with a batch norm folded in unless that is in training mode.

    The bias is corrected for the mean error of the rounded weights, and rounded to a multiple of weight scale ×
    activation scale, where `source` rounds the activation. `others` are the sources of the layer's other runs: its
    scales are the same in all of them.
    """
    gain = gains(norm, weight)
    inside = weight * along(gain, weight)
    scale = quantiser.scale(inside, gain)
    if norm is not None and not folds(norm):
        return Constants(quantiser(inside, scale) / along(gain, weight), scale, bias)
    if norm is not None:
        bias = folded(norm, weight, bias)[1]
    if bias is None or quantiser.training:
        return Constants(quantiser(inside, scale), scale, bias)
    for one in (source, *others):
        scale = _wide_enough(scale, bias, one, quantiser.power_of_two)
    rounded = quantiser(inside, scale)
    if isinstance(quantiser, AffineWeight):
        bias = bias + quantiser.input.correction(inside, rounded)
    if isinstance(source, Activation):
        step = scale.detach() * source.numbers()[0]
        bias = bias + (torch.round(bias / step) * step - bias).detach()
    return Constants(rounded, scale, bias)


def folded(norm: BatchNorm, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the weight and the bias with which a layer does the work of the batch norm too."""
    gain, mean = gains(norm, weight), _mean(norm)
    shift = -mean if bias is None else bias - mean
    offset = norm.bias if norm.affine else 0
    return weight * along(gain, weight), shift * _factor(norm) + offset


def gains(norm: BatchNorm | None, weight: Tensor) -> Tensor:
    """Return the factor of a batch norm for each channel, (C,): ones if there is none, a constant while it trains."""
    if norm is None:
        return torch.ones(len(weight), dtype=weight.dtype, device=weight.device)
    gain = _factor(norm)
    if folds(norm):
        return gain
    gain = gain.detach()
    return torch.where(gain.abs() < 1e-12, torch.ones_like(gain), gain)


def _wide_enough(scale: Tensor, bias: Tensor, source: nn.Module | None, power_of_two: bool) -> Tensor:
    """Return the scales, (C,), raised where the bias would otherwise have more than LARGEST_BIAS steps.

    That happens where weights or activations are almost zero. The products are then far below the bias, and lose
    nothing that shows beside it.
    """
    if not isinstance(source, Activation) or not source.batches:
        return scale
    least = bias.detach().abs() / (source.numbers()[0] * LARGEST_BIAS)
    return torch.maximum(scale, rounded_scale(least, power_of_two))


def _mean(norm: BatchNorm) -> Tensor:
    return cast("Tensor", norm.running_mean)  # plans fold no batch norm without running statistics


def _factor(norm: BatchNorm) -> Tensor:
    factor: Tensor = torch.rsqrt(cast("Tensor", norm.running_var) + norm.eps)
    return factor * norm.weight if norm.affine else factor
