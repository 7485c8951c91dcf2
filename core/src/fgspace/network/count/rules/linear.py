"""Rules for linear layers and embeddings."""

from math import prod
from types import SimpleNamespace
from typing import Any

from fgspace.network.costs import Shape
from fgspace.network.count.rules.shapes import expect_positive, expect_tensor, expect_width
from fgspace.network.inputs import Input
from fgspace.network.resolve.cost_rules import Counted


def _linear(
    shape: Shape, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
) -> Counted:
    expect_tensor(shape)
    expect_positive(out_features=out_features)
    expect_width("in_features", in_features, shape, axis=-1)
    weights = in_features * out_features
    return (*shape[:-1], out_features), weights + (out_features if bias else 0), weights * prod(shape[:-1])


def _embedding(
    shape: Shape,
    num_embeddings: int,
    embedding_dim: int,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
    _weight: Any = None,
    _freeze: bool = False,
    device: Any = None,
    dtype: Any = None,
) -> Counted:
    expect_tensor(shape)
    expect_positive(num_embeddings=num_embeddings, embedding_dim=embedding_dim)
    if isinstance(shape, Input) and (shape.below or 0) > num_embeddings:
        raise ValueError(f"num_embeddings is {num_embeddings}, but the input holds integers below {shape.below}")
    return (*shape, embedding_dim), num_embeddings * embedding_dim, 0


RULES = SimpleNamespace(Linear=_linear, Embedding=_embedding)
