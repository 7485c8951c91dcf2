"""The types that the mobilenet plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl

MAP, SMALL = (8, 9, 9), (3, 32, 32)
"""Inputs of the examples: a map of odd size for blocks, images for networks."""


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: networks, blocks and heads."""
    return [
        Provided(
            "MobileNetV1",
            "fgspace_mobilenet.networks:MobileNetV1",
            "13 depthwise separable convolutions",
            examples=({"width_mult": 0.25, "input": SMALL},),
        ),
        Provided(
            "MobileNetV2",
            "fgspace_mobilenet.networks:MobileNetV2",
            "17 inverted residuals in seven stages",
            examples=({"width_mult": 0.25, "input": SMALL},),
        ),
        Provided(
            "MobileNetV3",
            "fgspace_mobilenet.networks:MobileNetV3",
            "inverted residuals with squeeze-excite",
            examples=({"width_mult": 0.25, "input": SMALL},),
        ),
        Provided(
            "DepthwiseSeparable",
            "fgspace_mobilenet.blocks:DepthwiseSeparable",
            "the block of MobileNetV1",
            examples=({"outchannel": 12, "input": MAP}, {"outchannel": 12, "stride": 2, "kernel": 5, "input": MAP}),
        ),
        Provided(
            "InvertedResidual",
            "fgspace_mobilenet.blocks:InvertedResidual",
            "the block of MobileNetV2 and V3",
            examples=(
                {"oup": 8, "expand_ratio": 3, "input": MAP},
                {"oup": 12, "stride": 2, "squeeze_excite": True, "activation": "Hardswish", "input": MAP},
            ),
        ),
        Provided(
            "InvertedConv",
            "fgspace_mobilenet.blocks:InvertedConv",
            "the branch of an InvertedResidual",
            examples=({"oup": 12, "expand_ratio": 3, "kernel": 5, "input": MAP},),
        ),
        Provided(
            "InvertedStage",
            "fgspace_mobilenet.blocks:InvertedStage",
            "inverted residuals of one width",
            examples=({"oup": 12, "num_reps": 2, "stride": 2, "expand_ratio": 2, "input": MAP},),
        ),
        Provided(
            "SqueezeExcite",
            "fgspace_mobilenet.excite:SqueezeExcite",
            "scale channels by their means",
            examples=({"input": [8, 5, 5]}, {"reduction": 2, "input": [8, 5, 5]}),
        ),
        Provided(
            "ConvNorm",
            "fgspace_mobilenet.convolutions:ConvNorm",
            "convolution, batch norm, activation",
            examples=({"outchannel": 12, "kernel": 3, "stride": 2, "groups": 4, "activation": "ReLU6", "input": MAP},),
        ),
        Provided(
            "MobileNetHead",
            "fgspace_mobilenet.heads:MobileNetHead",
            "pool, drop out, classify",
            examples=({"num_class": 4, "input": MAP},),
        ),
        Provided(
            "MobileNetV3Head",
            "fgspace_mobilenet.heads:MobileNetV3Head",
            "pool, widen, drop out, classify",
            examples=({"num_class": 4, "hidden": 16, "input": MAP},),
        ),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the token spaces: whole networks, and sequences of blocks."""
    whole, rows = "fgspace_mobilenet.spaces", "fgspace_mobilenet.block_spaces"
    return [
        Provided(
            "MobileNetV1Space",
            f"{whole}:MobileNetV1Space",
            "29 tokens around MobileNetV1",
            examples=({"scale": 0.25, "num_class": 4, "input": SMALL},),
        ),
        Provided(
            "MobileNetV2Space",
            f"{whole}:MobileNetV2Space",
            "25 tokens around MobileNetV2",
            examples=({"scale": 0.25, "num_class": 4, "input": SMALL},),
        ),
        Provided(
            "MobileNetV1BlockSpace",
            f"{rows}:MobileNetV1BlockSpace",
            "separable convolutions, 3 tokens each",
            examples=({"block_mask": [0, 1, 0], "num_class": 4, "input": [3, 16, 16]},),
        ),
        Provided(
            "MobileNetV2BlockSpace",
            f"{rows}:MobileNetV2BlockSpace",
            "inverted residuals, 4 tokens a stage",
            examples=({"block_mask": [0, 1], "scale": 0.5, "input": [3, 16, 16]},),
        ),
    ]
