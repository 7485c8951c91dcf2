"""Whole residual networks: ResNet, given by its depth or block by block, and ResNetVariant, given by bits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fgspace import FineGrainedSpace, InWidth, ModuleRef

from fgspace_resnet.blocks import BasicBlock, BottleneckBlock
from fgspace_resnet.heads import LinearClassificationHead
from fgspace_resnet.layers import BasicLayer, Bits, VariantLayer
from fgspace_resnet.rows import check_bits, expansion_of, item_count, last_item, last_stage, stage_lengths
from fgspace_resnet.stems import stem


@dataclass(frozen=True)
class Depth:
    """The ResNet of one depth: its block, the lengths of its stages, and the width of the first stage."""

    block: Callable[..., Any]
    stages: tuple[int, ...]
    init_plane: int = 64


DEPTHS: Mapping[int, Depth] = {
    18: Depth(BasicBlock, (2, 2, 2, 2)),
    34: Depth(BasicBlock, (3, 4, 6, 3)),
    50: Depth(BottleneckBlock, (3, 4, 6, 3)),
    101: Depth(BottleneckBlock, (3, 4, 23, 3)),
    152: Depth(BottleneckBlock, (3, 8, 36, 3)),
    **{6 * n + 2: Depth(BasicBlock, (n, n, n), 16) for n in (3, 5, 7, 9, 18)},
}
"""He et al., CVPR 2016: table 1 for ImageNet, section 4.2 for CIFAR."""


class ResNet(FineGrainedSpace):
    """ResNet of a known depth, or with its blocks listed in `items`.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to the features of the last block if `num_class` is
    null. Known depths: 18, 34, 50, 101 and 152 (four stages that start at 64 channels) and 20, 32, 44, 56 and 110
    (three stages that start at 16 channels, the CIFAR networks).
    `block` and `num_reps`, the lengths of the stages, override those of the depth. With `items`, each parameter of the
    `num_reps` blocks is either a list with one value per block or a single value for all blocks, the stem has 64
    channels by default, and the depth only chooses the default `block`. `init_plane` sets the width of the stem and of
    the first stage; `out_plane` declares the outchannel of the last block. `small_input` chooses the stem for small
    images instead of the one for large images. Raises ValueError for an unknown depth, an `init_plane` below 1, a wrong
    `out_plane`, and lengths or widths that do not match.
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    """

    def constructor(
        self,
        depth: int,
        block: ModuleRef | None = None,
        items: dict[str, Any] | None = None,
        num_class: int | None = 10,
        num_reps: list[int] | int | None = None,
        init_plane: int | None = None,
        out_plane: int | None = None,
        small_input: bool = False,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, layers and head."""
        known = _known(depth, block, num_reps, items)
        block = block or known.block
        plane = _first_plane(init_plane, known, items)
        reps, last = _reps_and_last(known, plane, num_reps, items)
        _check_out_plane(out_plane, last)
        self.init_block = stem(plane, in_channels, small_input)
        self.layers = BasicLayer(plane, block, reps, items=items)
        if num_class is not None:
            self.head = LinearClassificationHead(last * expansion_of(block), num_class)


class ResNetVariant(FineGrainedSpace):
    """ResNet with two bits per block: one doubles the width, the other halves the size.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to the features of the last block if `num_class` is
    null. The blocks are those of the ResNet of depth `base_depth`. `doublechannel` and `downsample` have one bit per
    block, so their length is the number of blocks.
    `base_channel` is the width of the stem; `small_input` chooses the stem for small images. Raises ValueError for an
    unknown depth, and if the lists of bits are empty, differ in length or hold anything but 0 and 1.
    """

    def constructor(
        self,
        base_depth: int,
        base_channel: int,
        doublechannel: Bits,
        downsample: Bits,
        small_input: bool = True,
        num_class: int | None = 10,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, layers and head."""
        if base_depth not in DEPTHS:
            raise ValueError(f"base_depth must be one of {known_depths()}; got {base_depth!r}")
        check_bits(doublechannel, downsample)
        block = DEPTHS[base_depth].block
        self.init_block = stem(base_channel, in_channels, small_input)
        self.layers = VariantLayer(base_channel, doublechannel, downsample, block)
        if num_class is not None:
            width = (base_channel << sum(doublechannel)) * expansion_of(block)
            self.head = LinearClassificationHead(width, num_class)


def known_depths() -> str:
    """Return the known depths, separated by commas."""
    return ", ".join(map(str, sorted(DEPTHS)))


def _known(depth: int, block: Any, num_reps: Any, items: Any) -> Depth:
    if depth in DEPTHS:
        return DEPTHS[depth]
    if block is None or num_reps is None or items is None:
        raise ValueError(f"depth must be one of {known_depths()}, or needs block, num_reps and items; got {depth!r}")
    return Depth(block, ())


def _first_plane(init_plane: int | None, known: Depth, items: Any) -> int:
    if init_plane is None:
        return known.init_plane if items is None else 64
    if init_plane < 1:
        raise ValueError(f"init_plane must be at least 1, or left out; got {init_plane!r}")
    return init_plane


def _reps_and_last(
    known: Depth, plane: int, num_reps: list[int] | int | None, items: Mapping[str, Any] | None
) -> tuple[list[int] | int, int]:
    """Return the `layer_reps` of the `BasicLayer`, and the outchannel of its last block."""
    if items is not None:
        return item_count(items, num_reps), last_item(items)
    reps = list(known.stages) if num_reps is None else stage_lengths("num_reps", num_reps)
    return reps, last_stage(plane, reps)


def _check_out_plane(out_plane: int | None, last: int) -> None:
    if out_plane is not None and out_plane != last:
        raise ValueError(
            f"out_plane is {out_plane!r}, but the last block has outchannel {last}; leave it out, or write {last}"
        )
