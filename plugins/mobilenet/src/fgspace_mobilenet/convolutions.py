"""Convolution, batch norm and activation as one unit, and the rounding of scaled widths."""

from typing import Literal

from fgspace import FineGrainedSpace, InWidth, nn

Activation = Literal["ReLU", "ReLU6", "Hardswish"]
"""The name of an activation in `torch.nn`."""


class ConvNorm(FineGrainedSpace):
    """Convolution without bias, batch norm, and an activation if one is given.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. Raises ValueError for an even
    `kernel`, whose output would be one pixel larger.
    """

    def constructor(
        self,
        inchannel: InWidth,
        outchannel: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activation: Activation | None = None,
    ) -> None:
        """Set convolution, norm and activation."""
        if kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {kernel!r}")
        self.conv = nn.Conv2d(inchannel, outchannel, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outchannel)
        if activation is not None:
            self.act = getattr(nn, activation)(inplace=True)


def scaled(width: int, width_mult: float, divisor: int = 8) -> int:
    """Return width · width_mult rounded to a multiple of `divisor`, as MobileNets round.

    It is rounded to the nearest multiple, but at least to `divisor`, and up if rounding down takes away more than 10%.
    Raises ValueError if `width_mult` is not above 0.
    """
    if width_mult <= 0:
        raise ValueError(f"width_mult must be above 0, got {width_mult!r}")
    exact = width * width_mult
    near = max(divisor, int(exact + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * exact else near
