"""How the weights of one layer are quantised."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from fgspace_quant.affine import along, fake_quantise, rounded_scale, symmetric_scale, weight_grid
from fgspace_quant.binary import bireal_weight, xnor_weight
from fgspace_quant.lsq import learned_step, scaled_gradient
from fgspace_quant.observers import least_error_scale
from fgspace_quant.rounding import dorefa_weight, wrpn_weight


class AffineWeight(nn.Module):
    """Weights on a symmetric grid with one scale an output channel, at which the largest weight fits."""

    def __init__(self, bits: int, power_of_two: bool = False) -> None:
        super().__init__()
        self.bits, self.power_of_two = bits, power_of_two
        self.grid = weight_grid(bits)

    def scale(self, weight: Tensor, gain: Tensor) -> Tensor:
        """Return the scales, (C,), of `weight`, into which the gains, (C,), are folded already."""
        return symmetric_scale(weight, self.grid, self.power_of_two)

    def forward(self, weight: Tensor, scale: Tensor) -> Tensor:
        """Return what the whole numbers stand for."""
        return fake_quantise(weight, scale, torch.zeros_like(scale, dtype=torch.int32), self.grid)


class ClippedWeight(AffineWeight):
    """The same with the largest weights clipped: to the share of least squared error, searched once after `restart`."""

    def __init__(self, bits: int, channels: int, power_of_two: bool = False) -> None:
        super().__init__(bits, power_of_two)
        self.share: Tensor
        self.started: Tensor
        self.register_buffer("share", torch.ones(channels))
        self.register_buffer("started", torch.tensor(False))

    def restart(self) -> None:
        """Search again from the weights that come next."""
        self.started.fill_(False)

    @torch.no_grad()
    def scale(self, weight: Tensor, gain: Tensor) -> Tensor:
        """Return the scales, (C,), of `weight`, into which the gains, (C,), are folded already."""
        largest = symmetric_scale(weight, self.grid)
        if not self.started:
            self.share.copy_(least_error_scale(weight, self.grid) / largest)
            self.started.fill_(True)
        return rounded_scale(largest * self.share, self.power_of_two)


class LearnedWeight(nn.Module):
    """Weights on a symmetric grid whose step, one an output channel, is learned; it starts at the least error."""

    def __init__(self, bits: int, channels: int, power_of_two: bool = False) -> None:
        super().__init__()
        self.bits, self.power_of_two = bits, power_of_two
        self.grid = weight_grid(bits)
        self.step = nn.Parameter(torch.ones(channels))
        self.started: Tensor
        self.register_buffer("started", torch.tensor(False))

    def restart(self) -> None:
        """Start again from the weights that come next."""
        self.started.fill_(False)

    def scale(self, weight: Tensor, gain: Tensor) -> Tensor:
        """Return the steps, (C,), of `weight`, into which the gains, (C,), are folded already."""
        gain = gain.abs()
        if not self.started:
            with torch.no_grad():
                self.step.copy_(least_error_scale(weight, self.grid) / gain.clamp(min=1e-12))
                self.started.fill_(True)
        step = scaled_gradient(self.step, weight[0].numel(), self.grid) * gain
        return step + (rounded_scale(step.detach().abs(), self.power_of_two) - step).detach()

    def forward(self, weight: Tensor, scale: Tensor) -> Tensor:
        """Return what the whole numbers stand for."""
        return learned_step(weight, along(scale, weight), torch.zeros((), device=weight.device), self.grid)


class FixedWeight(nn.Module):
    """Weights that a formula without scale or state rounds."""

    def __init__(self, bits: int, formula: Callable[[Tensor, int], Tensor]) -> None:
        super().__init__()
        self.bits = bits
        self.formula = formula

    def forward(self, weight: Tensor) -> Tensor:
        """Return the rounded weights."""
        return self.formula(weight, self.bits)


def _xnor(weight: Tensor, bits: int) -> Tensor:
    return xnor_weight(weight)


def _bireal(weight: Tensor, bits: int) -> Tensor:
    return bireal_weight(weight)


WEIGHT_FORMULAS: Mapping[str, Callable[[Tensor, int], Tensor]] = MappingProxyType(
    {"dorefa": dorefa_weight, "pact": dorefa_weight, "wrpn": wrpn_weight, "xnor": _xnor, "bireal": _bireal}
)
"""Method → the formula for its weights, for the methods that have no scale. PACT leaves weights to DoReFa."""


def weight_quantiser(
    method: str, bits: int, channels: int, observer: str = "minmax", power_of_two: bool = False
) -> nn.Module:
    """Return the quantiser of a layer's weights, (channels, ...)."""
    if method in WEIGHT_FORMULAS:
        return FixedWeight(bits, WEIGHT_FORMULAS[method])
    if method == "lsq":
        return LearnedWeight(bits, channels, power_of_two)
    return ClippedWeight(bits, channels, power_of_two) if observer == "mse" else AffineWeight(bits, power_of_two)
