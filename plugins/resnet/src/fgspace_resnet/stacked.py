"""Bottlenecks with a variable number of 1x1 convolutions: the blocks of `ResNetBlockSpace`."""

from itertools import pairwise

from fgspace import Add, FineGrainedSpace, InWidth, nn

from fgspace_resnet.blocks import ShortCut


class StackedConv(FineGrainedSpace):
    """The branch of a `StackedBottleneck`: 1x1 convolutions around one with the given kernel.

    Maps (N, inchannel, H, W) to (N, c3, H/stride, W/stride), or to (N, c2, H/stride, W/stride) if `n2` is 0: `n1` 1x1
    convolutions to c1 channels, a convolution with `kernel` and `stride` to c2, then `n2` 1x1 convolutions to c3. Each
    has batch norm; ReLUs stand between them. Raises ValueError for a negative count and an even `kernel`.
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
    """A bottleneck with `n1` 1x1 convolutions before and `n2` after the middle convolution, and a shortcut.

    Maps (N, inchannel, H, W) to (N, c3, H/stride, W/stride), or to (N, c2, H/stride, W/stride) if `n2` is 0. The first
    1x1 convolutions have c1 output channels, the middle convolution, of size `kernel`, has c2, the last 1x1
    convolutions have c3. With `n1` 0, c1 has no effect; with `n2` 0, c3 has none. Raises ValueError for a negative
    count and an even `kernel`.
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
        """Set the sum of branch and shortcut, and the ReLU."""
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
