"""Sequences of residual blocks, described by stages, block by block, or by bits that double widths and halve sizes."""

from typing import Annotated, Any

from fgspace import FineGrainedSpace, Int, InWidth, ModuleRef, OutWidth, Searched

from fgspace_resnet.rows import Row, check_bits, expansion_of, item_count, item_rows, stage_lengths, stage_rows

Bits = Annotated[list[int], Searched(Int(0, 1), keeps_ones=True)]
"""One bit per block; a list that is searched keeps its number of ones, `{bits: n}` is free."""


class BasicLayer(FineGrainedSpace):
    """A sequence of residual blocks, given as stages or block by block.

    Maps (N, in_plane, H, W) to (N, C, H/s, W/s). Without `items`, `layer_reps` lists the lengths of the stages: stage i
    has outchannel in_plane·2^i, and its first block has stride 2 if i > 0, so s = 2^(stages-1) and
    C = in_plane·s·expansion. With `items`, each parameter of the blocks is either a list with one value per block or a
    single value for all blocks; `layer_reps` is then the number of blocks, and C and s follow from items.outchannel and
    items.stride. `expansion` defaults to that of `block`. Raises ValueError if there is no block, if the lengths or
    widths in `items` do not match, or if `expansion` is not that of `block`.
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
    """A sequence of residual blocks with two bits per block: one doubles the width, the other halves the size.

    Maps (N, in_plane, H, W) to (N, in_plane·2^d·expansion, H/2^h, W/2^h), where d and h are the numbers of ones in
    `doublechannel` and `downsample`. Both lists have one bit per block. `out_plane` declares the output width;
    `expansion` defaults to that of `block`. Raises ValueError if the lists are empty, differ in length or hold anything
    but 0 and 1, or if `out_plane` or `expansion` is wrong.
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
    """Return the grouping parameters of a block: none if there are no groups, as not every block type takes them."""
    return {} if groups == 1 and base_width == 64 else {"groups": groups, "base_width": base_width}
