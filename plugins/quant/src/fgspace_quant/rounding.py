"""Rounds values in a fixed interval, by the formulas of DoReFa, WRPN and PACT."""

import torch
from torch import Tensor


def rounded(x: Tensor, steps: Tensor | float) -> Tensor:
    """Return round(x · steps) / steps; the gradient passes unchanged."""
    return x + (torch.round(x * steps) / steps - x).detach()


def dorefa_weight(weight: Tensor, bits: int) -> Tensor:
    """Squash weights by tanh, scale the largest to 1, and round them to 2^bits values from -1 to 1.

    With one bit, the result is their signs times their mean magnitude.
    Zhou et al., "DoReFa-Net: Training Low Bitwidth Convolutional Neural Networks with Low Bitwidth Gradients", 2016.
    """
    if bits == 1:
        return sign(weight) * weight.detach().abs().mean()
    squashed = torch.tanh(weight)
    return 2 * rounded(squashed / (2 * squashed.abs().max()) + 0.5, 2**bits - 1) - 1


def dorefa_activation(x: Tensor, bits: int) -> Tensor:
    """Clip to 0 … 1 and round to 2^bits values."""
    return rounded(x.clamp(0, 1), 2**bits - 1)


def wrpn_weight(weight: Tensor, bits: int) -> Tensor:
    """Clip weights to -1 … 1 and round them to 2^(bits-1) - 1 values on each side of zero; one bit as in DoReFa.

    Mishra et al., "WRPN: Wide Reduced-Precision Networks", ICLR 2018.
    """
    if bits == 1:
        return dorefa_weight(weight, 1)
    return rounded(weight.clamp(-1, 1), 2 ** (bits - 1) - 1)


def pact_activation(x: Tensor, alpha: Tensor, bits: int) -> Tensor:
    """Clip to 0 … alpha, where alpha is learned, and round to 2^bits values.

    The gradient of alpha is 1 where x is at least alpha, else 0.
    Choi et al., "PACT: Parameterized Clipping Activation for Quantized Neural Networks", 2018.
    """
    clipped = torch.where(x < alpha, x.clamp(min=0), alpha)
    return rounded(clipped, (2**bits - 1) / alpha.detach())


def sign(x: Tensor) -> Tensor:
    """Return the sign, 0 for zero; the gradient passes unchanged."""
    return x + (torch.sign(x) - x).detach()
