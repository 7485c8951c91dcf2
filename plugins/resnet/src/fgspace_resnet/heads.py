"""The classification head."""

from fgspace import FineGrainedSpace, InWidth, View, nn


class LinearClassificationHead(FineGrainedSpace):
    """Mean over the image, then one linear layer; maps (N, base_channel, H, W) to (N, num_class) logits."""

    def constructor(self, base_channel: InWidth, num_class: int) -> None:
        """Set pooling, flattening and the linear layer."""
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.view = View()
        self.linear = nn.Linear(base_channel, num_class)
