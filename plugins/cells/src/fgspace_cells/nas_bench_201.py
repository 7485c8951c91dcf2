"""NAS-Bench-201: the cell, the residual block between stages, and the network of the benchmark."""

from collections.abc import Sequence
from typing import Annotated

from fgspace import Add, Choice, FineGrainedSpace, InWidth, Searched, Sequential, View, nn

from fgspace_cells.catalogue import NAS_BENCH_201
from fgspace_cells.cell_strings import nodes_of, read_cell
from fgspace_cells.nodes import Edge, Nodes, pick
from fgspace_cells.operations import ReLUConvBN

Cell = Annotated[str | list[str], Searched(Choice(NAS_BENCH_201))]
"""A cell string, or its operations in the order of the string."""
INITIAL = ("nor_conv_3x3",) * 6
"""The cell that the space starts from."""


class NasBench201Cell(FineGrainedSpace):
    """The input and some nodes, each the sum of one operation from the input and from each node before it.

    Maps (N, inchannel, H, W) to the same: the output is the last node. `cell` is a cell string,
    `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|`, or the list of its operations in the
    order of the string. Raises ValueError for what is no cell.
    Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    """

    def constructor(self, inchannel: InWidth, cell: Cell) -> None:
        """Set the nodes, and the choice of the last one."""
        nodes = _nodes(cell)
        self.nodes = Nodes(1, nodes, inchannel)
        self.output = pick(len(nodes))


class NasBench201Residual(FineGrainedSpace):
    """A residual block that halves height and width: two 3x3 convolutions; average pooling and a 1x1 convolution.

    Maps (N, inchannel, H, W) to (N, outchannel, H/stride, W/stride), rounded up.
    Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    """

    def constructor(self, inchannel: InWidth, outchannel: int, stride: int = 2) -> None:
        """Set the sum of both branches."""
        self.residual = Add(
            branch=Sequential(
                conv_a=ReLUConvBN(inchannel, outchannel, 3, stride), conv_b=ReLUConvBN(outchannel, outchannel, 3)
            ),
            shortcut=Sequential(
                pool=nn.AvgPool2d(stride, stride, ceil_mode=True), conv=nn.Conv2d(inchannel, outchannel, 1, bias=False)
            ),
        )


class NasBench201(FineGrainedSpace):
    """The network of NAS-Bench-201: a 3x3 stem, and three stages of cells with a residual block before each next one.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to features (N, 4·channels, H/4, W/4) if `num_class`
    is null. All cells are the same: see `NasBench201Cell`. The benchmark has 16 channels, 5 cells a stage and images of
    32×32. Raises ValueError for what is no cell and for less than one cell.
    Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    """

    def constructor(
        self,
        cell: Cell,
        num_class: int | None = 10,
        channels: int = 16,
        cells: int = 5,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, stages and head."""
        if cells < 1:
            raise ValueError(f"cells must be at least 1, got {cells!r}")
        operations = tuple(name for edges in _nodes(cell) for name, _ in edges)
        self.stem = Sequential(
            conv=nn.Conv2d(in_channels, channels, 3, padding=1, bias=False), bn=nn.BatchNorm2d(channels)
        )
        for stage in range(3):
            width = channels * 2**stage
            if stage:
                setattr(self, f"reduction_{stage}", NasBench201Residual(width // 2, width))
            setattr(self, f"stage_{stage}", _Stage(width, operations, cells))
        self.last = Sequential(bn=nn.BatchNorm2d(4 * channels), relu=nn.ReLU())
        if num_class is not None:
            self.head = Sequential(pool=nn.AdaptiveAvgPool2d(1), view=View(), linear=nn.Linear(4 * channels, num_class))


class _Stage(FineGrainedSpace):
    """Equal cells in a row."""

    def constructor(self, width: int, operations: Sequence[str], cells: int) -> None:
        """Set the cells."""
        for index in range(cells):
            setattr(self, f"cell_{index}", NasBench201Cell(width, operations))


def _nodes(cell: str | Sequence[str]) -> Sequence[Sequence[Edge]]:
    """Return the edges of each node of a cell."""
    try:
        return nodes_of(read_cell(cell) if isinstance(cell, str) else cell)
    except ValueError as error:
        raise ValueError(f"cell: {error}") from error
