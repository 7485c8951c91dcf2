"""The quantisers of weights: each rounds the weights of one layer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from fgspace_quant.affine import BYTE, TINY, along, fake_quantise, rounded_scale, symmetric_scale, weight_grid
from fgspace_quant.binary import bireal_weight, xnor_weight
from fgspace_quant.correction import MeanInput
from fgspace_quant.lsq import learned_step, scaled_gradient
from fgspace_quant.neighbours import fit, largest_sums
from fgspace_quant.observers import least_error_scale
from fgspace_quant.rounding import dorefa_weight, wrpn_weight


class AffineWeight(nn.Module):
    """Rounds weights to a symmetric grid, with one scale for each output channel that keeps its largest weight.

    Without `full_range`, the scales for 8 bits keep the largest sum of two neighbours as well, see `neighbours`.
    `input` is the mean input of the layer, by which its bias is corrected for the rounding.
    """

    def __init__(self, bits: int, inputs: int, power_of_two: bool = False, full_range: bool = True) -> None:
        super().__init__()
        self.input = MeanInput(inputs)
        self.bits, self.power_of_two = bits, power_of_two
        self.full_range = full_range or bits < BYTE
        self.grid = weight_grid(bits)

    def restart(self) -> None:
        """Forget the mean input, and find the scales anew."""
        self.input.restart()
        self.rescale()

    def rescale(self) -> None:
        """Do nothing: the scales follow from the weights each time."""

    def scale(self, weight: Tensor, gain: Tensor) -> Tensor:
        """Return the scales, (C,), of `weight`, which the gains, (C,), are already folded into."""
        return rounded_scale(self._largest(weight) / self.grid.high, self.power_of_two)

    def _largest(self, weight: Tensor) -> Tensor:
        return weight.detach().abs().flatten(1).amax(1) if self.full_range else largest_sums(weight)

    def forward(self, weight: Tensor, scale: Tensor) -> Tensor:
        """Return the rounded weights, in floating point."""
        return fake_quantise(weight, scale, torch.zeros_like(scale, dtype=torch.int32), self.grid)


class ClippedWeight(AffineWeight):
    """Rounds weights like `AffineWeight`, with the largest weights of each channel clipped.

    The share of the largest weight that is kept is that of the least squared error. It is searched once after
    `restart`.
    """

    def __init__(
        self, bits: int, inputs: int, channels: int, power_of_two: bool = False, full_range: bool = True
    ) -> None:
        super().__init__(bits, inputs, power_of_two, full_range)
        self.share: Tensor
        self.started: Tensor
        self.register_buffer("share", torch.ones(channels))
        self.register_buffer("started", torch.tensor(False))

    def rescale(self) -> None:
        """Search the shares again, for the weights of the next run."""
        self.started.fill_(False)

    @torch.no_grad()
    def scale(self, weight: Tensor, gain: Tensor) -> Tensor:
        """Return the scales, (C,), of `weight`, which the gains, (C,), are already folded into."""
        largest = self._largest(weight) / self.grid.high
        if not self.started:
            self.share.copy_(least_error_scale(weight, self.grid, largest, self._fit) / largest.clamp(min=TINY))
            self.started.fill_(True)
        clipped = rounded_scale(largest * self.share, self.power_of_two)
        return torch.where(self._fit(weight, clipped), clipped, rounded_scale(largest, self.power_of_two))

    def _fit(self, weight: Tensor, scale: Tensor) -> Tensor:
        return torch.ones_like(scale, dtype=torch.bool) if self.full_range else fit(weight, scale, self.grid)


class LearnedWeight(nn.Module):
    """Rounds weights to a symmetric grid with a learned step for each output channel.

    The first steps are those of the least squared error. Without `full_range`, 8-bit weights lie in -63 to 63, where
    any two neighbours fit. The state holds the end of the grid, since learned steps are wrong on any other.
    """

    def __init__(self, bits: int, channels: int, power_of_two: bool = False, full_range: bool = True) -> None:
        super().__init__()
        self.bits, self.power_of_two = bits, power_of_two
        self.grid = weight_grid(bits, full_range)
        self.step = nn.Parameter(torch.ones(channels))
        self.end: Tensor
        self.register_buffer("end", torch.tensor(self.grid.high))
        self.started: Tensor
        self.register_buffer("started", torch.tensor(False))

    def restart(self) -> None:
        """Start the steps anew, from the weights of the next run."""
        self.started.fill_(False)

    def scale(self, weight: Tensor, gain: Tensor) -> Tensor:
        """Return the steps, (C,), of `weight`, which the gains, (C,), are already folded into."""
        gain = gain.abs()
        if not self.started:
            with torch.no_grad():
                self.step.copy_(
                    least_error_scale(weight, self.grid, symmetric_scale(weight, self.grid)) / gain.clamp(min=1e-12)
                )
                self.started.fill_(True)
        step = scaled_gradient(self.step, weight[0].numel(), self.grid) * gain
        return step + (rounded_scale(step.detach().abs(), self.power_of_two) - step).detach()

    def forward(self, weight: Tensor, scale: Tensor) -> Tensor:
        """Return the rounded weights, in floating point."""
        return learned_step(weight, along(scale, weight), torch.zeros((), device=weight.device), self.grid)

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        end, errors = state.get(f"{prefix}end"), rest[-1]
        if end is not None and int(end) != self.grid.high:
            errors.append(
                f"{prefix}step was learned for weights of -{int(end)} to {int(end)}, and this layer has "
                f"-{self.grid.high} to {self.grid.high}; give Quant the full_range and the bits of the training"
            )
        super()._load_from_state_dict(state, prefix, *rest)


class FixedWeight(nn.Module):
    """Rounds weights by a formula without scale or state."""

    def __init__(self, bits: int, formula: Callable[[Tensor, int], Tensor]) -> None:
        super().__init__()
        self.bits = bits
        self.formula = formula

    def restart(self) -> None:
        """Do nothing: there is no state to forget."""

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
"""Method → the formula for its weights, for the methods without scales. PACT rounds weights as DoReFa does."""

WeightQuantiser = AffineWeight | LearnedWeight | FixedWeight


def weight_quantiser(
    method: str,
    bits: int,
    channels: int,
    inputs: int,
    observer: str = "minmax",
    power_of_two: bool = False,
    full_range: bool = True,
) -> WeightQuantiser:
    """Return the quantiser of a layer's weights, (channels, ...), that reads `inputs` channels in all its groups.

    `full_range` says whether 8-bit weights may make the integer kernels of some processors saturate.
    """
    if method in WEIGHT_FORMULAS:
        return FixedWeight(bits, WEIGHT_FORMULAS[method])
    if method == "lsq":
        return LearnedWeight(bits, channels, power_of_two, full_range)
    if observer == "mse":
        return ClippedWeight(bits, inputs, channels, power_of_two, full_range)
    return AffineWeight(bits, inputs, power_of_two, full_range)
