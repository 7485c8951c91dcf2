"""Whole MobileNets, versions 1 to 3, each built from the table of its paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fgspace import FineGrainedSpace, InWidth

from fgspace_mobilenet.blocks import DepthwiseSeparable, InvertedResidual, InvertedStage
from fgspace_mobilenet.convolutions import Activation, ConvNorm, scaled
from fgspace_mobilenet.heads import MobileNetHead, MobileNetV3Head


@dataclass(frozen=True)
class Stage:
    """A row of MobileNetV2's table: a stage of blocks of one width; the first has the stride."""

    expand_ratio: int
    width: int
    num_reps: int
    stride: int


@dataclass(frozen=True)
class Unit:
    """A row of MobileNetV3's tables: one inverted residual."""

    kernel: int
    inner: int
    width: int
    squeeze_excite: bool
    activation: Activation
    stride: int


V1_BLOCKS: tuple[tuple[int, int], ...] = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
"""Width and stride of each block: Howard et al., 2017, table 1."""

V2_STAGES: tuple[Stage, ...] = (
    Stage(1, 16, 1, 1),
    Stage(6, 24, 2, 2),
    Stage(6, 32, 3, 2),
    Stage(6, 64, 4, 2),
    Stage(6, 96, 3, 1),
    Stage(6, 160, 3, 2),
    Stage(6, 320, 1, 1),
)
"""Sandler et al., CVPR 2018, table 2."""

V3_LARGE: tuple[Unit, ...] = (
    Unit(3, 16, 16, False, "ReLU", 1),
    Unit(3, 64, 24, False, "ReLU", 2),
    Unit(3, 72, 24, False, "ReLU", 1),
    Unit(5, 72, 40, True, "ReLU", 2),
    Unit(5, 120, 40, True, "ReLU", 1),
    Unit(5, 120, 40, True, "ReLU", 1),
    Unit(3, 240, 80, False, "Hardswish", 2),
    Unit(3, 200, 80, False, "Hardswish", 1),
    Unit(3, 184, 80, False, "Hardswish", 1),
    Unit(3, 184, 80, False, "Hardswish", 1),
    Unit(3, 480, 112, True, "Hardswish", 1),
    Unit(3, 672, 112, True, "Hardswish", 1),
    Unit(5, 672, 160, True, "Hardswish", 2),
    Unit(5, 960, 160, True, "Hardswish", 1),
    Unit(5, 960, 160, True, "Hardswish", 1),
)
"""Howard et al., ICCV 2019, table 1."""

V3_SMALL: tuple[Unit, ...] = (
    Unit(3, 16, 16, True, "ReLU", 2),
    Unit(3, 72, 24, False, "ReLU", 2),
    Unit(3, 88, 24, False, "ReLU", 1),
    Unit(5, 96, 40, True, "Hardswish", 2),
    Unit(5, 240, 40, True, "Hardswish", 1),
    Unit(5, 240, 40, True, "Hardswish", 1),
    Unit(5, 120, 48, True, "Hardswish", 1),
    Unit(5, 144, 48, True, "Hardswish", 1),
    Unit(5, 288, 96, True, "Hardswish", 2),
    Unit(5, 576, 96, True, "Hardswish", 1),
    Unit(5, 576, 96, True, "Hardswish", 1),
)
"""Howard et al., ICCV 2019, table 2."""

V3_TABLES: Mapping[str, tuple[tuple[Unit, ...], int]] = {"small": (V3_SMALL, 1024), "large": (V3_LARGE, 1280)}
"""The blocks of each size, and the width of the hidden layer of its classifier."""


class MobileNetV1(FineGrainedSpace):
    """MobileNetV1: a 3x3 stem and 13 depthwise separable convolutions.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to features (N, 1024·width_mult, H/32, W/32) if
    `num_class` is null. Widths are rounded to multiples of 8. Raises ValueError if `width_mult` is not above 0.
    Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
    """

    def constructor(self, num_class: int | None = 10, width_mult: float = 1.0, in_channels: InWidth = 3) -> None:
        """Set stem, blocks and head."""
        width = scaled(32, width_mult)
        self.stem = ConvNorm(in_channels, width, 3, 2, activation="ReLU")
        for index, (plain, stride) in enumerate(V1_BLOCKS):
            setattr(self, f"block_{index}", DepthwiseSeparable(width, scaled(plain, width_mult), stride))
            width = scaled(plain, width_mult)
        if num_class is not None:
            self.head = MobileNetHead(width, num_class)


class MobileNetV2(FineGrainedSpace):
    """MobileNetV2: a 3x3 stem, 17 inverted residuals in seven stages, and a 1x1 convolution to 1280 channels.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to features
    (N, 1280·max(1, width_mult), H/32, W/32) if `num_class` is null. Widths are rounded to multiples of 8. Raises
    ValueError if `width_mult` is not above 0.
    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
    """

    def constructor(
        self,
        num_class: int | None = 10,
        width_mult: float = 1.0,
        dropout: float = 0.2,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, stages, the last convolution and head."""
        width, last = scaled(32, width_mult), scaled(1280, max(1.0, width_mult))
        self.stem = ConvNorm(in_channels, width, 3, 2, activation="ReLU6")
        for index, row in enumerate(V2_STAGES):
            oup = scaled(row.width, width_mult)
            stage = InvertedStage(width, oup, row.num_reps, row.stride, expand_ratio=row.expand_ratio)
            setattr(self, f"stage_{index}", stage)
            width = oup
        self.last = ConvNorm(width, last, activation="ReLU6")
        if num_class is not None:
            self.head = MobileNetHead(last, num_class, dropout)


class MobileNetV3(FineGrainedSpace):
    """MobileNetV3, small or large: a 3x3 stem, inverted residuals, some with squeeze-excite, and a 1x1 convolution.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to features (N, width, H/32, W/32) if `num_class` is
    null, where width is 576·width_mult for the small network and 960·width_mult for the large one. Widths are rounded
    to multiples of 8. Raises ValueError for another `size` and if `width_mult` is not above 0.
    Howard et al., "Searching for MobileNetV3", ICCV 2019.
    """

    def constructor(
        self,
        size: Literal["small", "large"] = "small",
        num_class: int | None = 10,
        width_mult: float = 1.0,
        dropout: float = 0.2,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, blocks, the last convolution and head."""
        if size not in V3_TABLES:
            raise ValueError(f"size must be 'small' or 'large', got {size!r}")
        units, hidden = V3_TABLES[size]
        width = scaled(16, width_mult)
        self.stem = ConvNorm(in_channels, width, 3, 2, activation="Hardswish")
        for index, unit in enumerate(units):
            setattr(self, f"block_{index}", _v3_block(width, unit, width_mult))
            width = scaled(unit.width, width_mult)
        self.last = ConvNorm(width, 6 * width, activation="Hardswish")
        if num_class is not None:
            self.head = MobileNetV3Head(6 * width, num_class, scaled(hidden, width_mult), dropout)


def _v3_block(inp: int, unit: Unit, width_mult: float) -> InvertedResidual:
    return InvertedResidual(
        inp,
        scaled(unit.width, width_mult),
        unit.stride,
        unit.kernel,
        inner_plane=scaled(unit.inner, width_mult),
        squeeze_excite=unit.squeeze_excite,
        activation=unit.activation,
    )
