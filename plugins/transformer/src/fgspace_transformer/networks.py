"""Whole networks: the vision transformer, and a causal language model."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fgspace import FineGrainedSpace, InWidth, Leaf, Sequential, nn

from fgspace_transformer.blocks import PatchEmbedding, TransformerBlock
from fgspace_transformer.leaves import FirstToken

SIZES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    dict(tiny=(192, 12, 3), small=(384, 12, 6), base=(768, 12, 12), large=(1024, 24, 16), huge=(1280, 32, 16))
)
"""Width, depth and heads. Base to huge: table 1 of Dosovitskiy et al.; the others: table 1 of Touvron et al. (DeiT)."""
POSITIONS = "transformer/LearnedPositions"
"""A type, in place of a part, so that the number of positions follows from the input."""


class VisionTransformer(FineGrainedSpace):
    """Vision transformer (ViT) of a named size, or with width, depth and heads of its own.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to the features (N, width) if `num_class` is null.
    The number of positions follows from the size of the images. Sizes: tiny, small, base, large, huge; `width`, `depth`
    and `heads` override those of the size. Raises ValueError for an unknown size, and as `TransformerBlock` does.
    Dosovitskiy et al., "An Image Is Worth 16x16 Words: Transformers for Image Recognition at Scale", ICLR 2021.
    """

    def constructor(
        self,
        size: str = "small",
        patch: int = 16,
        width: int | None = None,
        depth: int | None = None,
        heads: int | None = None,
        mlp_ratio: float = 4,
        head_width: int | None = None,
        dropout: float = 0.0,
        num_class: int | None = 1000,
        in_channels: InWidth = 3,
    ) -> None:
        """Set patches, positions, blocks and head."""
        if size not in SIZES:
            raise ValueError(f"size must be one of {', '.join(SIZES)}; got {size!r}")
        wide, deep, many = (
            known if own is None else own for known, own in zip(SIZES[size], (width, depth, heads), strict=True)
        )
        self.patches = PatchEmbedding(in_channels, wide, patch)
        self.positions = {"type": POSITIONS, "width": wide}
        self.blocks = blocks(deep, wide, many, mlp_ratio, head_width, False, "gelu", dropout, 1e-6)
        self.norm = nn.LayerNorm(wide, 1e-6)
        self.first = Leaf(FirstToken)
        if num_class is not None:
            self.head = nn.Linear(wide, num_class)


class CausalLanguageModel(FineGrainedSpace):
    """Transformer that tells the next token from those before it, as GPT-2 does.

    Maps integers (N, L) below `vocabulary` to logits (N, L, vocabulary), those of the next token at each position. The
    number of positions follows from the input. The last layer has weights of its own. Raises ValueError as
    `TransformerBlock` does.
    Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
    """

    def constructor(
        self,
        vocabulary: int,
        width: int = 64,
        depth: int = 2,
        heads: int = 4,
        mlp_ratio: float = 4,
        head_width: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        """Set embedding, positions, blocks and the last layer."""
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = {"type": POSITIONS, "width": width}
        self.blocks = blocks(depth, width, heads, mlp_ratio, head_width, True, "gelu_tanh", dropout, 1e-5)
        self.norm = nn.LayerNorm(width, 1e-5)
        self.head = nn.Linear(width, vocabulary, bias=False)


def blocks(depth: int, *same: Any) -> Sequential:
    """Return `depth` blocks of equal sizes, called block_0, block_1, ...; raise ValueError for a depth below 1."""
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth!r}")
    return Sequential(**{f"block_{index}": TransformerBlock(*same) for index in range(depth)})
