"""ResNeXt, residual networks with grouped bottlenecks: ResNeXt, given by name, and ResNeXtVariant, given by bits."""

from collections.abc import Mapping
from typing import NamedTuple

from fgspace import FineGrainedSpace, InWidth

from fgspace_resnet.blocks import BottleneckBlock
from fgspace_resnet.heads import LinearClassificationHead
from fgspace_resnet.layers import BasicLayer, Bits, VariantLayer
from fgspace_resnet.networks import DEPTHS
from fgspace_resnet.rows import check_bits, last_stage, stage_lengths
from fgspace_resnet.stems import stem


class Cardinality(NamedTuple):
    """The ResNeXt of one name: the depth of its ResNet, its number of groups, and their width at outchannel 64."""

    depth: int
    groups: int
    base_width: int


NAMES: Mapping[str, Cardinality] = {
    "resnext50_32x4d": Cardinality(50, 32, 4),
    "resnext101_32x8d": Cardinality(101, 32, 8),
    "resnext101_64x4d": Cardinality(101, 64, 4),
}


class ResNeXt(FineGrainedSpace):
    """ResNeXt by name: resnext50_32x4d has the stages of ResNet-50, and 32 groups of 4 channels at outchannel 64.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to the features of the last block if `num_class` is
    null. Names: resnext50_32x4d, resnext101_32x8d and resnext101_64x4d; resnet50_32x4d is resnext50_32x4d, and so on.
    `num_reps`, the lengths of the stages, `groups` and `base_width` override those of the name. `init_plane` is the
    width of the stem and of the first stage. `small_input` chooses the stem for small images instead of the one for
    large images. Raises ValueError for an unknown name, and for a `num_reps` that is not a list of stage lengths.
    Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017.
    """

    def constructor(
        self,
        name: str,
        num_class: int | None = 10,
        num_reps: list[int] | None = None,
        groups: int | None = None,
        base_width: int | None = None,
        init_plane: int = 64,
        small_input: bool = False,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, layers and head."""
        known = _cardinality(name)
        reps = list(DEPTHS[known.depth].stages) if num_reps is None else stage_lengths("num_reps", num_reps)
        self.init_block = stem(init_plane, in_channels, small_input)
        self.layers = BasicLayer(
            init_plane,
            BottleneckBlock,
            reps,
            groups=known.groups if groups is None else groups,
            base_width=known.base_width if base_width is None else base_width,
        )
        if num_class is not None:
            width = last_stage(init_plane, reps) * BottleneckBlock.expansion
            self.head = LinearClassificationHead(width, num_class)


class ResNeXtVariant(FineGrainedSpace):
    """ResNeXt with two bits per block: one doubles the width, the other halves the size.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to the features of the last block if `num_class` is
    null. `name` sets the number of groups and their width as in `ResNeXt`. `doublechannel` and `downsample` have one
    bit per block, so their length is the number of blocks. `base_channel` is the width of the stem; `small_input`
    chooses the stem for small images. Raises ValueError for an unknown name, and if the lists of bits are empty, differ
    in length or hold anything but 0 and 1.
    """

    def constructor(
        self,
        name: str,
        base_channel: int,
        doublechannel: Bits,
        downsample: Bits,
        small_input: bool = True,
        num_class: int | None = 10,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, layers and head."""
        known = _cardinality(name)
        check_bits(doublechannel, downsample)
        self.init_block = stem(base_channel, in_channels, small_input)
        self.layers = VariantLayer(
            base_channel,
            doublechannel,
            downsample,
            BottleneckBlock,
            groups=known.groups,
            base_width=known.base_width,
        )
        if num_class is not None:
            width = (base_channel << sum(doublechannel)) * BottleneckBlock.expansion
            self.head = LinearClassificationHead(width, num_class)


def _cardinality(name: str) -> Cardinality:
    known = NAMES.get(name.replace("resnet", "resnext", 1))
    if known is None:
        raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")
    return known
