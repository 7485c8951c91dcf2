"""The operations of edges by their names, as papers and cell strings name them."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Annotated

from fgspace import Choice, FineGrainedSpace, InWidth, Leaf, Searched
from fgspace.errors import did_you_mean

from fgspace_cells.leaves import Zero
from fgspace_cells.operations import (
    AsymmetricConv,
    ConvBNReLU,
    DilConv,
    GlobalPoolConv,
    Pool3x3,
    ReLUConvBN,
    SepConv,
    SkipConnect,
)

Operation = FineGrainedSpace | Leaf
"""A part that maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up."""
Make = Callable[..., Operation]
"""Makes an operation from `inchannel`, `outchannel` and `stride`."""

NONE = "none"
"""The operation that puts out zeros; an edge of it is left out of a node that has others."""


def _none(inchannel: int, outchannel: int, stride: int) -> Leaf:
    return Leaf(Zero, (inchannel, outchannel, stride))


OPERATIONS: Mapping[str, Make] = MappingProxyType(
    {
        NONE: _none,
        "max_pool_3x3": partial(Pool3x3, pool="max"),
        "avg_pool_3x3": partial(Pool3x3, pool="avg"),
        "skip_connect": SkipConnect,
        "sep_conv_3x3": partial(SepConv, kernel=3),
        "sep_conv_5x5": partial(SepConv, kernel=5),
        "dil_conv_3x3": partial(DilConv, kernel=3),
        "dil_conv_5x5": partial(DilConv, kernel=5),
        "sep_conv_7x7": partial(SepConv, kernel=7),
        "conv_7x1_1x7": partial(AsymmetricConv, kernel=7),
        "nor_conv_1x1": partial(ReLUConvBN, kernel=1),
        "nor_conv_3x3": partial(ReLUConvBN, kernel=3),
        "conv1x1": partial(ConvBNReLU, kernel=1),
        "conv3x3": partial(ConvBNReLU, kernel=3),
        "conv5x5": partial(ConvBNReLU, kernel=5),
        "conv7x7": partial(ConvBNReLU, kernel=7),
        "conv3x3_dil2": partial(ConvBNReLU, kernel=3, dilation=2),
        "conv3x3_dil3": partial(ConvBNReLU, kernel=3, dilation=3),
        "conv3x3_dil12": partial(ConvBNReLU, kernel=3, dilation=12),
        "sep_conv_3x3_dil3": partial(ConvBNReLU, kernel=3, dilation=3, separable=True),
        "sep_conv_5x5_dil6": partial(ConvBNReLU, kernel=5, dilation=6, separable=True),
        "global_average_pool": GlobalPoolConv,
    }
)
"""The operation of each name."""

DARTS = tuple(OPERATIONS)[:8]
"""The operations of the space of DARTS."""
NAS_BENCH_201 = (NONE, "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""The operations of NAS-Bench-201."""


class CellOperation(FineGrainedSpace):
    """The operation of this name: `sep_conv_3x3`, `skip_connect`, `none`, ...

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up. `outchannel` defaults to `inchannel`.
    Raises ValueError for an unknown name; the names are those of DARTS, NASNet, NAS-Bench-201, and of Nekrasov et al.,
    "Fast Neural Architecture Search of Compact Semantic Segmentation Models via Auxiliary Cells", CVPR 2019.
    """

    def constructor(
        self,
        operation: Annotated[str, Searched(Choice(DARTS))],
        inchannel: InWidth,
        outchannel: int | None = None,
        stride: int = 1,
    ) -> None:
        """Set the operation."""
        self.operation = made(operation, inchannel, inchannel if outchannel is None else outchannel, stride)


def made(name: str, inchannel: int, outchannel: int, stride: int) -> Operation:
    """Return the operation of a name; raise ValueError for an unknown name."""
    return OPERATIONS[known(name)](inchannel, outchannel, stride=stride)


def known(name: str) -> str:
    """Return the name of an operation; raise ValueError if there is none of this name."""
    if name not in OPERATIONS:
        near = did_you_mean(name, OPERATIONS) or f"; there are {', '.join(OPERATIONS)}"
        raise ValueError(f"unknown operation {name!r}{near}")
    return name
