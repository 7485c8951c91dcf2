"""The types that the resnet plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: networks, layers, blocks, stems, the head and the convolutions."""
    return [
        Provided("ResNet", "fgspace_resnet.networks:ResNet", "ResNet of a known depth, or with its blocks listed"),
        Provided("ResNetVariant", "fgspace_resnet.networks:ResNetVariant", "ResNet with widths and sizes by bits"),
        Provided("ResNeXt", "fgspace_resnet.resnext:ResNeXt", "ResNet with grouped bottlenecks"),
        Provided("ResNeXtVariant", "fgspace_resnet.resnext:ResNeXtVariant", "ResNeXt with widths and sizes by bits"),
        Provided("BasicLayer", "fgspace_resnet.layers:BasicLayer", "residual blocks by stages, or one by one"),
        Provided("VariantLayer", "fgspace_resnet.layers:VariantLayer", "residual blocks with widths and sizes by bits"),
        Provided("BasicBlock", "fgspace_resnet.blocks:BasicBlock", "residual block: 3x3, 3x3"),
        Provided("BottleneckBlock", "fgspace_resnet.blocks:BottleneckBlock", "residual block: 1x1, 3x3, 1x1"),
        Provided("StackedBottleneck", "fgspace_resnet.stacked:StackedBottleneck", "bottleneck with more 1x1 layers"),
        Provided("BasicConv", "fgspace_resnet.blocks:BasicConv", "the branch of a BasicBlock"),
        Provided("BottleConv", "fgspace_resnet.blocks:BottleConv", "the branch of a BottleneckBlock"),
        Provided("StackedConv", "fgspace_resnet.stacked:StackedConv", "the branch of a StackedBottleneck"),
        Provided("ShortCut", "fgspace_resnet.blocks:ShortCut", "identity, or a projection if shapes differ"),
        Provided("InitialBlock", "fgspace_resnet.stems:InitialBlock", "stem for large images, stride 4"),
        Provided("SmallInputInitialBlock", "fgspace_resnet.stems:SmallInputInitialBlock", "stem for small images"),
        Provided("LinearClassificationHead", "fgspace_resnet.heads:LinearClassificationHead", "pool, classify"),
        Provided("conv1X1", "fgspace_resnet.convolutions:conv1X1", "1x1 convolution"),
        Provided("conv3x3", "fgspace_resnet.convolutions:conv3x3", "3x3 convolution that keeps the size"),
        Provided("conv5x5", "fgspace_resnet.convolutions:conv5x5", "5x5 convolution that keeps the size"),
        Provided("conv7x7", "fgspace_resnet.convolutions:conv7x7", "7x7 convolution that keeps the size"),
        Provided("conv_bn_relu", "fgspace_resnet.convolutions:ConvBnRelu", "convolution, batch norm, ReLU"),
        Provided("conv_bn_relu6", "fgspace_resnet.convolutions:ConvBnRelu6", "convolution, batch norm, ReLU6"),
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the token spaces: whole networks, and sequences of blocks."""
    return [
        Provided("ResNetSpace", "fgspace_resnet.spaces:ResNetSpace", "8 tokens around ResNet-50"),
        Provided("ResNetBlockSpace", "fgspace_resnet.spaces:ResNetBlockSpace", "residual blocks, 6 tokens each"),
    ]
