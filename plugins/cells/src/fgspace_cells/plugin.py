"""The types that the cells plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: networks, cells, operations."""
    darts, bench, operations, leaves = (
        f"fgspace_cells.{module}" for module in ("darts_cell", "nas_bench_201", "operations", "leaves")
    )
    return [
        Provided(
            "DartsNetwork", "fgspace_cells.darts_network:DartsNetwork", "normal and reduction cells of a genotype"
        ),
        Provided("DartsCell", f"{darts}:DartsCell", "two inputs, nodes of two operations each, concatenated"),
        Provided("AuxiliaryHead", f"{darts}:AuxiliaryHead", "the classifier of DARTS on an inner cell"),
        Provided("NasBench201", f"{bench}:NasBench201", "three stages of one cell, given by its cell string"),
        Provided("NasBench201Cell", f"{bench}:NasBench201Cell", "one operation for each pair of nodes"),
        Provided("NasBench201Residual", f"{bench}:NasBench201Residual", "the residual block between the stages"),
        Provided("CellOperation", "fgspace_cells.catalogue:CellOperation", "the operation of a name: sep_conv_3x3"),
        Provided("SepConv", f"{operations}:SepConv", "two depthwise separable convolutions"),
        Provided("DilConv", f"{operations}:DilConv", "dilated depthwise separable convolution"),
        Provided("ReLUConvBN", f"{operations}:ReLUConvBN", "ReLU, convolution, batch norm"),
        Provided("ConvBNReLU", f"{operations}:ConvBNReLU", "convolution, plain or separable, batch norm, ReLU"),
        Provided("AsymmetricConv", f"{operations}:AsymmetricConv", "1x7 and 7x1 convolution"),
        Provided("GlobalPoolConv", f"{operations}:GlobalPoolConv", "the mean of the map, 1x1 convolution"),
        Provided("FactorizedReduce", f"{operations}:FactorizedReduce", "halves a map without losing a pixel"),
        Provided("SkipConnect", f"{operations}:SkipConnect", "the identity, if shapes allow"),
        Provided("Pool3x3", f"{operations}:Pool3x3", "average or maximum of 3x3 pixels"),
        Provided("Zero", f"{leaves}:Zero", "zeros: no connection"),
        Provided("Pick", f"{leaves}:Pick", "one of several tensors"),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the spaces."""
    return [
        Provided("DartsSpace", "fgspace_cells.spaces:DartsSpace", "20 tokens: the widths of 20 cells"),
        Provided("DartsCellSpace", "fgspace_cells.spaces:DartsCellSpace", "24 tokens: the genotypes of DARTS"),
        Provided("NasBench201Space", "fgspace_cells.spaces:NasBench201Space", "the 15,625 cells of NAS-Bench-201"),
    ]


@hookimpl
def fgspace_provide_cost_rules() -> Iterable[Provided]:
    """Name the rules that count the modules of this plugin without building them."""
    return [
        Provided("Zero", "fgspace_cells.leaves:count_zero", "counts Zero"),
        Provided("Pick", "fgspace_cells.leaves:count_pick", "counts Pick"),
    ]
