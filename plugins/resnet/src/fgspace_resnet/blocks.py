"""Residual blocks: the sum of a branch of convolutions and a shortcut, followed by a ReLU."""

from typing import ClassVar

from fgspace import Add, FineGrainedSpace, InWidth, nn

from fgspace_resnet.convolutions import conv1X1, conv3x3


class ShortCut(FineGrainedSpace):
    """The shortcut of a residual block: the identity, or a 1x1 convolution with batch norm if the shapes differ.

    Maps (N, inchannel, H, W) to (N, outchannel·expansion, H/stride, W/stride); option B of He et al., CVPR 2016.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, expansion: int = 1, stride: int = 1) -> None:
        """Set the identity or the projection."""
        width = outchannel * expansion
        if stride == 1 and inchannel == width:
            self.identity = nn.Identity()
        else:
            self.conv = conv1X1(inchannel, width, stride)
            self.bn = nn.BatchNorm2d(width)


class BasicConv(FineGrainedSpace):
    """The branch of a `BasicBlock`: 3x3 convolution, batch norm, ReLU, 3x3 convolution, batch norm.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride). `inner_plane` is the number of channels between
    the convolutions; it defaults to `outchannel`. Raises ValueError if `inner_plane` is below 1, and if `groups` or
    `base_width` differs from its default.
    """

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        groups: int = 1,
        base_width: int = 64,
        stride: int = 1,
        inner_plane: int | None = None,
    ) -> None:
        """Set the two convolutions with their norms."""
        _check_ungrouped(groups, base_width)
        if inner_plane is not None and inner_plane < 1:
            raise ValueError(f"inner_plane must be at least 1, or left out; got {inner_plane!r}")
        inner = outchannel if inner_plane is None else inner_plane
        self.conv1 = conv3x3(inchannel, inner, stride=stride)
        self.bn1 = nn.BatchNorm2d(inner)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(inner, outchannel)
        self.bn2 = nn.BatchNorm2d(outchannel)


class BottleConv(FineGrainedSpace):
    """The branch of a `BottleneckBlock`: 1x1, 3x3 and 1x1 convolution, each with batch norm, and ReLUs between them.

    Maps (N, inchannel, H, W) to (N, outchannel·expansion, H/stride, W/stride). The 3x3 convolution has the stride; it
    has `groups` groups of outchannel·base_width // 64 channels each. Raises ValueError if `groups` or the number of
    channels of a group is below 1.
    """

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        expansion: int = 4,
        groups: int = 1,
        base_width: int = 64,
        stride: int = 1,
    ) -> None:
        """Set the three convolutions with their norms."""
        inner = _inner_width(outchannel, groups, base_width)
        self.conv1 = conv1X1(inchannel, inner)
        self.bn1 = nn.BatchNorm2d(inner)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(inner, inner, groups, stride)
        self.bn2 = nn.BatchNorm2d(inner)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv3 = conv1X1(inner, outchannel * expansion)
        self.bn3 = nn.BatchNorm2d(outchannel * expansion)


class BasicBlock(FineGrainedSpace):
    """Two 3x3 convolutions and a shortcut.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride). `inner_plane` is the number of channels between
    the convolutions; it defaults to `outchannel`. Raises ValueError if `inner_plane` is below 1, and if `groups` or
    `base_width` differs from its default: only `BottleneckBlock` has groups.
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    """

    expansion: ClassVar[int] = 1

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        groups: int = 1,
        base_width: int = 64,
        stride: int = 1,
        inner_plane: int | None = None,
    ) -> None:
        """Set the sum of branch and shortcut, and the ReLU."""
        self.residual = Add(
            conv=BasicConv(inchannel, outchannel, groups, base_width, stride, inner_plane),
            shortcut=ShortCut(inchannel, outchannel, self.expansion, stride),
        )
        self.relu = nn.ReLU(inplace=True)


class BottleneckBlock(FineGrainedSpace):
    """1x1, 3x3 and 1x1 convolution and a shortcut; the output has four times `outchannel` channels.

    Maps (N, inchannel, H, W) to (N, outchannel·4, H/stride, W/stride). The 3x3 convolution has the stride; it has
    `groups` groups of outchannel·base_width // 64 channels each. Raises ValueError if `groups` or the number of
    channels of a group is below 1. Without groups, the block of He et al., "Deep Residual Learning for Image
    Recognition", CVPR 2016; with groups, that of Xie et al., "Aggregated Residual Transformations for Deep Neural
    Networks", CVPR 2017.
    """

    expansion: ClassVar[int] = 4

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        groups: int = 1,
        base_width: int = 64,
        stride: int = 1,
    ) -> None:
        """Set the sum of branch and shortcut, and the ReLU."""
        self.residual = Add(
            conv=BottleConv(inchannel, outchannel, self.expansion, groups, base_width, stride),
            shortcut=ShortCut(inchannel, outchannel, self.expansion, stride),
        )
        self.relu = nn.ReLU(inplace=True)


def _check_ungrouped(groups: int, base_width: int) -> None:
    if groups != 1 or base_width != 64:
        raise ValueError(
            f"BasicBlock has no groups: groups must be 1 and base_width 64; got {groups!r} and {base_width!r}; "
            "use BottleneckBlock"
        )


def _inner_width(outchannel: int, groups: int, base_width: int) -> int:
    if groups < 1:
        raise ValueError(f"groups must be at least 1; got {groups!r}")
    width = outchannel * base_width // 64
    if width < 1:
        raise ValueError(
            f"outchannel · base_width // 64, the width of a group, must be at least 1; "
            f"got outchannel {outchannel!r} and base_width {base_width!r}"
        )
    return width * groups
