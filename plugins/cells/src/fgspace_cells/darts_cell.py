"""The cell of DARTS, which has two inputs, and its auxiliary head."""

from typing import Any

from fgspace import Concat, FineGrainedSpace, InWidth, Sequential, Tuple, View, nn

from fgspace_cells.genotypes import INPUTS, check_concat, edges_of, nodes
from fgspace_cells.nodes import Nodes, checked, pick
from fgspace_cells.operations import ConvBNReLU, FactorizedReduce, ReLUConvBN


class DartsCell(FineGrainedSpace):
    """Two inputs and some nodes, each the sum of two operations; nodes are concatenated.

    Maps (N, inchannels[0], H, W) and (N, inchannels[1], H, W) to (N, outchannel · len(concat), H/stride, W/stride),
    where stride is 2 if `reduction`. With `after_reduction`, height and width of the first input are twice those of the
    second. `edges` holds two [operation, number] for each node: the inputs have the numbers 0 and 1, the nodes 2, 3,
    ... `concat` are the numbers of what is concatenated, by default all nodes. `drop_path` is the probability that an
    operation is dropped for an image in training. Raises ValueError for what is no cell.
    Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def constructor(
        self,
        inchannels: list[int],
        outchannel: int,
        edges: list[list[Any]],
        concat: list[int] | None = None,
        reduction: bool = False,
        after_reduction: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        """Set the inputs, the nodes, and their concatenation."""
        if len(inchannels) != INPUTS:
            raise ValueError(f"inchannels: expected {INPUTS} widths, got {len(inchannels)}")
        inner = checked(nodes(edges_of(edges, "edges")), INPUTS)
        chosen = range(INPUTS, INPUTS + len(inner)) if concat is None else concat
        check_concat(chosen, INPUTS + len(inner))
        first = FactorizedReduce if after_reduction else ReLUConvBN
        self.inputs = Tuple(
            first=Sequential(pick=pick(0), conv=first(inchannels[0], outchannel)),
            second=Sequential(pick=pick(1), conv=ReLUConvBN(inchannels[1], outchannel)),
        )
        self.nodes = Nodes(INPUTS, inner, outchannel, 2 if reduction else 1, drop_path)
        self.output = Concat(**{f"node_{number}": pick(number) for number in chosen})


class AuxiliaryHead(FineGrainedSpace):
    """The classifier of DARTS on an inner cell, whose loss is added in training.

    Maps (N, inchannel, H, W) to (N, num_class). In the paper, H and W are 8 with `small_input`, and 7 without: pooling
    leaves 2×2, over which the last convolution goes; it has a norm with `small_input` only, as published.
    Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def constructor(self, inchannel: InWidth, num_class: int, small_input: bool = True) -> None:
        """Set pooling, the two convolutions and the classifier."""
        self.relu = nn.ReLU()
        self.pool = nn.AvgPool2d(5, 3 if small_input else 2, count_include_pad=False)
        self.conv_a = ConvBNReLU(inchannel, 128)
        self.conv_b = nn.Conv2d(128, 768, 2, bias=False)
        if small_input:
            self.bn_b = nn.BatchNorm2d(768)
        self.relu_b = nn.ReLU()
        self.pool_b = nn.AdaptiveAvgPool2d(1)
        self.view = View()
        self.linear = nn.Linear(768, num_class)
