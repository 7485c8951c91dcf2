"""Whole networks: ConvNeXt of both versions, by the names of their sizes or stage by stage."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fgspace import FineGrainedSpace, InWidth

from fgspace_convnext.blocks import ConvNeXtHead, ConvNeXtStage, ConvNeXtStem, Version

Stages = tuple[tuple[int, ...], int]
"""The number of blocks of each stage, and the width of the first; each further one doubles it."""

SIZES: Mapping[str, Stages] = MappingProxyType(
    {
        "atto": ((2, 2, 6, 2), 40),
        "femto": ((2, 2, 6, 2), 48),
        "pico": ((2, 2, 6, 2), 64),
        "nano": ((2, 2, 8, 2), 80),
        "tiny": ((3, 3, 9, 3), 96),
        "small": ((3, 3, 27, 3), 96),
        "base": ((3, 3, 27, 3), 128),
        "large": ((3, 3, 27, 3), 192),
        "xlarge": ((3, 3, 27, 3), 256),
        "huge": ((3, 3, 27, 3), 352),
    }
)
"""Liu et al., CVPR 2022, section 3: tiny to xlarge. Woo et al., CVPR 2023, appendix A: the others."""


class ConvNeXt(FineGrainedSpace):
    """ConvNeXt of a named size, or with its own stages.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to the features of the last stage, (N, width,
    H/(8·patch), W/(8·patch)), if `num_class` is null; each division rounds down. Sizes: atto, femto, pico, nano, tiny,
    small, base, large, xlarge, huge. `depths` and `widths` override the numbers of blocks and the widths of the stages
    that the size has; each stage but the first halves height and width. `patch` is the side of the patches that the
    stem cuts; 4 for images of 224×224, 1 or 2 for small ones. `drop_path` is the probability with which training leaves
    out the last block; it grows evenly from 0 at the first. Raises ValueError for an unknown size, depths and widths of
    different lengths, and what `ConvNeXtBlock` does not take.
    Liu et al., "A ConvNet for the 2020s", CVPR 2022. Version 2: Woo et al., "ConvNeXt V2", CVPR 2023.
    """

    def constructor(
        self,
        size: str = "tiny",
        depths: list[int] | None = None,
        widths: list[int] | None = None,
        version: Version = 1,
        patch: int = 4,
        kernel: int = 7,
        expansion: float = 4,
        layer_scale: float | None = 1e-6,
        drop_path: float = 0.0,
        num_class: int | None = 1000,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, stages and head."""
        deep, wide = _stages(size, depths, widths)
        self.stem = ConvNeXtStem(in_channels, wide[0], patch)
        rates = _growing(drop_path, sum(deep))
        for index, (depth, width) in enumerate(zip(deep, wide, strict=True)):
            before = sum(deep[:index])
            stage = ConvNeXtStage(
                *(wide[max(0, index - 1)], width, depth, 2 if index else 1, kernel, expansion, version, layer_scale),
                drop_path=rates[before : before + depth],
            )
            setattr(self, f"stage_{index}", stage)
        if num_class is not None:
            self.head = ConvNeXtHead(wide[-1], num_class)


def _stages(size: str, depths: list[int] | None, widths: list[int] | None) -> tuple[Sequence[int], Sequence[int]]:
    """Return the depths and the widths of the stages."""
    if size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}; got {size!r}")
    known, first = SIZES[size]
    deep = known if depths is None else depths
    wide = [first << index for index in range(len(deep))] if widths is None else widths
    if not deep or len(deep) != len(wide):
        raise ValueError(f"depths and widths must have one number for each stage, got {len(deep)} and {len(wide)}")
    return deep, wide


def _growing(last: float, count: int) -> list[float]:
    """Return `count` rates that grow evenly from 0 to `last`."""
    return [last * index / max(1, count - 1) for index in range(count)]
