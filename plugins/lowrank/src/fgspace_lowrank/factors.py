"""Puts two thin layers in place of one, by the singular values of its weight."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fgspace_lowrank.running import copied

KINDS: tuple[Any, ...] = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
READABLE = frozenset((*nn.Linear.__constants__, *nn.Conv2d.__constants__, "bias"))
"""What code may read of a layer that has two factors in its place, at no cost."""


class Factorised(nn.Sequential):
    """Two layers in place of a linear layer or a 1×1 convolution, for code that calls it or reads its sizes, too."""

    def __getattr__(self, name: str) -> Any:
        if name not in READABLE:
            return super().__getattr__(name)
        return getattr(self[1] if name == "bias" or name.startswith("out_") else self[0], name)

    @property
    def weight(self) -> Tensor:
        """The product of both weights, computed anew: torch's fused kernels of transformer layers read it."""
        weights: list[Any] = [layer.weight for layer in self]
        first, second = weights
        groups, rank = getattr(self[0], "groups", 1), second.shape[1]
        product: Tensor = second.reshape(groups, -1, rank) @ first.reshape(groups, rank, -1)
        return product.reshape(len(second), *first.shape[1:])


def factorised(model: nn.Module, ranks: Mapping[str, int]) -> nn.Module:
    """Return a copy of a model in which the layers of these names have these ranks.

    Raises:
        ValueError: a weight holds NaN or infinity.
    """
    memo: dict[int, Any] = {}
    for name, rank in ranks.items():
        layer = model.get_submodule(name)
        memo[id(layer)] = _thin_layers(layer, rank, _matrices(name, layer), memo)
    return copied(model, memo)


def ranks_with_energy(model: nn.Module, names: Iterable[str], energy: float) -> dict[str, int]:
    """Return for each layer the lowest rank with this share of the sum of the squared singular values.

    Raises:
        ValueError: a weight has no values, or holds NaN or infinity.
    """
    found = {}
    for name in names:
        matrices = _matrices(name, model.get_submodule(name))
        if matrices.is_meta:
            raise ValueError(f"energy: {name!r} has no values, on the meta device; write ranks")
        kept = torch.linalg.svdvals(matrices).square().sum(0).cumsum(0)
        found[name] = 1 + int((kept < energy * kept[-1]).sum())
    return found


def _matrices(name: str, layer: Any) -> Tensor:
    """Return the weight of a layer as (groups, outputs, inputs), of double precision."""
    weight: Tensor = layer.weight.detach()
    if not (weight.is_meta or bool(weight.isfinite().all())):
        raise ValueError(f"the weight of {name!r} holds NaN or infinity; give one of a training that converged")
    groups = getattr(layer, "groups", 1)
    return weight.reshape(groups, len(weight) // groups, -1).to(torch.promote_types(weight.dtype, torch.float64))


def _thin_layers(layer: Any, rank: int, matrices: Tensor, memo: dict[int, Any]) -> Factorised:
    """Return two layers whose product is the best approximation of a rank (Eckart and Young, 1936).

    Both get the square root of each singular value, so that their weights are of the same size.
    """
    left, values, right = torch.linalg.svd(matrices, full_matrices=False)
    roots = values[:, :rank].sqrt()
    first, second = _linear(layer, rank) if isinstance(layer, nn.Linear) else _convolutions(layer, rank)
    factors = roots[:, :, None] * right[:, :rank], left[:, :, :rank] * roots[:, None]
    for thin, factor in zip((first, second), factors, strict=True):
        weight = factor.reshape(thin.weight.shape).to(layer.weight.dtype)
        thin.weight = nn.Parameter(weight, layer.weight.requires_grad)
    second.bias = copy.deepcopy(layer.bias, memo)  # by the memo of the model, so that a shared bias stays shared
    return Factorised(first, second).train(layer.training)


def _linear(layer: nn.Linear, rank: int) -> tuple[nn.Linear, nn.Linear]:
    """Return two linear layers without values."""
    first = nn.Linear(layer.in_features, rank, bias=False, device="meta")
    return first, nn.Linear(rank, layer.out_features, bias=False, device="meta")


def _convolutions(layer: Any, rank: int) -> tuple[Any, Any]:
    """Return two convolutions without values; the first has the stride and the padding."""
    kind = next(kind for kind in KINDS if isinstance(layer, kind))
    groups, width = layer.groups, layer.groups * rank
    options = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups", "padding_mode")}
    first = kind(layer.in_channels, width, 1, bias=False, device="meta", **options)
    return first, kind(width, layer.out_channels, 1, groups=groups, bias=False, device="meta")
