"""Batch norms folded into the layers before them, and the constants that a layer then computes with."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fgspace_quant.activations import Activation
from fgspace_quant.affine import along


def folds(norm: nn.Module) -> bool:
    """Say whether a batch norm is folded as it stands now: it is, but while it trains."""
    return not norm.training


@dataclass(frozen=True)
class Constants:
    """What a layer computes with: the quantised weight, its scales (C,), and the bias."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None


def constants(
    quantiser: nn.Module, source: nn.Module | None, norm: nn.Module | None, weight: Tensor, bias: Tensor | None
) -> Constants:
    """Return what a layer computes with, a batch norm folded in unless it trains.

    The bias is rounded to the grid of the products of weights with the activations of `source`.
    """
    gain = gains(norm, weight)
    inside = weight * along(gain, weight)
    scale = quantiser.scale(inside, gain)
    quantised = quantiser(inside, scale)
    if norm is not None and not folds(norm):
        return Constants(quantised / along(gain, weight), scale, bias)
    if norm is not None:
        bias = folded(norm, weight, bias)[1]
    if bias is not None and isinstance(source, Activation) and not quantiser.training:
        step = scale.detach() * source.numbers()[0]
        bias = bias + (torch.round(bias / step) * step - bias).detach()
    return Constants(quantised, scale, bias)


def folded(norm: nn.Module, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the weight and bias of a layer that does the batch norm's work too."""
    gain = gains(norm, weight)
    shift = -norm.running_mean if bias is None else bias - norm.running_mean
    offset = norm.bias if norm.affine else 0
    return weight * along(gain, weight), shift * _factor(norm) + offset


def gains(norm: nn.Module | None, weight: Tensor) -> Tensor:
    """Return what a batch norm multiplies each channel by, (C,), ones without it; a constant while it trains."""
    if norm is None:
        return torch.ones(len(weight), dtype=weight.dtype, device=weight.device)
    gain = _factor(norm)
    if folds(norm):
        return gain
    gain = gain.detach()
    return torch.where(gain.abs() < 1e-12, torch.ones_like(gain), gain)


def _factor(norm: nn.Module) -> Tensor:
    factor: Tensor = torch.rsqrt(norm.running_var + norm.eps)
    return factor * norm.weight if norm.affine else factor
