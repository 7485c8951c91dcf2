"""The two modules of cells that `torch.nn` has not: one of several tensors, and zeros."""

from typing import TYPE_CHECKING

from fgspace import Counted, InWidth, Shape

if TYPE_CHECKING:  # a function that a composite names imports torch only when it is called
    from torch.nn import Module


def Pick(index: int) -> "Module":
    """Return one of several tensors.

    Maps several tensors, such as (N, C, H, W) each, to the one of `index`, counted from 0.
    """
    from fgspace_cells.modules import Picked

    return Picked(index)


Pick.passes = lambda index: index  # type: ignore[attr-defined]


def Zero(inchannel: InWidth, outchannel: int | None = None, stride: int = 1) -> "Module":
    """Return zeros: the operation `none`, which disconnects two nodes.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. `outchannel` defaults to `inchannel`.
    Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    """
    from fgspace_cells.modules import Zeros

    return Zeros(inchannel, inchannel if outchannel is None else outchannel, stride)


def count_pick(shape: Shape, index: int) -> Counted:
    """Count `Pick`: it has no parameters, and multiplies nothing."""
    if not shape or not isinstance(shape[0], tuple):
        raise ValueError(f"takes several tensors, but gets one of {shape}")
    if not 0 <= index < len(shape):
        raise ValueError(f"index must be from 0 to {len(shape) - 1}, got {index!r}")
    return shape[index], 0, 0


def count_zero(shape: Shape, inchannel: int, outchannel: int | None = None, stride: int = 1) -> Counted:
    """Count `Zero`: it has no parameters, and multiplies nothing."""
    if len(shape) != 3 or isinstance(shape[0], tuple):
        raise ValueError(f"takes an input of (C, H, W), but gets {shape}")
    if shape[0] != inchannel:
        raise ValueError(f"inchannel is {inchannel!r}, but the input has {shape[0]} channels")
    if stride < 1:
        raise ValueError(f"stride must be at least 1, got {stride!r}")
    _, height, width = shape
    return (inchannel if outchannel is None else outchannel, -(-height // stride), -(-width // stride)), 0, 0
