"""The types that the mobilenet plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: networks, blocks and heads."""
    return [
        Provided("MobileNetV1", "fgspace_mobilenet.networks:MobileNetV1", "13 depthwise separable convolutions"),
        Provided("MobileNetV2", "fgspace_mobilenet.networks:MobileNetV2", "17 inverted residuals in seven stages"),
        Provided("MobileNetV3", "fgspace_mobilenet.networks:MobileNetV3", "inverted residuals with squeeze-excite"),
        Provided("DepthwiseSeparable", "fgspace_mobilenet.blocks:DepthwiseSeparable", "the block of MobileNetV1"),
        Provided("InvertedResidual", "fgspace_mobilenet.blocks:InvertedResidual", "the block of MobileNetV2 and V3"),
        Provided("InvertedConv", "fgspace_mobilenet.blocks:InvertedConv", "the branch of an InvertedResidual"),
        Provided("InvertedStage", "fgspace_mobilenet.blocks:InvertedStage", "inverted residuals of one width"),
        Provided("SqueezeExcite", "fgspace_mobilenet.excite:SqueezeExcite", "scale channels by their means"),
        Provided("ConvNorm", "fgspace_mobilenet.convolutions:ConvNorm", "convolution, batch norm, activation"),
        Provided("MobileNetHead", "fgspace_mobilenet.heads:MobileNetHead", "pool, drop out, classify"),
        Provided("MobileNetV3Head", "fgspace_mobilenet.heads:MobileNetV3Head", "pool, widen, drop out, classify"),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the token spaces: whole networks, and sequences of blocks."""
    whole, rows = "fgspace_mobilenet.spaces", "fgspace_mobilenet.block_spaces"
    return [
        Provided("MobileNetV1Space", f"{whole}:MobileNetV1Space", "29 tokens around MobileNetV1"),
        Provided("MobileNetV2Space", f"{whole}:MobileNetV2Space", "25 tokens around MobileNetV2"),
        Provided("MobileNetV1BlockSpace", f"{rows}:MobileNetV1BlockSpace", "separable convolutions, 3 tokens each"),
        Provided("MobileNetV2BlockSpace", f"{rows}:MobileNetV2BlockSpace", "inverted residuals, 4 tokens a stage"),
    ]
