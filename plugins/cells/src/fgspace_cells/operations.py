"""The operations of an edge of a cell, each a composite: convolutions, poolings, connections."""

from typing import Literal

from fgspace import Concat, FineGrainedSpace, Interpolate, InWidth, Sequential, nn

Pool = Literal["avg", "max"]
"""The pooling of a `Pool3x3`: average or maximum."""


class ReLUConvBN(FineGrainedSpace):
    """ReLU, convolution without bias, batch norm.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. Raises ValueError for an even
    `kernel`. Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 1, stride: int = 1) -> None:
        """Set activation, convolution and norm."""
        _check_odd(kernel)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)


class ConvBNReLU(FineGrainedSpace):
    """Convolution without bias, batch norm, ReLU; the convolution may be dilated, and separable.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. If `separable`, the convolution is
    depthwise, and a 1x1 convolution follows. Raises ValueError for an even `kernel`. Nekrasov et al., "Fast Neural
    Architecture Search of Compact Semantic Segmentation Models via Auxiliary Cells", CVPR 2019.
    """

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        kernel: int = 1,
        stride: int = 1,
        dilation: int = 1,
        separable: bool = False,
    ) -> None:
        """Set the convolution or the two convolutions, norm and activation."""
        _check_odd(kernel)
        sizes = {"stride": stride, "padding": dilation * (kernel // 2), "dilation": dilation, "bias": False}
        if separable:
            self.depthwise = nn.Conv2d(inchannel, inchannel, kernel, groups=inchannel, **sizes)
            self.pointwise = nn.Conv2d(inchannel, outchannel, 1, bias=False)
        else:
            self.conv = nn.Conv2d(inchannel, outchannel, kernel, **sizes)
        self.bn = nn.BatchNorm2d(outchannel)
        self.relu = nn.ReLU()


class DilConv(FineGrainedSpace):
    """ReLU, dilated depthwise convolution, 1x1 convolution, batch norm.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. Raises ValueError for an even
    `kernel`. Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def constructor(
        self, inchannel: InWidth, outchannel: int, kernel: int = 3, stride: int = 1, dilation: int = 2
    ) -> None:
        """Set activation, the two convolutions and norm."""
        _check_odd(kernel)
        padding = dilation * (kernel // 2)
        self.relu = nn.ReLU()
        self.depthwise = nn.Conv2d(
            inchannel, inchannel, kernel, stride, padding, dilation, groups=inchannel, bias=False
        )
        self.pointwise = nn.Conv2d(inchannel, outchannel, 1, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)


class SepConv(FineGrainedSpace):
    """Two depthwise separable convolutions, each after a ReLU and before a batch norm; the first has the stride.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. Raises ValueError for an even
    `kernel`. Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 3, stride: int = 1) -> None:
        """Set the two convolutions."""
        self.first = DilConv(inchannel, inchannel, kernel, stride, dilation=1)
        self.second = DilConv(inchannel, outchannel, kernel, dilation=1)


class AsymmetricConv(FineGrainedSpace):
    """ReLU, a convolution along the width, one along the height, batch norm.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. Raises ValueError for an even
    `kernel`. After Zoph et al., "Learning Transferable Architectures for Scalable Image Recognition", CVPR 2018.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, kernel: int = 7, stride: int = 1) -> None:
        """Set activation, the two convolutions and norm."""
        _check_odd(kernel)
        half = kernel // 2
        self.relu = nn.ReLU()
        self.across = nn.Conv2d(inchannel, inchannel, (1, kernel), (1, stride), (0, half), bias=False)
        self.down = nn.Conv2d(inchannel, outchannel, (kernel, 1), (stride, 1), (half, 0), bias=False)
        self.bn = nn.BatchNorm2d(outchannel)


class GlobalPoolConv(FineGrainedSpace):
    """The mean of the whole map, 1x1 convolution, batch norm, ReLU; the result stands at every place of the output.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. Training needs at least two images in
    a batch. Nekrasov et al., "Fast Neural Architecture Search of Compact Semantic Segmentation Models via Auxiliary
    Cells", CVPR 2019.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, stride: int = 1) -> None:
        """Set the mean, the convolution, and the way back to the size of the map."""
        self.context = Interpolate(pool=nn.AdaptiveAvgPool2d(1), conv=ConvBNReLU(inchannel, outchannel))
        if stride != 1:
            self.subsample = nn.AvgPool2d(1, stride)


class FactorizedReduce(FineGrainedSpace):
    """ReLU, then two 1x1 convolutions with stride 2, the second on the map moved by one pixel; concatenation, norm.

    Maps (N, inchannel, H, W) to (N, outchannel, H/2, W/2), rounded up. Raises ValueError for an `outchannel` below 2.
    Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def constructor(self, inchannel: InWidth, outchannel: int) -> None:
        """Set activation, the two convolutions and norm."""
        if outchannel < 2:
            raise ValueError(f"outchannel must be at least 2, got {outchannel!r}")
        half = outchannel // 2
        self.relu = nn.ReLU()
        self.halves = Concat(
            plain=nn.Conv2d(inchannel, half, 1, 2, bias=False),
            # One pixel up and left; a row and a column of zeros follow, for maps of odd size.
            moved=Sequential(
                move=nn.ZeroPad2d((-1, 1, -1, 1)), conv=nn.Conv2d(inchannel, outchannel - half, 1, 2, bias=False)
            ),
        )
        self.bn = nn.BatchNorm2d(outchannel)


class SkipConnect(FineGrainedSpace):
    """The identity where shapes allow; `FactorizedReduce` at stride 2; else `ReLUConvBN` with a 1x1 convolution.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. `outchannel` defaults to `inchannel`.
    Raises ValueError for an `outchannel` below 2 at stride 2.
    """

    def constructor(self, inchannel: InWidth, outchannel: int | None = None, stride: int = 1) -> None:
        """Set the connection."""
        outchannel = inchannel if outchannel is None else outchannel
        if stride == 2:
            self.reduce = FactorizedReduce(inchannel, outchannel)
        elif stride != 1 or inchannel != outchannel:
            self.project = ReLUConvBN(inchannel, outchannel, 1, stride)
        else:
            self.identity = nn.Identity()


class Pool3x3(FineGrainedSpace):
    """3x3 pooling; if the width changes, `ReLUConvBN` with a 1x1 convolution before it.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. `outchannel` defaults to `inchannel`.
    The average leaves the padding out. Raises ValueError for an unknown `pool`.
    """

    def constructor(
        self, inchannel: InWidth, outchannel: int | None = None, pool: Pool = "avg", stride: int = 1
    ) -> None:
        """Set the pooling, and what comes before it."""
        if outchannel not in (None, inchannel):
            self.project = ReLUConvBN(inchannel, outchannel)
        if pool == "max":
            self.pool = nn.MaxPool2d(3, stride, 1)
        elif pool == "avg":
            self.pool = nn.AvgPool2d(3, stride, 1, count_include_pad=False)
        else:
            raise ValueError(f"pool must be 'avg' or 'max', got {pool!r}")


class DropPath(FineGrainedSpace):
    """Sets the whole output of an operation to zero for some images of a batch, in training only.

    Maps (N, inchannel, H, W) to the same. An image is dropped with `probability`, and what is kept is divided by
    1 - `probability`. Larsson et al., "FractalNet: Ultra-Deep Neural Networks without Residuals", ICLR 2017.
    """

    def constructor(self, inchannel: InWidth, probability: float = 0.2) -> None:
        """Set the dropout of an image that is one channel of volume (inchannel, H, W)."""
        self.as_one = nn.Unflatten(1, (1, inchannel))
        self.drop = nn.Dropout3d(probability)
        self.as_many = nn.Flatten(1, 2)


def _check_odd(kernel: int) -> None:
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd, got {kernel!r}")
