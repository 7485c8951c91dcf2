"""Spaces of cells: PaddleSlim's widths of DARTS, the genotypes of DARTS, and the cells of NAS-Bench-201."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from fgspace import Choice, DescribedSpace, TokenSpace, halvings

from fgspace_cells.catalogue import DARTS, NAS_BENCH_201, NONE, known
from fgspace_cells.genotypes import EACH, INPUTS, PUBLISHED, Genotype, nodes
from fgspace_cells.nas_bench_201 import INITIAL
from fgspace_cells.nodes import Edge

Description = dict[str, Any]

# Of PaddleSlim's DartsSpace.
WIDTHS = (4, 8, 12, 16, 20, 36, 54, 72, 90, 108, 144, 180, 216, 252)
WIDTHS_INIT = (5,) * 6 + (7,) * 7 + (10,) * 7
STEM = 108
PAIRS = [list(combinations(range(INPUTS + index), EACH)) for index in range(4)]
"""The pairs of inputs and nodes that each node of a cell of DARTS may take."""


class DartsSpace(TokenSpace):
    """A network of cells whose operations are fixed: the search covers the width of each of its 20 cells.

    20 tokens, one for the width of the nodes of each cell. The initial tokens are widths of 36, 72 and 144. Cells 6 and
    13, counted from 0, halve height and width. Maps images (N, C, H, W) to logits (N, num_class), with `auxiliary` to
    two of them: see `DartsNetwork`, also for `drop_path`. `input_size` is the height and width of the images that costs
    are counted for. Candidates and cells as in PaddleSlim.
    """

    def __init__(
        self,
        num_class: int | None = 10,
        auxiliary: bool = False,
        drop_path: float = 0.0,
        input_size: halvings.ImageSize = None,
        output_size: halvings.UnusedSize = None,
        block_num: halvings.UnusedSize = None,
        block_mask: halvings.UnusedMask = None,
    ) -> None:
        self.fixed = {"num_class": num_class, "auxiliary": auxiliary, "drop_path": drop_path}

    def init_tokens(self) -> list[int]:
        """Return the tokens of widths of 36, 72 and 144."""
        return list(WIDTHS_INIT)

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [len(WIDTHS)] * len(WIDTHS_INIT)

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the network with these tokens."""
        channels = [WIDTHS[token] for token in tokens]
        network = {"genotype": "PADDLESLIM", "channels": channels, "stem_channels": STEM, **self.fixed}
        return {"type": "cells/DartsNetwork", **network}


class DartsCellSpace(TokenSpace):
    """The genotypes of DARTS: the search covers inputs and operations of both cells, whose widths are fixed.

    24 tokens: 12 for the normal cell, then 12 for the reduction cell. Each node has three: the pair of inputs or nodes
    that it takes, and the operation on each of both. Pairs are in lexicographic order: (0, 1), (0, 2), (1, 2), ... The
    initial tokens are those of `DARTS_V2`. `operations` are the candidates, by default those of DARTS without `none`.
    `channels` and `layers` are by default those of the search in the paper. Maps images (N, C, H, W) to logits
    (N, num_class): see `DartsNetwork`. Raises ValueError for an unknown operation, and for one that is given twice.
    Liu et al., "DARTS: Differentiable Architecture Search", ICLR 2019.
    """

    def __init__(
        self,
        channels: int = 16,
        layers: int = 8,
        num_class: int | None = 10,
        small_input: bool = True,
        drop_path: float = 0.0,
        operations: list[str] | None = None,
    ) -> None:
        self.operations = [name for name in DARTS if name != NONE] if operations is None else operations
        if not self.operations:
            raise ValueError("operations: expected at least one, got none")
        for index, name in enumerate(self.operations):
            if known(name) in self.operations[:index]:
                raise ValueError(f"operations: {name!r} is given twice")
        sizes = {"channels": channels, "layers": layers}
        self.fixed = {**sizes, "num_class": num_class, "small_input": small_input, "drop_path": drop_path}

    def init_tokens(self) -> list[int]:
        """Return the tokens of DARTS_V2; the first candidate stands for an operation that is not among them."""
        return self.tokens_of(PUBLISHED["DARTS_V2"])

    def range_table(self) -> list[int]:
        """Return the number of candidates of each token."""
        return [bound for pairs in PAIRS for bound in (len(pairs), *[len(self.operations)] * EACH)] * 2

    def token2arch(self, tokens: Sequence[int]) -> Description:
        """Return the description of the network with these tokens."""
        middle = len(tokens) // 2
        genotype = {"normal": self._edges(tokens[:middle]), "reduce": self._edges(tokens[middle:])}
        return {"type": "cells/DartsNetwork", "genotype": genotype, **self.fixed}

    def genotype(self, tokens: Sequence[int]) -> Genotype:
        """Return the genotype of tokens; `str` prints it as the papers do."""
        return Genotype.of(self.token2arch(tokens)["genotype"])

    def tokens_of(self, genotype: Genotype) -> list[int]:
        """Return the tokens of a genotype; the first candidate stands for an operation that is not among them.

        Raises:
            ValueError: it has other than four nodes in a cell, or a node does not take two different ones.
        """
        return [*self._tokens(genotype.normal), *self._tokens(genotype.reduce)]

    def _edges(self, tokens: Sequence[int]) -> list[list[Any]]:
        """Return the edges of the cell with these tokens."""
        each = [tokens[at : at + 1 + EACH] for at in range(0, len(tokens), 1 + EACH)]
        return [
            [self.operations[operation], source]
            for pairs, (pair, *operations) in zip(PAIRS, each, strict=True)
            for operation, source in zip(operations, pairs[pair], strict=True)
        ]

    def _tokens(self, cell: Sequence[Edge]) -> Iterator[int]:
        """Yield the tokens of the cell with these edges."""
        for pairs, edges in zip(PAIRS, nodes(cell), strict=True):
            first, second = sorted(edges, key=lambda edge: edge[1])
            yield pairs.index((first[1], second[1]))
            for name, _ in (first, second):
                yield self.operations.index(name) if name in self.operations else 0


class NasBench201Space(DescribedSpace):
    """The 15,625 networks of NAS-Bench-201: the search covers the operations of the six edges of the cell.

    The hyper-parameters `network.cell.0` to `network.cell.5` are in the order of the cell string: the edges 0→1, 0→2,
    1→2, 0→3, 1→3 and 2→3. The initial cell has six 3x3 convolutions. Maps images (N, C, H, W) to logits
    (N, num_class): see `NasBench201`, also for the other parameters.
    Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    """

    def __init__(self, num_class: int | None = 10, channels: int = 16, cells: int = 5) -> None:
        self.fixed = {"num_class": num_class, "channels": channels, "cells": cells}

    def description(self) -> Description:
        """Return the description of the network of the initial cell."""
        network = {"type": "cells/NasBench201", "cell": list(INITIAL), **self.fixed}
        return {"type": "FineGrainedSpace", "modules": ["network"], "network": network}

    def hyper_parameters(self) -> Mapping[str, Any]:
        """Return the choice of each edge."""
        return {f"network.cell.{index}": Choice(NAS_BENCH_201) for index in range(len(INITIAL))}
