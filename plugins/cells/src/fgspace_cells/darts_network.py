"""The network of DARTS: a stem, normal and reduction cells, a classifier."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fgspace import Append, FineGrainedSpace, InWidth, Sequential, Tuple, View, nn

from fgspace_cells.catalogue import Operation
from fgspace_cells.darts_cell import AuxiliaryHead, DartsCell
from fgspace_cells.genotypes import Genotype
from fgspace_cells.nodes import Edge, pick
from fgspace_cells.operations import ReLUConvBN

STEM = 3
"""The width of the stem for small images, as a multiple of the width of the first cell."""
DEPTH = 20
"""The cells of the network of DARTS for CIFAR-10."""


class DartsNetwork(FineGrainedSpace):
    """A stem, cells of which two halve height and width, and a classifier.

    Maps images (N, in_channels, H, W) to logits (N, num_class), or to features if `num_class` is null; with
    `auxiliary` to two logits, the second of the `AuxiliaryHead`. `genotype` is the name of a published genotype, its
    text, `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], reduce=..., reduce_concat=...)`, or a
    mapping of the same fields. Of n `layers` (20 by default), n // 3 and 2n // 3, counted from 0, are reduction cells.
    `channels` is the width of a node in the first cells, doubled by each reduction cell; or the widths of all layers.
    `stem_channels` is the width of the stem: three times `channels` for `small_input`, else once. For `small_input` the
    stem keeps the size, else it divides it by 8. `drop_path` is that of `DartsCell`. Raises ValueError for what is no
    genotype, and widths that are not those of all layers.
    Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019: 36 channels and 20 layers for CIFAR-10, 48 and
    14 without `small_input` for ImageNet.
    """

    def constructor(
        self,
        genotype: str | dict[str, Any] = "DARTS_V2",
        channels: int | list[int] = 36,
        layers: int | None = None,
        num_class: int | None = 10,
        small_input: bool = True,
        stem_channels: int | None = None,
        auxiliary: bool = False,
        drop_path: float = 0.0,
        in_channels: InWidth = 3,
    ) -> None:
        """Set stem, cells and heads."""
        if auxiliary and num_class is None:
            raise ValueError("auxiliary needs a num_class")
        cells = _genotype(genotype)
        widths = _widths(channels, layers)
        stem = stem_channels or widths[0] * (STEM if small_input else 1)
        self.stem = _small_stem(in_channels, stem) if small_input else _stem(in_channels, stem)
        plan = list(_layers(cells, widths, stem, after_reduction=not small_input))
        inner = 2 * len(widths) // 3
        for index, layer in enumerate(plan):
            carries = auxiliary and index > inner
            setattr(self, f"cell_{index}", _CellLayer(*layer.arguments(cells), drop_path, carries))
            if auxiliary and index == inner:
                self.auxiliary = _WithAuxiliary(layer.output(cells), num_class, small_input)
        head = Sequential(pick=pick(1), **_head(plan[-1].output(cells), num_class))
        self.outputs = Tuple(logits=head, auxiliary=pick(2)) if auxiliary else Sequential(logits=head)


class _CellLayer(Tuple):
    """A cell, whose output follows that of the cell before.

    Maps the outputs of the two cells before it to those of the last one and of this one, and a third one to itself.
    """

    def constructor(
        self,
        inchannels: Sequence[int],
        width: int,
        edges: Sequence[Edge],
        concat: Sequence[int],
        reduction: bool,
        after_reduction: bool,
        drop_path: float,
        carries: bool,
    ) -> None:
        """Set the cell, and what stands beside it."""
        self.previous = pick(1)
        self.cell = DartsCell(inchannels, width, edges, concat, reduction, after_reduction, drop_path)
        if carries:
            self.auxiliary = pick(2)


class _WithAuxiliary(Tuple):
    """Two outputs of cells, and the logits of the auxiliary head on the second."""

    def constructor(self, inchannel: int, num_class: int, small_input: bool) -> None:
        """Set the head beside both outputs."""
        self.previous = pick(0)
        self.last = pick(1)
        self.head = Sequential(pick=pick(1), classify=AuxiliaryHead(inchannel, num_class, small_input))


@dataclass(frozen=True)
class _Layer:
    """One layer of the network: a cell with the widths of its inputs and of its nodes."""

    inchannels: tuple[int, int]
    width: int
    reduction: bool
    after_reduction: bool

    def output(self, genotype: Genotype) -> int:
        """Return the output width of the cell."""
        return self.width * len(genotype.reduce_concat if self.reduction else genotype.normal_concat)

    def arguments(self, genotype: Genotype) -> tuple[Any, ...]:
        """Return the arguments of a `_CellLayer`."""
        if self.reduction:
            cell = genotype.reduce, genotype.reduce_concat
        else:
            cell = genotype.normal, genotype.normal_concat
        return self.inchannels, self.width, *cell, self.reduction, self.after_reduction


def _genotype(given: str | Mapping[str, Any]) -> Genotype:
    try:
        return Genotype.parse(given) if isinstance(given, str) else Genotype.of(given)
    except ValueError as error:
        raise ValueError(f"genotype: {error}") from error


def _layers(genotype: Genotype, widths: Sequence[int], stem: int, after_reduction: bool) -> Iterator[_Layer]:
    before, last = stem, stem
    for index, width in enumerate(widths):
        layer = _Layer((before, last), width, index in _reductions(len(widths)), after_reduction)
        yield layer
        before, last, after_reduction = last, layer.output(genotype), layer.reduction


def _reductions(layers: int) -> tuple[int, int]:
    """Return the numbers of the layers that are reduction cells."""
    return layers // 3, 2 * layers // 3


def _widths(channels: int | Sequence[int], layers: int | None) -> list[int]:
    """Return the width of each layer; raise ValueError if the widths are not those of all layers."""
    if not isinstance(channels, int):
        if not channels:
            raise ValueError("channels: expected at least one width, got none")
        if layers not in (None, len(channels)):
            raise ValueError(f"channels: expected one width, or one for each of {layers} layers, got {len(channels)}")
        return list(channels)
    count = DEPTH if layers is None else layers
    if count < 1:
        raise ValueError(f"layers must be at least 1, got {count!r}")
    return [channels * 2 ** sum(index >= one for one in set(_reductions(count))) for index in range(count)]


def _small_stem(in_channels: int, width: int) -> FineGrainedSpace:
    """Return a 3x3 convolution, whose output is both inputs of the first cell."""
    return Sequential(
        conv=nn.Conv2d(in_channels, width, 3, padding=1, bias=False),
        bn=nn.BatchNorm2d(width),
        twice=Tuple(first=nn.Identity(), second=nn.Identity()),
    )


def _stem(in_channels: int, width: int) -> FineGrainedSpace:
    """Return the two stems for large images, of which each is an input of the first cell."""
    halves = {"stride": 2, "padding": 1, "bias": False}
    return Append(
        stem_0=Sequential(
            conv_a=nn.Conv2d(in_channels, width // 2, 3, **halves),
            bn_a=nn.BatchNorm2d(width // 2),
            relu=nn.ReLU(),
            conv_b=nn.Conv2d(width // 2, width, 3, **halves),
            bn_b=nn.BatchNorm2d(width),
        ),
        stem_1=ReLUConvBN(width, width, 3, 2),
    )


def _head(width: int, num_class: int | None) -> Mapping[str, Operation]:
    if num_class is None:
        return {}
    return {"pool": nn.AdaptiveAvgPool2d(1), "view": View(), "linear": nn.Linear(width, num_class)}
