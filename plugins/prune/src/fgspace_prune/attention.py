"""Attention of torch with fewer heads than its width has room for."""

import sys
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

OTHER = "attention with keys and values of its own, or in a class of its own, keeps its heads"


class NarrowAttention(nn.MultiheadAttention):
    """`nn.MultiheadAttention` from which heads are cut: it reads and makes `embed_dim` features through fewer heads.

    The layer of torch computes the width of a head from `embed_dim` and the number of heads, so it cannot do this.
    """

    stands_for = nn.MultiheadAttention

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend as the layer of torch does, with the same arguments and results."""
        first = self.batch_first or query.dim() == 2
        given = [one.unsqueeze(0) if one.dim() == 2 else one for one in (query, key, value)]
        given = given if first else [one.transpose(0, 1) for one in given]
        heads = [self._heads(one) for one in self._projected(given)]
        mask = self._mask(attn_mask, key_padding_mask, heads[0])
        made, weights = _attend(heads, mask, self.dropout if self.training else 0.0, need_weights)
        out = self.out_proj(made.transpose(1, 2).flatten(2))
        out = out if first else out.transpose(0, 1)
        if weights is not None and average_attn_weights:
            weights = weights.mean(1)
        if query.dim() == 2:
            return out.squeeze(0), None if weights is None else weights.squeeze(0)
        return out, weights

    def _projected(self, given: list[Tensor]) -> list[Tensor]:
        """Return queries, keys and values, (N, length, width of all heads)."""
        weights: Any = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        if self.in_proj_weight is not None:
            weights = self.in_proj_weight.chunk(3)
        biases = (None, None, None) if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        return [F.linear(one, weight, bias) for one, weight, bias in zip(given, weights, biases, strict=True)]

    def _heads(self, projected: Tensor) -> Tensor:
        return projected.reshape(*projected.shape[:2], -1, self.head_dim).transpose(1, 2)

    def _mask(self, mask: Tensor | None, padding: Tensor | None, like: Tensor) -> Tensor | None:
        """Return what is added to the products of queries and keys."""
        added = None if mask is None else _added(mask, like)
        if added is not None and added.dim() == 3:
            added = added.reshape(-1, self.num_heads, *added.shape[1:])
        if padding is None:
            return added
        hidden = _added(padding if padding.dim() == 2 else padding[None], like)[:, None, None]
        return hidden if added is None else added + hidden


def _added(mask: Tensor, like: Tensor) -> Tensor:
    """Return a mask as a term: minus infinity where it is true."""
    if mask.dtype != torch.bool:
        return mask.to(like.dtype)
    return torch.zeros_like(mask, dtype=like.dtype).masked_fill(mask, float("-inf"))


def _attend(heads: list[Tensor], mask: Tensor | None, dropout: float, weighted: bool) -> tuple[Tensor, Tensor | None]:
    """Return the sums of values, (N, heads, length, width of a head), and their weights where these are wanted."""
    query, key, value = heads
    if not weighted:
        return F.scaled_dot_product_attention(query, key, value, mask, dropout), None
    scores = query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)
    weights = (scores if mask is None else scores + mask).softmax(-1)
    return F.dropout(weights, dropout) @ value, weights


def narrow(module: nn.MultiheadAttention) -> None:
    """Set what an attention layer remembers to the sizes of its tensors."""
    if module.in_proj_weight is None:
        module.kdim, module.vdim = module.k_proj_weight.shape[1], module.v_proj_weight.shape[1]
    heads = module.out_proj.weight.shape[1] // module.head_dim
    if heads != module.num_heads:
        module.num_heads = heads
        module._qkv_same_embed_dim = False  # the fused kernels of torch take the full width for granted
        module.__class__ = NarrowAttention


def keeps_heads(module: nn.MultiheadAttention) -> bool:
    """Return whether the heads of an attention layer must stay."""
    others = module.bias_k is not None or module.add_zero_attn
    return others or type(module) not in (nn.MultiheadAttention, NarrowAttention)


def attending() -> bool:
    """Return whether the code that runs is that of an attention layer of torch, or of a narrow one.

    The two make different views of the same tensors, so these are not compared.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code not in _CODES:
        frame = frame.f_back
    return frame is not None


_CODES = (nn.MultiheadAttention.forward.__code__, NarrowAttention.forward.__code__)
