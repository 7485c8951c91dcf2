"""Convolutions padded to keep the size at stride 1, alone or followed by batch norm and activation."""

from fgspace import FineGrainedSpace, InWidth, Leaf, nn


def conv1X1(inchannel: InWidth, outchannel: int, stride: int = 1) -> Leaf:
    """Make a 1x1 convolution: (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride)."""
    return nn.Conv2d(inchannel, outchannel, 1, stride, bias=False)


def conv3x3(
    inchannel: InWidth, outchannel: int, groups: int = 1, stride: int = 1, bias: bool = False, dilation: int = 1
) -> Leaf:
    """Make a 3x3 convolution: (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride)."""
    return nn.Conv2d(inchannel, outchannel, 3, stride, dilation, dilation, groups, bias)


def conv5x5(inchannel: InWidth, outchannel: int, stride: int = 1, bias: bool = False, dilation: int = 1) -> Leaf:
    """Make a 5x5 convolution: (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride)."""
    return nn.Conv2d(inchannel, outchannel, 5, stride, 2 * dilation, dilation, bias=bias)


def conv7x7(inchannel: InWidth, outchannel: int, stride: int = 1, bias: bool = False, dilation: int = 1) -> Leaf:
    """Make a 7x7 convolution: (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride)."""
    return nn.Conv2d(inchannel, outchannel, 7, stride, 3 * dilation, dilation, bias=bias)


class ConvBnRelu(FineGrainedSpace):
    """Convolution, batch norm, ReLU.

    Maps (N, inchannel, H, W) to (N, outchannel, H', W'), H' = (H + 2·padding - kernel_size) // stride + 1.
    `affine` gives the batch norm a learned scale and shift.
    """

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        kernel_size: int,
        stride: int,
        padding: int,
        affine: bool = True,
    ) -> None:
        """Set convolution, norm and activation."""
        self.conv = nn.Conv2d(inchannel, outchannel, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outchannel, affine=affine)
        self.relu = nn.ReLU(inplace=True)


class ConvBnRelu6(FineGrainedSpace):
    """Convolution, batch norm, ReLU6.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride) if `kernel` is odd.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 3, stride: int = 1) -> None:
        """Set convolution, norm and activation."""
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)
        self.relu6 = nn.ReLU6(inplace=True)
