"""The blocks of transformers: attention, the feed-forward part, both with norms and shortcuts, and patches."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from fgspace import Add, FineGrainedSpace, InWidth, Leaf, Sequential, Tuple, nn

from fgspace_transformer.leaves import Attend, MapTokens

Activation = Literal["gelu", "gelu_tanh", "relu", "silu"]
"""The activation of a feed-forward part; `gelu_tanh` is the approximation that GPT-2 has."""
ACTIVATIONS: Mapping[str, Callable[[], Leaf]] = {
    "gelu": nn.GELU,
    "gelu_tanh": partial(nn.GELU, approximate="tanh"),
    "relu": nn.ReLU,
    "silu": nn.SiLU,
}


class Attention(FineGrainedSpace):
    """Attention of several heads: linear layers for queries, keys and values, the heads, and one for what they read.

    Maps (N, L, in_features) to the same shape. A head is `head_width` wide; by default, all heads together are as wide
    as the input. `causal` hides later tokens from earlier ones. Raises ValueError for `heads` and a `head_width` below
    1, and for heads that do not divide the width where no `head_width` is given.
    Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
    """

    def constructor(
        self,
        in_features: InWidth,
        heads: int = 8,
        head_width: int | None = None,
        causal: bool = False,
        dropout: float = 0.0,
    ) -> None:
        """Set the three projections side by side, the heads, and the last projection."""
        _check(heads=heads, head_width=1 if head_width is None else head_width)
        if head_width is None and in_features % heads:
            raise ValueError(f"heads must divide the width {in_features}, got {heads!r}; or give head_width")
        each = in_features // heads if head_width is None else head_width
        self.projected = Tuple(
            query=nn.Linear(in_features, heads * each),
            key=nn.Linear(in_features, heads * each),
            value=nn.Linear(in_features, heads * each),
        )
        self.attend = Leaf(Attend, (each, causal))
        self.out = nn.Linear(heads * each, in_features)
        if dropout:
            self.drop = nn.Dropout(dropout)


class FeedForward(FineGrainedSpace):
    """Two linear layers with an activation between them.

    Maps (N, L, in_features) to the same shape. Between the layers there are in_features·mlp_ratio features, rounded.
    Raises ValueError for a ratio that leaves none, and for an unknown activation.
    """

    def constructor(
        self,
        in_features: InWidth,
        mlp_ratio: float = 4,
        activation: Activation = "gelu",
        dropout: float = 0.0,
    ) -> None:
        """Set the layers."""
        inner = round(in_features * mlp_ratio)
        if inner < 1:
            raise ValueError(f"mlp_ratio must leave at least one feature of {in_features}, got {mlp_ratio!r}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; got {activation!r}")
        self.expand = nn.Linear(in_features, inner)
        self.act = ACTIVATIONS[activation]()
        self.project = nn.Linear(inner, in_features)
        if dropout:
            self.drop = nn.Dropout(dropout)


class TransformerBlock(FineGrainedSpace):
    """Attention, then a feed-forward part, each behind a norm and added to what goes in (pre-norm).

    Maps (N, L, in_features) to the same shape. `eps` is that of the norms. The other parameters are those of
    `Attention` and `FeedForward`, which raise ValueError for what they do not take.
    Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020.
    """

    def constructor(
        self,
        in_features: InWidth,
        heads: int = 8,
        mlp_ratio: float = 4,
        head_width: int | None = None,
        causal: bool = False,
        activation: Activation = "gelu",
        dropout: float = 0.0,
        eps: float = 1e-6,
    ) -> None:
        """Set the two sums of branch and shortcut."""
        attention = Attention(in_features, heads, head_width, causal, dropout)
        layers = FeedForward(in_features, mlp_ratio, activation, dropout)
        norm, norm2 = nn.LayerNorm(in_features, eps), nn.LayerNorm(in_features, eps)
        self.attention = Add(shortcut=nn.Identity(), branch=Sequential(norm=norm, heads=attention))
        self.mlp = Add(shortcut=nn.Identity(), branch=Sequential(norm=norm2, layers=layers))


class PatchEmbedding(FineGrainedSpace):
    """Cut the image into patches, make a token of each, and put the learned token of the class before them.

    Maps (N, in_channels, H, W) to (N, 1 + H/patch·W/patch, width), each division rounded down.
    Dosovitskiy et al., "An Image Is Worth 16x16 Words", ICLR 2021.
    """

    def constructor(self, in_channels: InWidth, width: int, patch: int = 16) -> None:
        """Set the convolution and the tokens."""
        self.conv = nn.Conv2d(in_channels, width, patch, patch)
        self.tokens = Leaf(MapTokens, (width,))


def _check(**numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value!r}")
