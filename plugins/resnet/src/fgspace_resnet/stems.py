"""The stems of residual networks: one for large images and one for small images."""

from fgspace import FineGrainedSpace, InWidth, nn


class InitialBlock(FineGrainedSpace):
    """The stem for large images: 7x7 convolution at stride 2, batch norm, ReLU, 3x3 max pooling at stride 2.

    Maps (N, in_channels, H, W) to (N, init_plane, H/4, W/4).
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1.
    """

    def constructor(self, init_plane: int, in_channels: InWidth = 3) -> None:
        """Set convolution, norm, activation and pooling."""
        self.conv = nn.Conv2d(in_channels, init_plane, 7, 2, 3, bias=False)
        self.bn = nn.BatchNorm2d(init_plane)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)


class SmallInputInitialBlock(FineGrainedSpace):
    """The stem for small images: 3x3 convolution, batch norm, ReLU.

    Maps (N, in_channels, H, W) to (N, init_plane, H, W).
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2.
    """

    def constructor(self, init_plane: int, in_channels: InWidth = 3) -> None:
        """Set convolution, norm and activation."""
        self.conv = nn.Conv2d(in_channels, init_plane, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(init_plane)
        self.relu = nn.ReLU(inplace=True)


def stem(init_plane: int, in_channels: int, small_input: bool) -> FineGrainedSpace:
    """Make the stem for small images or, unless `small_input`, the one for large images."""
    block = SmallInputInitialBlock if small_input else InitialBlock
    return block(init_plane, in_channels)
