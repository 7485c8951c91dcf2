"""Which plugin of this project has which names, so that a name whose plugin is missing says what to install."""

from collections.abc import Mapping
from types import MappingProxyType

# Written by tools/official_names.py from what the plugins of the workspace provide; run that where it has changed.
_NAMES = {
    "annealing": "SANAS SimulatedAnnealing",
    "cells": """
        AsymmetricConv AuxiliaryHead CellOperation ConvBNReLU DartsCell DartsCellSpace DartsNetwork DartsSpace DilConv
        FactorizedReduce GlobalPoolConv NasBench201 NasBench201Cell NasBench201Residual NasBench201Space Pick Pool3x3
        ReLUConvBN SepConv SkipConnect Zero
    """,
    "convnext": """
        ChannelNorm ConvNeXt ConvNeXtBlock ConvNeXtBranch ConvNeXtHead ConvNeXtSpace ConvNeXtStage ConvNeXtStem
        LayerScale ResponseNorm StochasticDepth
    """,
    "ea": "BackboneNas BackboneNasSearch LocalSearch NSGA2 NSGA3 PruneEA QuantEA RegularizedEvolution",
    "export": "onnx program torch",
    "inception": "InceptionABlock InceptionABlockSpace InceptionCBlock InceptionCBlockSpace",
    "latency": "Latency LatencyModel LatencyTable",
    "lowrank": "LowRank",
    "migrate": "paddleslim vega",
    "mobilenet": """
        ConvNorm DepthwiseSeparable InvertedConv InvertedResidual InvertedStage MobileNetHead MobileNetV1
        MobileNetV1BlockSpace MobileNetV1Space MobileNetV2 MobileNetV2BlockSpace MobileNetV2Space MobileNetV3
        MobileNetV3Head SqueezeExcite
    """,
    "optuna": "CmaEsSampler GPSampler NSGAIIISampler NSGAIISampler optuna QMCSampler RandomSampler TPESampler",
    "predictor": "Predictor",
    "prune": "Depth Prune",
    "quant": "qdq Quant",
    "ray": "ray RayExecutor",
    "resnet": """
        BasicBlock BasicConv BasicLayer BottleConv BottleneckBlock conv1X1 conv3x3 conv5x5 conv7x7 conv_bn_relu
        conv_bn_relu6 InitialBlock LinearClassificationHead ResNet ResNetBlockSpace ResNetSpace ResNetVariant ResNeXt
        ResNeXtVariant ShortCut SmallInputInitialBlock StackedBottleneck StackedConv VariantLayer
    """,
    "stopping": "Hyperband MedianStop SuccessiveHalving",
    "supernet": "SuperNet",
    "tabular": "TabularBenchmark",
    "tracking": "jsonl mlflow tensorboard",
    "transformer": """
        Attend Attention CausalLanguageModel CharacterModelling FeedForward FirstToken LanguageModelSpace
        LearnedPositions MapTokens PatchEmbedding TransformerBlock VisionTransformer VisionTransformerSpace
    """,
    "vision": "Cifar10 Cifar100 CompressedClassification Digits Idx ImageClassification ImageFolder Npz",
}

KNOWN_PLUGINS: Mapping[str, str] = MappingProxyType({plugin: f"fgspace-plugin-{plugin}" for plugin in _NAMES})
"""Plugin → the distribution to install."""
KNOWN_NAMES: Mapping[str, str] = MappingProxyType(
    {name: plugin for plugin, names in _NAMES.items() for name in names.split()}
)
"""Name of a type → the plugin that has it."""
