"""The block of ConvNeXt, stages of such blocks, and what stands before and behind the stages."""

from typing import Literal

from fgspace import Add, FineGrainedSpace, InWidth, Leaf, View, nn

from fgspace_convnext.leaves import ChannelNorm, LayerScale, ResponseNorm, StochasticDepth

Version = Literal[1, 2]
"""Version 1 scales the branch of a block by a factor for each channel; version 2 has a `ResponseNorm` in it."""


class ConvNeXtBlock(FineGrainedSpace):
    """The sum of the identity and a branch: depthwise convolution, norm, two 1x1 convolutions with GELU between them.

    Maps (N, in_channels, H, W) to the same shape. Between the 1x1 convolutions there are in_channels·expansion
    channels, rounded. `layer_scale` is the initial factor of the branch in version 1 (null: no factor). `drop_path` is
    the probability that training leaves out the branch of an image. Raises ValueError for an even `kernel`, an
    expansion to no channel, and a `drop_path` that is no probability below 1.
    Liu et al., "A ConvNet for the 2020s", CVPR 2022. Version 2: Woo et al., "ConvNeXt V2", CVPR 2023.
    """

    def constructor(
        self,
        in_channels: InWidth,
        kernel: int = 7,
        expansion: float = 4,
        version: Version = 1,
        layer_scale: float | None = 1e-6,
        drop_path: float = 0.0,
    ) -> None:
        """Set the sum of shortcut and branch."""
        self.residual = Add(
            shortcut=nn.Identity(),
            branch=ConvNeXtBranch(in_channels, kernel, expansion, version, layer_scale, drop_path),
        )


class ConvNeXtBranch(FineGrainedSpace):
    """The branch of a `ConvNeXtBlock`, with the same parameters: maps (N, in_channels, H, W) to the same shape."""

    def constructor(
        self,
        in_channels: InWidth,
        kernel: int = 7,
        expansion: float = 4,
        version: Version = 1,
        layer_scale: float | None = 1e-6,
        drop_path: float = 0.0,
    ) -> None:
        """Set the convolutions, with norm, GELU and scale."""
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"kernel must be odd and at least 1, got {kernel!r}")
        if version not in (1, 2):
            raise ValueError(f"version must be 1 or 2, got {version!r}")
        inner = round(in_channels * expansion)
        if inner < 1:
            raise ValueError(f"expansion must leave at least one channel of {in_channels}, got {expansion!r}")
        self.depthwise = nn.Conv2d(in_channels, in_channels, kernel, padding=kernel // 2, groups=in_channels)
        self.norm = Leaf(ChannelNorm, (in_channels,))
        self.expand = nn.Conv2d(in_channels, inner, 1)
        self.act = nn.GELU()
        if version == 2:
            self.response = Leaf(ResponseNorm, (inner,))
        self.project = nn.Conv2d(inner, in_channels, 1)
        if version == 1 and layer_scale is not None:
            self.scale = Leaf(LayerScale, (in_channels, layer_scale))
        if drop_path:
            self.drop = Leaf(StochasticDepth, (drop_path,))


class ConvNeXtStage(FineGrainedSpace):
    """A stage of `depth` blocks of one width, after a norm and a convolution that changes width and size.

    Maps (N, in_channels, H, W) to (N, width, H/stride, W/stride). Norm and convolution are left out where neither
    changes. `drop_path` is one probability for all blocks, or a list of one each. The other parameters are those of
    `ConvNeXtBlock`. Raises ValueError for a `depth`, `width` or `stride` below 1 and a list of another length.
    """

    def constructor(
        self,
        in_channels: InWidth,
        width: int,
        depth: int = 3,
        stride: int = 2,
        kernel: int = 7,
        expansion: float = 4,
        version: Version = 1,
        layer_scale: float | None = 1e-6,
        drop_path: float | list[float] = 0.0,
    ) -> None:
        """Set the convolution that changes the size, and the blocks as `block_0`, `block_1`, ..."""
        for name, value in (("width", width), ("depth", depth), ("stride", stride)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value!r}")
        rates = drop_path if isinstance(drop_path, list | tuple) else [drop_path] * depth
        if len(rates) != depth:
            raise ValueError(f"drop_path must be one number, or {depth} of them (depth), got {len(rates)}")
        if stride > 1 or in_channels != width:
            self.norm = Leaf(ChannelNorm, (in_channels,))
            self.reduce = nn.Conv2d(in_channels, width, stride, stride)
        for index, rate in enumerate(rates):
            setattr(self, f"block_{index}", ConvNeXtBlock(width, kernel, expansion, version, layer_scale, rate))


class ConvNeXtStem(FineGrainedSpace):
    """Cut the image into patches: a convolution whose stride is its kernel, and a norm.

    Maps (N, in_channels, H, W) to (N, width, H/patch, W/patch), rounded down.
    """

    def constructor(self, in_channels: InWidth, width: int, patch: int = 4) -> None:
        """Set convolution and norm."""
        self.conv = nn.Conv2d(in_channels, width, patch, patch)
        self.norm = Leaf(ChannelNorm, (width,))


class ConvNeXtHead(FineGrainedSpace):
    """Mean over the image, norm, one linear layer: maps (N, in_channels, H, W) to (N, num_class) logits."""

    def constructor(self, in_channels: InWidth, num_class: int) -> None:
        """Set pooling, norm and the linear layer."""
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.view = View()
        self.norm = nn.LayerNorm(in_channels, 1e-6)
        self.linear = nn.Linear(in_channels, num_class)
