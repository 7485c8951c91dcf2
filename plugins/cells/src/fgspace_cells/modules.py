"""The modules of `fgspace_cells.leaves` in torch."""

from collections.abc import Sequence

from torch import Tensor, nn


class Picked(nn.Module):
    """One of several tensors."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index

    def forward(self, tensors: Sequence[Tensor]) -> Tensor:
        """Return the tensor at the index."""
        return tensors[self.index]

    def extra_repr(self) -> str:
        """Return the index, as the representation of the module shows it."""
        return str(self.index)


class Zeros(nn.Module):
    """Zeros of the shape that an operation with this width and stride would have.

    They are the input multiplied by zero, so that what comes before has a gradient, which is zero too.
    """

    def __init__(self, inchannel: int, outchannel: int, stride: int) -> None:
        super().__init__()
        self.inchannel = inchannel
        self.outchannel = outchannel
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros."""
        zeros = x[:, :, :: self.stride, :: self.stride] * 0
        return zeros if self.outchannel == self.inchannel else zeros[:, :1].repeat(1, self.outchannel, 1, 1)
