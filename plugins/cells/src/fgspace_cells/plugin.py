"""The types that the cells plugin provides."""

from collections.abc import Iterable, Mapping
from typing import Any

from fgspace import Provided, hookimpl

MAP = (4, 9, 7)
"""A map of odd sizes, on which examples are tried."""


def strided(**options: Any) -> tuple[Mapping[str, Any], ...]:
    """Return examples of an operation at strides 1 and 2."""
    return tuple({**options, "stride": stride, "input": MAP} for stride in (1, 2))


def examples(name: str) -> str:
    """Return the target of examples that are too long to stand here."""
    return f"fgspace_cells.examples:{name}"


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: networks, cells, operations."""
    darts, bench, operations, leaves = (
        f"fgspace_cells.{module}" for module in ("darts_cell", "nas_bench_201", "operations", "leaves")
    )
    return [
        Provided(
            "DartsNetwork",
            "fgspace_cells.darts_network:DartsNetwork",
            "normal and reduction cells of a genotype",
            examples=examples("DARTS_NETWORK"),
        ),
        Provided(
            "DartsCell",
            f"{darts}:DartsCell",
            "two inputs, nodes of two operations each, concatenated",
            examples=examples("DARTS_CELL"),
        ),
        Provided(
            "AuxiliaryHead",
            f"{darts}:AuxiliaryHead",
            "the classifier of DARTS on an inner cell",
            examples=(
                {"num_class": 10, "input": [12, 8, 8]},
                {"num_class": 10, "small_input": False, "input": [12, 7, 7]},
            ),
        ),
        Provided(
            "NasBench201",
            f"{bench}:NasBench201",
            "three stages of one cell, given by its cell string",
            examples=examples("NAS_BENCH_201"),
        ),
        Provided(
            "NasBench201Cell",
            f"{bench}:NasBench201Cell",
            "one operation for each pair of nodes",
            examples=examples("NAS_BENCH_201_CELL"),
        ),
        Provided(
            "NasBench201Residual",
            f"{bench}:NasBench201Residual",
            "the residual block between the stages",
            examples=strided(outchannel=6),
        ),
        Provided(
            "CellOperation",
            "fgspace_cells.catalogue:CellOperation",
            "the operation of a name: sep_conv_3x3",
            examples=(
                {"operation": "conv_7x1_1x7", "outchannel": 6, "stride": 2, "input": MAP},
                {"operation": "skip_connect", "input": MAP},
            ),
        ),
        Provided(
            "SepConv", f"{operations}:SepConv", "two depthwise separable convolutions", examples=strided(outchannel=6)
        ),
        Provided(
            "DilConv",
            f"{operations}:DilConv",
            "dilated depthwise separable convolution",
            examples=strided(outchannel=6, kernel=5),
        ),
        Provided(
            "ReLUConvBN",
            f"{operations}:ReLUConvBN",
            "ReLU, convolution, batch norm",
            examples=strided(outchannel=6, kernel=3),
        ),
        Provided(
            "ConvBNReLU",
            f"{operations}:ConvBNReLU",
            "convolution, plain or separable, batch norm, ReLU",
            examples=strided(outchannel=6, kernel=3, dilation=3),
        ),
        Provided(
            "AsymmetricConv", f"{operations}:AsymmetricConv", "1x7 and 7x1 convolution", examples=strided(outchannel=6)
        ),
        Provided(
            "GlobalPoolConv",
            f"{operations}:GlobalPoolConv",
            "the mean of the map, 1x1 convolution",
            examples=strided(outchannel=6),
        ),
        Provided(
            "FactorizedReduce",
            f"{operations}:FactorizedReduce",
            "halves a map without losing a pixel",
            examples=({"outchannel": 6, "input": MAP}, {"outchannel": 5, "input": [4, 8, 6]}),
        ),
        Provided(
            "SkipConnect",
            f"{operations}:SkipConnect",
            "the identity, if shapes allow",
            examples=({"input": MAP}, {"outchannel": 6, "stride": 2, "input": MAP}),
        ),
        Provided(
            "Pool3x3",
            f"{operations}:Pool3x3",
            "average or maximum of 3x3 pixels",
            examples=({"pool": "max", "input": MAP}, {"outchannel": 6, "stride": 2, "input": MAP}),
        ),
        Provided(
            "Zero",
            f"{leaves}:Zero",
            "zeros: no connection",
            examples=({"input": MAP}, {"outchannel": 6, "stride": 2, "input": MAP}),
        ),
        Provided(
            "Pick", f"{leaves}:Pick", "one of several tensors", examples=({"index": 1, "input": [MAP, [6, 9, 7]]},)
        ),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the spaces."""
    return [
        Provided(
            "DartsSpace",
            "fgspace_cells.spaces:DartsSpace",
            "20 tokens: the widths of 20 cells",
            examples=({"num_class": 7, "input": [3, 16, 16]},),
        ),
        Provided(
            "DartsCellSpace",
            "fgspace_cells.spaces:DartsCellSpace",
            "24 tokens: the genotypes of DARTS",
            examples=({"channels": 4, "layers": 3, "input": [3, 8, 8]},),
        ),
        Provided(
            "NasBench201Space",
            "fgspace_cells.spaces:NasBench201Space",
            "the 15,625 cells of NAS-Bench-201",
            examples=({"channels": 4, "cells": 2, "input": [3, 8, 8]},),
        ),
    ]


@hookimpl
def fgspace_provide_cost_rules() -> Iterable[Provided]:
    """Name the rules that count the modules of this plugin without building them."""
    return [
        Provided("Zero", "fgspace_cells.leaves:count_zero", "counts Zero"),
        Provided("Pick", "fgspace_cells.leaves:count_pick", "counts Pick"),
    ]
