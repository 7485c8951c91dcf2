"""The types that the convnext plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: the network, its parts, and what `torch.nn` has not."""
    blocks, leaves, small = "fgspace_convnext.blocks", "fgspace_convnext.leaves", {"input": [8, 16, 16]}
    network = {"depths": [1, 1], "widths": [8, 16], "num_class": 10, "input": [3, 16, 16]}
    return [
        Provided(
            "ConvNeXt",
            "fgspace_convnext.networks:ConvNeXt",
            "ConvNeXt of a size, version 1 or 2",
            examples=(network, {**network, "version": 2, "patch": 2}, {**network, "num_class": None}),
        ),
        Provided(
            "ConvNeXtStage",
            f"{blocks}:ConvNeXtStage",
            "blocks of one width, after a change of width and size",
            examples=({"width": 16, "depth": 2, **small}, {"width": 8, "stride": 1, "version": 2, **small}),
        ),
        Provided(
            "ConvNeXtBlock",
            f"{blocks}:ConvNeXtBlock",
            "depthwise convolution, norm, two 1×1 convolutions, and a shortcut",
            examples=(small, {"version": 2, "kernel": 3, "expansion": 2, **small}),
        ),
        Provided("ConvNeXtBranch", f"{blocks}:ConvNeXtBranch", "the branch of a block", examples=(small,)),
        Provided("ConvNeXtStem", f"{blocks}:ConvNeXtStem", "patches of the image", examples=({"width": 16},)),
        Provided("ConvNeXtHead", f"{blocks}:ConvNeXtHead", "mean, norm, linear layer", examples=({"num_class": 10},)),
        Provided("ChannelNorm", f"{leaves}:ChannelNorm", "layer norm over the channels of each pixel"),
        Provided("ResponseNorm", f"{leaves}:ResponseNorm", "channels scaled by their norms over the map"),
        Provided("LayerScale", f"{leaves}:LayerScale", "channels scaled by learned factors"),
        Provided("StochasticDepth", f"{leaves}:StochasticDepth", "drops all of an image in training"),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the space."""
    sizes = {"size": "atto", "stages": 2, "patch": 2, "num_class": 10}
    return [
        Provided(
            "ConvNeXtSpace",
            "fgspace_convnext.spaces:ConvNeXtSpace",
            "depth, width, kernel and expansion of each stage",
            examples=(sizes, {**sizes, "version": 2}, {**sizes, "num_class": None}),
        )
    ]


@hookimpl
def fgspace_provide_cost_rules() -> Iterable[Provided]:
    """Name the rules that count the modules of this plugin without building them."""
    leaves = "fgspace_convnext.leaves"
    return [
        Provided("ChannelNorm", f"{leaves}:count_norm", "counts ChannelNorm"),
        Provided("ResponseNorm", f"{leaves}:count_norm", "counts ResponseNorm"),
        Provided("LayerScale", f"{leaves}:count_scale", "counts LayerScale"),
        Provided("StochasticDepth", f"{leaves}:count_depth", "counts StochasticDepth"),
    ]
