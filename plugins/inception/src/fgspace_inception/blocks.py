"""Inception blocks: parallel branches of convolutions over one input, their outputs side by side."""

from collections.abc import Sequence
from typing import Literal

from fgspace import Concat, FineGrainedSpace, InWidth, Leaf, Sequential, nn

Pool = Literal["avg", "max"]
"""Which pooling the pooled branch begins with."""


class ConvUnit(FineGrainedSpace):
    """Convolution without bias, batch norm, ReLU.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), odd sizes rounded up.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 1, stride: int = 1) -> None:
        """Set convolution, norm and activation."""
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)
        self.relu = nn.ReLU(inplace=True)


class InceptionABlock(FineGrainedSpace):
    """Four branches: pooled, 1x1, one convolution deep, two convolutions deep.

    Maps (N, inchannel, H, W) to (N, c0 + c1 + c3 + c6, H/stride, W/stride), with `channels` = c0, ..., c6: pooling and
    1x1 to c0; 1x1 to c1; 1x1 to c2 and `kernel` to c3; 1x1 to c4, `kernel` to c5 and `kernel` to c6. Every convolution
    has batch norm and ReLU; the last of each branch has the stride; pooling is over `kernel` at stride 1. Raises
    ValueError for another number of channels, a channel count below 1, an even `kernel` or an unknown `pool`. After
    figure 5 of Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016.
    """

    def constructor(
        self, inchannel: InWidth, channels: list[int], kernel: int = 3, pool: Pool = "avg", stride: int = 1
    ) -> None:
        """Set the branches side by side."""
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
    """Four branches: pooled, 1x1, one that forks after a 1x1, one that forks a convolution later.

    Maps (N, inchannel, H, W) to (N, c0 + c1 + c3 + c4 + c7 + c8, H/stride, W/stride), with `channels` = c0, ..., c8:
    pooling and 1x1 to c0; 1x1 to c1; 1x1 to c2 and from there `kernel` to c3 and to c4; 1x1 to c5, `kernel` to c6 and
    from there `kernel` to c7 and to c8. Every convolution has batch norm and ReLU; the last of each branch has the
    stride; pooling is over `kernel` at stride 1. Raises ValueError for another number of channels, a channel count
    below 1, an even `kernel` or an unknown `pool`. After figure 7 of Szegedy et al., "Rethinking the Inception
    Architecture for Computer Vision", CVPR 2016, with square kernels where it has 1x3 beside 3x1.
    """

    def constructor(
        self, inchannel: InWidth, channels: list[int], kernel: int = 3, pool: Pool = "avg", stride: int = 1
    ) -> None:
        """Set the branches side by side."""
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
    """Pool at stride 1 over what lies inside the image: padding does not count."""
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
