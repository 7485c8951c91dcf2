"""The modules that ConvNeXt adds to those of `torch.nn`, as module types, and the rules that count them."""

from typing import TYPE_CHECKING

from fgspace import Counted, InWidth, Shape

if TYPE_CHECKING:  # a function that a composite names imports torch only when it is called
    from torch.nn import Module


def ChannelNorm(in_channels: InWidth, eps: float = 1e-6) -> "Module":
    """Layer norm over the channels of each pixel.

    Maps (N, in_channels, H, W) to the same shape.
    """
    from fgspace_convnext.modules import ChannelNormalised

    return ChannelNormalised(in_channels, eps)


def ResponseNorm(in_channels: InWidth, eps: float = 1e-6) -> "Module":
    """Scale each channel by its norm over the map, relative to the mean of the norms of all channels.

    Maps (N, in_channels, H, W) to the same shape. It is the identity before it has learned.
    Woo et al., "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders", CVPR 2023, equation 3.
    """
    from fgspace_convnext.modules import ResponseNormalised

    return ResponseNormalised(in_channels, eps)


def LayerScale(in_channels: InWidth, initial: float = 1e-6) -> "Module":
    """Scale each channel by a learned factor, which begins at `initial`.

    Maps (N, in_channels, H, W) to the same shape.
    Touvron et al., "Going Deeper with Image Transformers", ICCV 2021.
    """
    from fgspace_convnext.modules import Scaled

    return Scaled(in_channels, initial)


def StochasticDepth(rate: float = 0.1) -> "Module":
    """Set all of an image to zero with probability `rate` in training, so that only the shortcut of a block remains.

    Maps (N, C, H, W) to the same shape. Raises ValueError for a rate that is not from 0 to below 1.
    Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016.
    """
    from fgspace_convnext.modules import Dropped

    _check_rate(rate)
    return Dropped(rate)


def count_norm(shape: Shape, in_channels: int, eps: float = 1e-6) -> Counted:
    """Count `ChannelNorm` and `ResponseNorm`: a scale and a shift for each channel."""
    return shape, 2 * _width(shape, in_channels), 0


def count_scale(shape: Shape, in_channels: int, initial: float = 1e-6) -> Counted:
    """Count `LayerScale`: a factor for each channel."""
    return shape, _width(shape, in_channels), 0


def count_depth(shape: Shape, rate: float = 0.1) -> Counted:
    """Count `StochasticDepth`, which has no parameters."""
    _check_rate(rate)
    _check_map(shape)
    return shape, 0, 0


def _width(shape: Shape, in_channels: int) -> int:
    _check_map(shape)
    if shape[0] != in_channels:
        raise ValueError(f"in_channels is {in_channels!r}, but the input has {shape[0]} channels")
    return in_channels


def _check_map(shape: Shape) -> None:
    if len(shape) != 3 or isinstance(shape[0], tuple):
        raise ValueError(f"takes an input of (C, H, W), but gets {shape}")


def _check_rate(rate: float) -> None:
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be from 0 to below 1, got {rate!r}")
