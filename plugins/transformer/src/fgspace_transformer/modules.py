"""What a transformer has and `torch.nn` has not: tokens from maps, a token of the class, positions, attention.

Modules remember their arguments under the names of the parameters, so that they can be written as plain Python.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Tokens(nn.Module):
    """The pixels of a map as tokens, behind a learned one: maps (N, width, H, W) to (N, 1 + H·W, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.weight = nn.Parameter(torch.randn(1, 1, width) * 0.02)

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens, row by row."""
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x.flatten(2).transpose(1, 2)], dim=1)


class Positioned(nn.Module):
    """Adds a learned vector to the token at each position; a shorter input gets the first of them."""

    def __init__(self, width: int, length: int) -> None:
        super().__init__()
        self.width, self.length = width, length
        self.weight = nn.Parameter(torch.randn(1, length, width) * 0.02)

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens with what their positions add."""
        return x + self.weight[:, : x.shape[1]]


class Attended(nn.Module):
    """Attention of several heads: maps queries, keys and values, (N, L, heads·head_width) each, to that shape."""

    def __init__(self, head_width: int, causal: bool) -> None:
        super().__init__()
        self.head_width, self.causal = head_width, causal

    def forward(self, projected: Sequence[Tensor]) -> Tensor:
        """Return what each head read, side by side."""
        query, key, value = (self.split(one) for one in projected)
        read = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return read.transpose(1, 2).flatten(2)

    def split(self, x: Tensor) -> Tensor:
        """Return (N, heads, L, head_width); the number of heads follows, so that heads can be cut."""
        return x.view(x.shape[0], x.shape[1], -1, self.head_width).transpose(1, 2)


class First(nn.Module):
    """The first token: maps (N, L, width) to (N, width)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the first token."""
        return x[:, 0]
