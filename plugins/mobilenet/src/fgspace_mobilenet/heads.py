"""The classification heads of MobileNets."""

from fgspace import FineGrainedSpace, InWidth, View, nn


class MobileNetHead(FineGrainedSpace):
    """Mean over the image, dropout, one linear layer; maps (N, base_channel, H, W) to (N, num_class) logits.

    `dropout` is the probability that training sets a feature to zero. The head of MobileNetV1 and V2.
    """

    def constructor(self, base_channel: InWidth, num_class: int, dropout: float = 0.0) -> None:
        """Set pooling, flattening, dropout and the linear layer."""
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.view = View()
        if dropout:
            self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(base_channel, num_class)


class MobileNetV3Head(FineGrainedSpace):
    """Mean over the image, a hidden linear layer with hard-swish, dropout, and the linear layer that classifies.

    Maps (N, base_channel, H, W) to (N, num_class) logits; `hidden` is the width of the hidden layer. `dropout` is the
    probability that training sets a feature to zero.
    Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.1.
    """

    def constructor(self, base_channel: InWidth, num_class: int, hidden: int = 1280, dropout: float = 0.2) -> None:
        """Set pooling, flattening and the two linear layers, with hard-swish and dropout between them."""
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.view = View()
        self.hidden = nn.Linear(base_channel, hidden)
        self.act = nn.Hardswish(inplace=True)
        if dropout:
            self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(hidden, num_class)
