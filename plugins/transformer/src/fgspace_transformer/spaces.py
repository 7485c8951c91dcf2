"""Spaces over the depth, the width, the heads and the MLP ratio of a transformer."""

from typing import Any

from fgspace import Choice, DescribedSpace, Domain, Int

from fgspace_transformer.networks import SIZES


class _TransformerSpace(DescribedSpace):
    """A network of which four values are searched; they start at sizes, and the width of a head is fixed."""

    def _start(self, kind: str, width: int, depth: int, heads: int, **fixed: Any) -> None:
        if min(width, depth, heads) < 1:
            raise ValueError(f"width, depth and heads must be at least 1, got {width}, {depth} and {heads}")
        if width % heads or width % 8:
            raise ValueError(f"width must be a multiple of heads ({heads}) and of 8, got {width!r}")
        sizes = {"width": width, "depth": depth, "heads": heads, "head_width": width // heads, "mlp_ratio": 4}
        self.net = {"type": f"transformer/{kind}", **fixed, **sizes}

    def description(self) -> dict[str, Any]:
        """Return the network to start from."""
        return {"type": "FineGrainedSpace", "modules": ["net"], "net": self.net}

    def hyper_parameters(self) -> dict[str, Domain]:
        """Return the domains of the four values."""
        width, depth, heads = (self.net[name] for name in ("width", "depth", "heads"))
        return {
            "net.width": Int(width // 2, width + width // 2, step=width // 8),
            "net.depth": Int(1, depth),
            "net.heads": Int(1, 2 * heads),
            "net.mlp_ratio": Choice((2, 3, 4)),
        }


class VisionTransformerSpace(_TransformerSpace):
    """Vision transformers: depth, width, heads and MLP ratio searched.

    Maps images (N, C, H, W) to logits (N, num_class), or to the features (N, width) if `num_class` is null. The search
    starts at the size that is given. Widths reach from a half to one and a half of its, in eighths, depths from 1 to
    its, heads from 1 to twice its; the width of a head is fixed. Raises ValueError for an unknown size. After the space
    of Chen et al., "AutoFormer", ICCV 2021.

    Args:
        size: the size to start from: tiny, small, base, large, huge.
        patch: the side of the patches.
        depth: the largest depth, at which the search starts; by default that of the size.
        num_class: the number of logits; null leaves the classifier out.
    """

    def __init__(
        self, size: str = "small", patch: int = 16, depth: int | None = None, num_class: int | None = 1000
    ) -> None:
        if size not in SIZES:
            raise ValueError(f"size must be one of {', '.join(SIZES)}; got {size!r}")
        width, deep, heads = SIZES[size]
        fixed = {"size": size, "patch": patch, "num_class": num_class}
        self._start("VisionTransformer", width, deep if depth is None else depth, heads, **fixed)


class LanguageModelSpace(_TransformerSpace):
    """Causal language models: depth, width, heads and MLP ratio searched.

    Maps integers (N, L) below `vocabulary` to logits (N, L, vocabulary). The search starts at the sizes that are given.
    Widths reach from a half to one and a half, in eighths, depths from 1 to the one given, heads from 1 to twice their
    number; the width of a head is fixed. Raises ValueError for a width that its heads or 8 do not divide.

    Args:
        vocabulary: the number of different tokens.
        width: the width to start from.
        depth: the largest depth, at which the search starts.
        heads: the number of heads to start from.
    """

    def __init__(self, vocabulary: int, width: int = 64, depth: int = 4, heads: int = 4) -> None:
        self._start("CausalLanguageModel", width, depth, heads, vocabulary=vocabulary)
