"""Inception blocks: parallel branches of convolutions on one input, whose outputs are concatenated."""

from collections.abc import Sequence
from typing import Literal

from fgspace import Concat, FineGrainedSpace, InWidth, Leaf, Sequential, nn

Pool = Literal["avg", "max"]
"""The pooling of the pooled branch: average or maximum."""


class ConvUnit(FineGrainedSpace):
    """Convolution without bias, batch norm, ReLU.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up, if `kernel` is odd.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 1, stride: int = 1) -> None:
        """Set convolution, norm and activation."""
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)
        self.relu = nn.ReLU(inplace=True)


class InceptionABlock(FineGrainedSpace):
    """Four branches: a pooled one, a 1x1 convolution, and two with one and two convolutions of size `kernel`.

    Maps (N, inchannel, H, W) to (N, c0 + c1 + c3 + c6, H/stride, W/stride), where `channels` = [c0, ..., c6] are the
    output channels of the convolutions. The branches: pooling, 1x1 (c0); 1x1 (c1); 1x1 (c2), `kernel` (c3); 1x1 (c4),
    `kernel` (c5), `kernel` (c6). Every convolution has batch norm and ReLU; the last one of each branch has the stride;
    pooling has size `kernel` and stride 1. Raises ValueError for another number of channels, a channel count below 1,
    an even `kernel` or an unknown `pool`. After figure 5 of Szegedy et al., "Rethinking the Inception Architecture for
    Computer Vision", CVPR 2016.
    """

    def constructor(
        self, inchannel: InWidth, channels: list[int], kernel: int = 3, pool: Pool = "avg", stride: int = 1
    ) -> None:
        """Set the branches and their concatenation."""
        _check("InceptionABlock", 7, channels, kernel)
        c0, c1, c2, c3, c4, c5, c6 = channels
        self.branches = Concat(
            pooled=Sequential(pool=_pooling(pool, kernel), conv=ConvUnit(inchannel, c0, 1, stride)),
            pointwise=ConvUnit(inchannel, c1, 1, stride),
            shallow=Sequential(narrow=ConvUnit(inchannel, c2), conv=ConvUnit(c2, c3, kernel, stride)),
            deep=Sequential(
                narrow=ConvUnit(inchannel, c4), conv1=ConvUnit(c4, c5, kernel), conv2=ConvUnit(c5, c6, kernel, stride)
            ),
        )


class InceptionCBlock(FineGrainedSpace):
    """Four branches: a pooled one, a 1x1 convolution, and two that end in a pair of parallel convolutions.

    Maps (N, inchannel, H, W) to (N, c0 + c1 + c3 + c4 + c7 + c8, H/stride, W/stride), where `channels` = [c0, ..., c8]
    are the output channels of the convolutions. The branches: pooling, 1x1 (c0); 1x1 (c1); 1x1 (c2), then `kernel` (c3)
    and `kernel` (c4) in parallel; 1x1 (c5), `kernel` (c6), then `kernel` (c7) and `kernel` (c8) in parallel. Every
    convolution has batch norm and ReLU; the last ones of each branch have the stride; pooling has size `kernel` and
    stride 1. Raises ValueError for another number of channels, a channel count below 1, an even `kernel` or an unknown
    `pool`. After figure 7 of Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
    with square kernels in place of its pairs of 1x3 and 3x1.
    """

    def constructor(
        self, inchannel: InWidth, channels: list[int], kernel: int = 3, pool: Pool = "avg", stride: int = 1
    ) -> None:
        """Set the branches and their concatenation."""
        _check("InceptionCBlock", 9, channels, kernel)
        c0, c1, c2, c3, c4, c5, c6, c7, c8 = channels
        self.branches = Concat(
            pooled=Sequential(pool=_pooling(pool, kernel), conv=ConvUnit(inchannel, c0, 1, stride)),
            pointwise=ConvUnit(inchannel, c1, 1, stride),
            shallow=Sequential(narrow=ConvUnit(inchannel, c2), fork=_fork(c2, c3, c4, kernel, stride)),
            deep=Sequential(
                narrow=ConvUnit(inchannel, c5),
                conv=ConvUnit(c5, c6, kernel),
                fork=_fork(c6, c7, c8, kernel, stride),
            ),
        )


def _fork(inchannel: int, left: int, right: int, kernel: int, stride: int) -> Concat:
    return Concat(
        left=ConvUnit(inchannel, left, kernel, stride),
        right=ConvUnit(inchannel, right, kernel, stride),
    )


def _pooling(pool: str, kernel: int) -> Leaf:
    """Return pooling at stride 1 that keeps the size; the average leaves the padding out."""
    if pool == "max":
        return nn.MaxPool2d(kernel, 1, kernel // 2)
    if pool == "avg":
        return nn.AvgPool2d(kernel, 1, kernel // 2, count_include_pad=False)
    raise ValueError(f"pool must be 'avg' or 'max', got {pool!r}")


def _check(block: str, count: int, channels: Sequence[int], kernel: int) -> None:
    if len(channels) != count:
        raise ValueError(f"{block} takes {count} channels, got {len(channels)}")
    if min(channels) < 1:
        raise ValueError(f"channels must be at least 1, got {min(channels)!r}")
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd, got {kernel!r}")
