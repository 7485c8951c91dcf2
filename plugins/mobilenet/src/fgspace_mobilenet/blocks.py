"""The blocks of MobileNets: depthwise separable convolutions, inverted residuals, and stages of the latter."""

from math import gcd

from fgspace import Add, FineGrainedSpace, InWidth, nn

from fgspace_mobilenet.convolutions import Activation, ConvNorm
from fgspace_mobilenet.excite import SqueezeExcite


class DepthwiseSeparable(FineGrainedSpace):
    """A depthwise and a 1x1 convolution, each with batch norm and activation; the block of MobileNetV1.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride). `inner_plane` is the width between the two
    convolutions; it defaults to `inchannel`. The number of groups of the first convolution is the greatest common
    divisor of `inchannel` and `inner_plane`, so it is depthwise if `inner_plane` is a multiple of `inchannel`.
    `always_depthwise` makes it one: `inner_plane` is rounded down to a multiple of `inchannel`, at least `inchannel`.
    Without an `activation` (null), there is none. Raises ValueError for an `inner_plane` below 1 and an even `kernel`.
    Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
    """

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        stride: int = 1,
        kernel: int = 3,
        inner_plane: int | None = None,
        activation: Activation | None = "ReLU",
        always_depthwise: bool = False,
    ) -> None:
        """Set the two convolutions with their norms and activations."""
        inner = inchannel if inner_plane is None else inner_plane
        if inner < 1:
            raise ValueError(f"inner_plane must be at least 1, got {inner!r}")
        if always_depthwise:
            inner = max(1, inner // inchannel) * inchannel
        groups = gcd(inchannel, inner)
        self.depthwise = ConvNorm(inchannel, inner, kernel, stride, groups, activation=activation)
        self.pointwise = ConvNorm(inner, outchannel, activation=activation)


class InvertedConv(FineGrainedSpace):
    """The branch of an `InvertedResidual`: 1x1 expansion, depthwise convolution, squeeze-excite, 1x1 projection.

    Maps (N, inp, H, W) to (N, oup, H/stride, W/stride). `inner_plane` is the width of the depthwise convolution; it
    defaults to round(inp·expand_ratio). If it equals `inp`, there is no expansion, unless `always_expand`.
    `squeeze_excite` adds the squeeze-excite; the projection has no activation. Raises ValueError for an inner width
    below 1 and an even `kernel`.
    """

    def constructor(
        self,
        inp: InWidth,
        oup: int,
        stride: int = 1,
        kernel: int = 3,
        expand_ratio: float = 1,
        inner_plane: int | None = None,
        squeeze_excite: bool = False,
        activation: Activation = "ReLU6",
        always_expand: bool = False,
    ) -> None:
        """Set the two or three convolutions, and the squeeze-excite."""
        inner = round(inp * expand_ratio) if inner_plane is None else inner_plane
        if inner < 1:
            raise ValueError(f"the inner width must be at least 1, got {inner!r}; raise inner_plane or expand_ratio")
        if inner != inp or always_expand:
            self.expand = ConvNorm(inp, inner, activation=activation)
        self.depthwise = ConvNorm(inner, inner, kernel, stride, groups=inner, activation=activation)
        if squeeze_excite:
            self.excite = SqueezeExcite(inner)
        self.project = ConvNorm(inner, oup)


class InvertedResidual(FineGrainedSpace):
    """A branch that widens and narrows, with an identity shortcut if shapes allow; the block of MobileNetV2 and V3.

    Maps (N, inp, H, W) to (N, oup, H/stride, W/stride). There is a shortcut if `stride` is 1 and `inp` equals `oup`.
    The parameters are those of its branch, `InvertedConv`. Raises ValueError for an inner width below 1 and an even
    `kernel`.
    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
    """

    def constructor(
        self,
        inp: InWidth,
        oup: int,
        stride: int = 1,
        kernel: int = 3,
        expand_ratio: float = 1,
        inner_plane: int | None = None,
        squeeze_excite: bool = False,
        activation: Activation = "ReLU6",
        always_expand: bool = False,
    ) -> None:
        """Set the branch, or the sum of branch and shortcut."""
        branch = InvertedConv(
            inp, oup, stride, kernel, expand_ratio, inner_plane, squeeze_excite, activation, always_expand
        )
        if stride == 1 and inp == oup:
            self.residual = Add(conv=branch, shortcut=nn.Identity())
        else:
            self.conv = branch


class InvertedStage(FineGrainedSpace):
    """A stage of `num_reps` inverted residuals of one width; the first has the stride.

    Maps (N, inp, H, W) to (N, oup, H/stride, W/stride). The other parameters are those of `InvertedResidual`. Raises
    ValueError for a `num_reps` or an inner width below 1 and an even `kernel`.
    """

    def constructor(
        self,
        inp: InWidth,
        oup: int,
        num_reps: int = 1,
        stride: int = 1,
        kernel: int = 3,
        expand_ratio: float = 1,
        squeeze_excite: bool = False,
        activation: Activation = "ReLU6",
        always_expand: bool = False,
    ) -> None:
        """Set the blocks as `block_0`, `block_1`, ..."""
        if num_reps < 1:
            raise ValueError(f"num_reps must be at least 1, got {num_reps!r}")
        same = {"squeeze_excite": squeeze_excite, "activation": activation, "always_expand": always_expand}
        for index in range(num_reps):
            block = InvertedResidual(oup if index else inp, oup, 1 if index else stride, kernel, expand_ratio, **same)
            setattr(self, f"block_{index}", block)
