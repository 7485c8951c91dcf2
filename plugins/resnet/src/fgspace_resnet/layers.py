"""Rows of residual blocks: stage by stage, block by block, or with bits that say where to double and to halve."""

from typing import Annotated, Any

from fgspace import FineGrainedSpace, Int, InWidth, ModuleRef, OutWidth, Searched

from fgspace_resnet.rows import Row, check_bits, expansion_of, item_count, item_rows, stage_lengths, stage_rows

Bits = Annotated[list[int], Searched(Int(0, 1))]
"""One 0 or 1 a block, searched over 0 and 1."""


class BasicLayer(FineGrainedSpace):
    """Residual blocks in stages, or one by one.

    Maps (N, in_plane, H, W) to (N, C, H/s, W/s). Without `items`, `layer_reps` holds the lengths of the stages:
    stage i has outchannel in_plane·2^i, and its first block has stride 2 for i > 0, so s = 2^(stages-1) and
    C = in_plane·s·expansion. With `items`, each parameter of the blocks is a list with an entry a block, or one value
    for all; `layer_reps` is then the number of blocks, and C and s follow from items.outchannel and items.stride.
    `expansion` is the block's own where it is left out. Raises ValueError where lengths or widths do not fit.
    """

    def constructor(
        self,
        in_plane: InWidth,
        block: ModuleRef,
        layer_reps: list[int] | int,
        expansion: int | None = None,
        items: dict[str, Any] | None = None,
        groups: int = 1,
        base_width: int = 64,
    ) -> None:
        """Set the blocks, as layers_0, layers_1, ..."""
        expansion = expansion_of(block, expansion)
        shared = _grouping(groups, base_width)
        if items is None:
            rows = stage_rows(in_plane, stage_lengths("layer_reps", layer_reps), expansion)
        else:
            rows = item_rows(in_plane, items, item_count(items, layer_reps), expansion)
        for idx, row in enumerate(rows):
            self.add(f"layers_{idx}", block(**{**shared, **row}))


class VariantLayer(FineGrainedSpace):
    """Residual blocks whose bits say which of them double the width and which halve the size.

    Maps (N, in_plane, H, W) to (N, in_plane·2^d·expansion, H/2^h, W/2^h), where d and h are the sums of
    `doublechannel` and `downsample`, which hold one 0 or 1 a block. `out_plane` declares the width that comes out,
    `expansion` is the block's own where it is left out. Raises ValueError where they do not fit.
    """

    def constructor(
        self,
        in_plane: InWidth,
        doublechannel: Bits,
        downsample: Bits,
        block: ModuleRef,
        out_plane: OutWidth = None,
        expansion: int | None = None,
        groups: int = 1,
        base_width: int = 64,
    ) -> None:
        """Set the blocks, as layers_0, layers_1, ..."""
        check_bits(doublechannel, downsample)
        expansion = expansion_of(block, expansion)
        shared = _grouping(groups, base_width)
        width, out = in_plane, in_plane
        for idx, (double, down) in enumerate(zip(doublechannel, downsample, strict=True)):
            out <<= double
            self.add(f"layers_{idx}", block(inchannel=width, outchannel=out, stride=1 + down, **shared))
            width = out * expansion
        if out_plane is not None and out_plane != width:
            raise ValueError(
                f"out_plane is {out_plane!r}, but the blocks put out {width}; leave it out, or write {width}"
            )


def _grouping(groups: int, base_width: int) -> Row:
    """Return what blocks are told about groups: nothing where there are none, so that any block will do."""
    return {} if groups == 1 and base_width == 64 else {"groups": groups, "base_width": base_width}
