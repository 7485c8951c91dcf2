"""Which plugin of this project has which names, so that a name whose plugin is missing says what to install."""

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = {
    "resnet": """
        ResNet ResNetVariant ResNeXt ResNeXtVariant BasicLayer VariantLayer BasicBlock BottleneckBlock BasicConv
        BottleConv ShortCut InitialBlock SmallInputInitialBlock LinearClassificationHead ResNetSpace ResNetBlockSpace
        conv1X1 conv3x3 conv5x5 conv7x7 conv_bn_relu conv_bn_relu6 StackedBottleneck StackedConv
    """,
    "mobilenet": """
        MobileNetV1 MobileNetV2 MobileNetV3 DepthwiseSeparable InvertedResidual MobileNetV1Space MobileNetV2Space
        MobileNetV1BlockSpace MobileNetV2BlockSpace ConvNorm InvertedConv InvertedStage MobileNetHead MobileNetV3Head
        SqueezeExcite
    """,
    "inception": "InceptionABlock InceptionCBlock InceptionABlockSpace InceptionCBlockSpace",
    "quant": "Quant onnx",
    "prune": "Prune",
    "ea": "BackboneNasSearch BackboneNas RegularizedEvolution LocalSearch NSGA2 NSGA3 PruneEA QuantEA",
    "annealing": "SANAS SimulatedAnnealing",
    "predictor": "Predictor",
    "ray": "RayExecutor ray",
    "stopping": "SuccessiveHalving Hyperband MedianStop",
    "vision": "CompressedClassification ImageClassification Digits Cifar10 Cifar100 Idx ImageFolder Npz",
}

KNOWN_PLUGINS: Mapping[str, str] = MappingProxyType({plugin: f"fgspace-plugin-{plugin}" for plugin in _NAMES})
"""Plugin → the distribution to install."""
KNOWN_NAMES: Mapping[str, str] = MappingProxyType(
    {name: plugin for plugin, names in _NAMES.items() for name in names.split()}
)
"""Name of a type → the plugin that has it."""
