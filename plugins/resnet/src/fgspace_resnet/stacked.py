"""The residual block whose 1x1 convolutions are stacked: what `ResNetBlockSpace` puts in a row."""

from itertools import pairwise

from fgspace import Add, FineGrainedSpace, InWidth, nn

from fgspace_resnet.blocks import ShortCut


class StackedConv(FineGrainedSpace):
    """The branch of a `StackedBottleneck`: 1x1 convolutions, one of `kernel`, 1x1 convolutions, each with batch norm.

    Maps (N, inchannel, H, W) to (N, c3, H/stride, W/stride), where `n2` is 0 to (N, c2, H/stride, W/stride): `n1` 1x1
    convolutions to c1, the one of `kernel` to c2, with the stride, then `n2` 1x1 convolutions to c3. There is a ReLU
    between any two. Raises ValueError for a negative count and an even `kernel`.
    """

    def constructor(
        self,
        inchannel: InWidth,
        c1: int,
        c2: int,
        c3: int,
        kernel: int = 3,
        n1: int = 1,
        n2: int = 1,
        stride: int = 1,
    ) -> None:
        """Set the convolutions with their norms, as conv_0, bn_0, relu_0, conv_1, ..."""
        _check(kernel, n1, n2)
        widths = [inchannel, *[c1] * n1, c2, *[c3] * n2]
        for index, (width, out) in enumerate(pairwise(widths)):
            if index:
                self.add(f"relu_{index - 1}", nn.ReLU(inplace=True))
            size, step = (kernel, stride) if index == n1 else (1, 1)
            self.add(f"conv_{index}", nn.Conv2d(width, out, size, step, size // 2, bias=False))
            self.add(f"bn_{index}", nn.BatchNorm2d(out))


class StackedBottleneck(FineGrainedSpace):
    """1x1 convolutions, one of `kernel`, 1x1 convolutions, and a shortcut; a bottleneck where `n1` and `n2` are 1.

    Maps (N, inchannel, H, W) to (N, c3, H/stride, W/stride), where `n2` is 0 to (N, c2, H/stride, W/stride): c1 is the
    width of the `n1` 1x1 convolutions before the one of `kernel`, c2 of that one, c3 of the `n2` after it; a width says
    nothing where its count is 0. Raises ValueError for a negative count and an even `kernel`.
    """

    def constructor(
        self,
        inchannel: InWidth,
        c1: int,
        c2: int,
        c3: int,
        kernel: int = 3,
        n1: int = 1,
        n2: int = 1,
        stride: int = 1,
    ) -> None:
        """Set the sum of branch and shortcut, and its activation."""
        self.residual = Add(
            conv=StackedConv(inchannel, c1, c2, c3, kernel, n1, n2, stride),
            shortcut=ShortCut(inchannel, c3 if n2 else c2, stride=stride),
        )
        self.relu = nn.ReLU(inplace=True)


def _check(kernel: int, n1: int, n2: int) -> None:
    if kernel % 2 == 0:
        raise ValueError(f"kernel must be odd; got {kernel!r}")
    for name, count in (("n1", n1), ("n2", n2)):
        if count < 0:
            raise ValueError(f"{name} must be at least 0; got {count!r}")
