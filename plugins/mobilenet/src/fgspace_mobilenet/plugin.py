"""What the mobilenet plugin provides."""

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
        Provided("SqueezeExcite", "fgspace_mobilenet.excite:SqueezeExcite", "gate each channel by the whole image"),
        Provided("ConvNorm", "fgspace_mobilenet.convolutions:ConvNorm", "convolution, batch norm, activation"),
        Provided("MobileNetHead", "fgspace_mobilenet.heads:MobileNetHead", "pool, drop out, classify"),
        Provided("MobileNetV3Head", "fgspace_mobilenet.heads:MobileNetV3Head", "pool, widen, drop out, classify"),
    ]
