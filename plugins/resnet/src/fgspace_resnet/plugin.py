"""The types that the resnet plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl

MAP, SMALL, LARGE = (8, 9, 9), (3, 16, 16), (3, 64, 64)
"""Inputs of the examples: a map of odd size for blocks, images for networks."""
BITS = {"doublechannel": [0, 1, 0, 0, 0, 1, 0, 0], "downsample": [0, 0, 1, 0, 0, 1, 0, 0]}


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: networks, layers, blocks, stems, the head and the convolutions."""
    return [
        Provided(
            "ResNet",
            "fgspace_resnet.networks:ResNet",
            "ResNet of a known depth, or with its blocks listed",
            examples=(
                {"depth": 20, "small_input": True, "init_plane": 4, "input": SMALL},
                {"depth": 18, "init_plane": 8, "input": LARGE},
            ),
        ),
        Provided(
            "ResNetVariant",
            "fgspace_resnet.networks:ResNetVariant",
            "ResNet with widths and sizes by bits",
            examples=({"base_depth": 18, "base_channel": 8, **BITS, "input": SMALL},),
        ),
        Provided(
            "ResNeXt",
            "fgspace_resnet.resnext:ResNeXt",
            "ResNet with grouped bottlenecks",
            examples=(
                {
                    "name": "resnext50_32x4d",
                    "num_reps": [1, 1, 1, 1],
                    "groups": 2,
                    "base_width": 4,
                    "init_plane": 16,
                    "small_input": True,
                    "input": SMALL,
                },
            ),
        ),
        Provided(
            "ResNeXtVariant",
            "fgspace_resnet.resnext:ResNeXtVariant",
            "ResNeXt with widths and sizes by bits",
            examples=({"name": "resnext50_32x4d", "base_channel": 16, **BITS, "input": SMALL},),
        ),
        Provided(
            "BasicLayer",
            "fgspace_resnet.layers:BasicLayer",
            "residual blocks by stages, or one by one",
            examples=({"block": {"type": "resnet/BasicBlock"}, "layer_reps": [1, 1], "input": MAP},),
        ),
        Provided(
            "VariantLayer",
            "fgspace_resnet.layers:VariantLayer",
            "residual blocks with widths and sizes by bits",
            examples=(
                {"block": {"type": "resnet/BasicBlock"}, "doublechannel": [0, 1], "downsample": [1, 0], "input": MAP},
            ),
        ),
        Provided(
            "BasicBlock",
            "fgspace_resnet.blocks:BasicBlock",
            "residual block: 3x3, 3x3",
            examples=({"outchannel": 8, "input": MAP}, {"outchannel": 12, "stride": 2, "inner_plane": 6, "input": MAP}),
        ),
        Provided(
            "BottleneckBlock",
            "fgspace_resnet.blocks:BottleneckBlock",
            "residual block: 1x1, 3x3, 1x1",
            examples=({"outchannel": 4, "stride": 2, "groups": 2, "input": MAP},),
        ),
        Provided(
            "StackedBottleneck",
            "fgspace_resnet.stacked:StackedBottleneck",
            "bottleneck with more 1x1 layers",
            examples=(
                {"c1": 4, "c2": 6, "c3": 8, "n1": 2, "n2": 2, "input": MAP},
                {"c1": 4, "c2": 6, "c3": 12, "stride": 2, "input": MAP},
            ),
        ),
        Provided(
            "BasicConv",
            "fgspace_resnet.blocks:BasicConv",
            "the branch of a BasicBlock",
            examples=({"outchannel": 12, "stride": 2, "input": MAP},),
        ),
        Provided(
            "BottleConv",
            "fgspace_resnet.blocks:BottleConv",
            "the branch of a BottleneckBlock",
            examples=({"outchannel": 4, "stride": 2, "input": MAP},),
        ),
        Provided(
            "StackedConv",
            "fgspace_resnet.stacked:StackedConv",
            "the branch of a StackedBottleneck",
            examples=({"c1": 4, "c2": 6, "c3": 8, "n1": 2, "n2": 2, "input": MAP},),
        ),
        Provided(
            "ShortCut",
            "fgspace_resnet.blocks:ShortCut",
            "identity, or a projection if shapes differ",
            examples=({"outchannel": 8, "input": MAP}, {"outchannel": 8, "stride": 2, "input": MAP}),
        ),
        Provided(
            "InitialBlock",
            "fgspace_resnet.stems:InitialBlock",
            "stem for large images, stride 4",
            examples=({"init_plane": 8, "input": SMALL},),
        ),
        Provided(
            "SmallInputInitialBlock",
            "fgspace_resnet.stems:SmallInputInitialBlock",
            "stem for small images",
            examples=({"init_plane": 8, "input": SMALL},),
        ),
        Provided(
            "LinearClassificationHead",
            "fgspace_resnet.heads:LinearClassificationHead",
            "pool, classify",
            examples=({"num_class": 4, "input": MAP},),
        ),
        Provided(
            "conv1X1",
            "fgspace_resnet.convolutions:conv1X1",
            "1x1 convolution",
            examples=({"outchannel": 6, "stride": 2, "input": MAP},),
        ),
        Provided(
            "conv3x3",
            "fgspace_resnet.convolutions:conv3x3",
            "3x3 convolution that keeps the size",
            examples=(
                {"outchannel": 6, "groups": 2, "stride": 2, "input": MAP},
                {"outchannel": 6, "bias": True, "dilation": 2, "input": MAP},
            ),
        ),
        Provided(
            "conv5x5",
            "fgspace_resnet.convolutions:conv5x5",
            "5x5 convolution that keeps the size",
            examples=({"outchannel": 6, "stride": 2, "input": MAP},),
        ),
        Provided(
            "conv7x7",
            "fgspace_resnet.convolutions:conv7x7",
            "7x7 convolution that keeps the size",
            examples=({"outchannel": 6, "stride": 2, "input": MAP},),
        ),
        Provided(
            "conv_bn_relu",
            "fgspace_resnet.convolutions:ConvBnRelu",
            "convolution, batch norm, ReLU",
            examples=({"outchannel": 6, "kernel_size": 3, "stride": 2, "padding": 1, "input": MAP},),
        ),
        Provided(
            "conv_bn_relu6",
            "fgspace_resnet.convolutions:ConvBnRelu6",
            "convolution, batch norm, ReLU6",
            examples=({"outchannel": 6, "input": MAP}, {"outchannel": 6, "kernel": 5, "stride": 2, "input": MAP}),
        ),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the token spaces: whole networks, and sequences of blocks."""
    return [
        Provided(
            "ResNetSpace",
            "fgspace_resnet.spaces:ResNetSpace",
            "8 tokens around ResNet-50",
            examples=({"num_class": 4, "input": SMALL},),
        ),
        Provided(
            "ResNetBlockSpace",
            "fgspace_resnet.spaces:ResNetBlockSpace",
            "residual blocks, 6 tokens each",
            examples=({"block_mask": [0, 1], "num_class": 4, "input": [3, 16, 16]},),
        ),
    ]
