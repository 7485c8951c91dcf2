"""What a ConvNeXt has and `torch.nn` has not: norms of channels, responses and scales, and stochastic depth."""

import torch
from torch import Tensor, nn


class ChannelNormalised(nn.LayerNorm):
    """Normalises the channels of each pixel: maps (N, C, H, W) to the same shape."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised map."""
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ResponseNormalised(nn.Module):
    """Scales each channel by its norm over the map, relative to the mean of the norms of all channels.

    Maps (N, C, H, W) to the same shape; the identity at first, as scale and shift are zeros.
    """

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.width, self.eps = width, eps
        self.weight = nn.Parameter(torch.zeros(width, 1, 1))
        self.bias = nn.Parameter(torch.zeros(width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the input, and what it is scaled to."""
        response: Tensor = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
        share: Tensor = response / (response.mean(1, keepdim=True) + self.eps)
        return self.weight * (x * share) + self.bias + x


class Scaled(nn.Module):
    """Scales each channel by a learned factor: maps (N, C, H, W) to the same shape."""

    def __init__(self, width: int, initial: float) -> None:
        super().__init__()
        self.width, self.initial = width, initial
        self.weight = nn.Parameter(torch.full((width, 1, 1), initial))

    def forward(self, x: Tensor) -> Tensor:
        """Return the scaled channels."""
        return self.weight * x


class Dropped(nn.Module):
    """Sets all of an image to zero with probability `rate` in training, and scales the others by 1/(1 - rate)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Return the images that are kept, and zeros for the others."""
        if not self.training:
            return x
        kept = torch.rand((x.shape[0], 1, 1, 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)
