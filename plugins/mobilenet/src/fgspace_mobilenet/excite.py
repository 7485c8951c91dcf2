"""Squeeze-and-excitation: channels are scaled by gates computed from their means over the image."""

from fgspace import FineGrainedSpace, InWidth, Multiply, Sequential, nn

from fgspace_mobilenet.convolutions import scaled


class SqueezeExcite(FineGrainedSpace):
    """Scale each channel by a gate in [0, 1], which two 1x1 convolutions compute from the means of all channels.

    Maps (N, inchannel, H, W) to the same shape. The two convolutions have biases; between them there are
    inchannel/reduction channels, rounded to a multiple of 8. Raises ValueError if `reduction` is below 1.
    Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018, with the hard sigmoid of Howard et al., ICCV 2019.
    """

    def constructor(self, inchannel: InWidth, reduction: int = 4) -> None:
        """Set the product of the identity and the gate."""
        if reduction < 1:
            raise ValueError(f"reduction must be at least 1, got {reduction!r}")
        narrow = scaled(inchannel // reduction, 1.0)
        self.product = Multiply(
            identity=nn.Identity(),
            gate=Sequential(
                pool=nn.AdaptiveAvgPool2d(1),
                narrow=nn.Conv2d(inchannel, narrow, 1),
                act=nn.ReLU(inplace=True),
                widen=nn.Conv2d(narrow, inchannel, 1),
                gate=nn.Hardsigmoid(inplace=True),
            ),
        )
