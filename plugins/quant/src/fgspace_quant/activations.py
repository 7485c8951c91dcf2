"""The quantisers of activations: each rounds one tensor of the model."""

import torch
from torch import Tensor, nn

from fgspace_quant.affine import Grid, activation_grid, fake_quantise, scale_and_zero_point
from fgspace_quant.binary import bireal_activation
from fgspace_quant.lsq import learned_step, scaled_gradient
from fgspace_quant.observers import OBSERVERS, moving
from fgspace_quant.rounding import dorefa_activation, pact_activation


class Activation(nn.Module):
    """Rounds a tensor to an unsigned grid, with one scale and one zero point that follow from its observed range.

    The range comes from calibration; training moves it with every batch. Before either, each batch has its own range.
    `ceiling` is the upper end of the activation function before it (6 for ReLU6): larger values are cut off to it.
    """

    def __init__(
        self, bits: int, observer: str = "minmax", power_of_two: bool = False, ceiling: float | None = None
    ) -> None:
        super().__init__()
        self.bits, self.observer, self.power_of_two, self.ceiling = bits, observer, power_of_two, ceiling
        self.grid = activation_grid(bits)
        self.low: Tensor
        self.high: Tensor
        self.batches: Tensor
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))
        self.register_buffer("batches", torch.tensor(0))

    def restart(self) -> None:
        """Forget the range."""
        self.batches.zero_()

    @torch.no_grad()
    def observe(self, x: Tensor) -> None:
        """Merge the range of a calibration batch into the range so far."""
        observer = OBSERVERS[self.observer]
        low, high = observer.of(x, self.grid)
        new, count = (low.to(self.low.dtype), high.to(self.high.dtype)), int(self.batches)
        self._set(observer.merge((self.low, self.high), new, count) if count else new)

    def top(self) -> Tensor:
        """Return the largest value that is left of a tensor."""
        scale, zero_point, grid = self.numbers()
        return (grid.high - zero_point) * scale

    def raise_low(self, low: Tensor) -> None:
        """Cut values below `low` off to it."""
        self.low.clamp_(min=low.to(self.low.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Return x, rounded."""
        scale, zero_point, grid = self.numbers(x)
        return fake_quantise(x, scale, zero_point, grid)

    @torch.no_grad()
    def numbers(self, x: Tensor | None = None) -> tuple[Tensor, Tensor, Grid]:
        """Return scale, zero point and grid; before calibration they follow from x."""
        low, high = self.low, self.high
        if x is not None and self.training:
            new = torch.aminmax(x.detach().to(low.dtype))
            self._set(moving((low, high), (new[0], new[1]), 0) if self.batches else (new[0], new[1]))
            low, high = self.low, self.high
        elif x is not None and not self.batches:
            low, high = OBSERVERS[self.observer].of(x, self.grid)
        scale, zero_point = scale_and_zero_point(low, high, self.grid, self.power_of_two)
        return scale, zero_point, self._below_ceiling(scale, zero_point)

    def _below_ceiling(self, scale: Tensor, zero_point: Tensor) -> Grid:
        if self.ceiling is None:
            return self.grid
        top = int(torch.floor(self.ceiling / scale * (1 + 1e-6))) + int(zero_point)
        return Grid(self.grid.low, min(self.grid.high, top))

    def _set(self, found: tuple[Tensor, Tensor]) -> None:
        """Keep a range; it has the precision of the buffers whatever that of the tensor is."""
        self.low.copy_(found[0])
        self.high.copy_(found[1])
        self.batches += 1


class LearnedActivation(Activation):
    """Rounds a tensor like `Activation`, with a learned step; the first step follows from the calibrated range.

    Without calibration, it follows from the first batch.
    """

    def __init__(
        self, bits: int, observer: str = "mse", power_of_two: bool = False, ceiling: float | None = None
    ) -> None:
        super().__init__(bits, observer, power_of_two, ceiling)
        self.step = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Return x, rounded."""
        scale, zero_point, grid = self.numbers(x)
        if not (self.training and torch.is_grad_enabled()):
            return fake_quantise(x, scale, zero_point, grid)
        step = scaled_gradient(self.step, x[0].numel(), self.grid)
        return learned_step(x, step + (scale - step).detach(), zero_point, grid)

    @torch.no_grad()
    def numbers(self, x: Tensor | None = None) -> tuple[Tensor, Tensor, Grid]:
        """Return scale, zero point and grid; before calibration the step starts from the range of x."""
        if x is not None and not self.batches:
            self.observe(x)
        step = self.step.detach().abs()
        ends = (self.low.clamp(max=0), self.high.clamp(min=0))
        share = -ends[0] / (ends[1] - ends[0]).clamp(min=1e-12)
        span = step * (self.grid.high - self.grid.low)
        scale, zero_point = scale_and_zero_point(-share * span, (1 - share) * span, self.grid, self.power_of_two)
        return scale, zero_point, self._below_ceiling(scale, zero_point)

    @torch.no_grad()
    def observe(self, x: Tensor) -> None:
        """Merge the range of a calibration batch into the range so far, and start the step from it."""
        super().observe(x)
        self._restart_step()

    def raise_low(self, low: Tensor) -> None:
        """Cut values below `low` off to it, and start the step anew."""
        super().raise_low(low)
        self._restart_step()

    @torch.no_grad()
    def _restart_step(self) -> None:
        self.step.copy_(scale_and_zero_point(self.low, self.high, self.grid)[0])


class PactActivation(nn.Module):
    """Clips to 0 … alpha and rounds, with alpha learned (PACT).

    alpha starts at the largest value of the calibration batches, or at 10 without calibration.
    """

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits
        self.alpha = nn.Parameter(torch.tensor(10.0))
        self.batches: Tensor
        self.register_buffer("batches", torch.tensor(0))

    def restart(self) -> None:
        """Let the next calibration batch set alpha."""
        self.batches.zero_()

    @torch.no_grad()
    def observe(self, x: Tensor) -> None:
        """Raise alpha to the largest value of the calibration batches so far."""
        largest = x.amax().clamp(min=1e-3)
        self.alpha.copy_(torch.maximum(self.alpha, largest) if self.batches else largest)
        self.batches += 1

    def forward(self, x: Tensor) -> Tensor:
        """Return x, clipped and rounded."""
        return pact_activation(x, self.alpha, self.bits)


class FixedActivation(nn.Module):
    """Rounds by a formula without state: that of DoReFa, or the sign of Bi-Real Net."""

    def __init__(self, bits: int, method: str) -> None:
        super().__init__()
        self.bits, self.method = bits, method

    def restart(self) -> None:
        """Do nothing: there is no range to forget."""

    def observe(self, x: Tensor) -> None:
        """Do nothing: the formula needs no range."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x, rounded."""
        return bireal_activation(x) if self.method == "bireal" else dorefa_activation(x, self.bits)


ActivationQuantiser = Activation | PactActivation | FixedActivation


def activation_quantiser(
    method: str, bits: int, observer: str = "minmax", power_of_two: bool = False, ceiling: float | None = None
) -> ActivationQuantiser:
    """Return the quantiser of one activation."""
    if method == "pact":
        return PactActivation(bits)
    if method in ("dorefa", "wrpn", "xnor", "bireal"):
        return FixedActivation(bits, method)
    kind = LearnedActivation if method == "lsq" else Activation
    return kind(bits, observer, power_of_two, ceiling)
