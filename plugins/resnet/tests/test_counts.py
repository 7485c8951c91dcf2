"""Parameters and multiply-adds of known networks, by rule and measured on the built modules."""

import pytest
import torch

SMALL, LARGE = (3, 32, 32), (3, 224, 224)
SEED_ITEMS = {
    "inchannel": [16, 16, 16, 16, 32, 32, 32, 64, 64],
    "outchannel": [16, 16, 16, 32, 32, 32, 64, 64, 64],
    "stride": [1, 1, 1, 2, 1, 1, 2, 1, 1],
}
PRUNED_ITEMS = {
    "inchannel": [16, 15, 15, 15, 29, 29, 29, 60, 60],
    "outchannel": [15, 15, 15, 29, 29, 29, 60, 60, 60],
    "inner_plane": [14, 16, 16, 29, 30, 30, 62, 60, 62],
    "stride": [1, 1, 1, 2, 1, 1, 2, 1, 1],
}
BITS = [0, 0, 1, 0, 1, 0, 1, 0]


def resnet(depth, **parameters):
    return {"type": "ResNet", "depth": depth, **parameters}


def by_items(items, out_plane, **parameters):
    block = {"type": "BasicBlock"}
    return resnet(20, block=block, init_plane=16, out_plane=out_plane, num_reps=9, items=items, **parameters)


def fine_resnet50(num_class):
    """ResNet-50 spelled out in its parts."""
    return {
        "type": "FineGrainedSpace",
        "modules": ["init", "bottlelayer", "pooling", "view", "linear"],
        "init": {"type": "InitialBlock", "init_plane": 64},
        "bottlelayer": {
            "type": "BasicLayer",
            "in_plane": 64,
            "expansion": 4,
            "block": {"type": "BottleneckBlock"},
            "layer_reps": [3, 4, 6, 3],
        },
        "pooling": {"type": "AdaptiveAvgPool2d", "output_size": (1, 1)},
        "view": {"type": "View"},
        "linear": {"type": "Linear", "in_features": 2048, "out_features": num_class},
    }


SEED_VARIANT = {
    "type": "FineGrainedSpace",
    "modules": ["init", "layer", "head"],
    "init": {"type": "SmallInputInitialBlock", "init_plane": 32},
    "layer": {
        "type": "VariantLayer",
        "block": {"type": "BasicBlock"},
        "in_plane": 32,
        "out_plane": 512,
        "doublechannel": [0, 1, 1, 0, 1, 0, 0, 1],
        "downsample": [1, 1, 0, 1, 0, 0, 0, 1],
        "expansion": 1,
    },
    "head": {"type": "LinearClassificationHead", "base_channel": 512, "num_class": 10},
}
VARIANT18 = {
    "type": "ResNetVariant",
    "base_depth": 18,
    "base_channel": 64,
    "doublechannel": BITS,
    "downsample": BITS,
}

COUNTED = {
    "seed ResNet-20": (by_items(SEED_ITEMS, 64), SMALL, 274_394, 3_125_888),
    "seed ResNet-20, small stem": (by_items(SEED_ITEMS, 64, small_input=True), SMALL, 272_474, 40_813_184),
    "ResNet-20": (resnet(20, small_input=True), SMALL, 272_474, 40_813_184),
    "ResNet-56": (resnet(56, small_input=True), SMALL, 855_770, 125_747_840),
    "pruned ResNet-20": (by_items(PRUNED_ITEMS, 60), SMALL, 243_651, 2_845_488),
    "pruned ResNet-20, small stem": (by_items(PRUNED_ITEMS, 60, small_input=True), SMALL, 241_731, 36_327_384),
    "ResNet-18, 10 classes": (resnet(18), LARGE, 11_181_642, 1_813_566_464),
    "ResNet-34, 10 classes": (resnet(34), LARGE, 21_289_802, 3_663_254_528),
    "ResNet-50, 10 classes": (resnet(50), LARGE, 23_528_522, 4_087_156_736),
    "ResNet-50 in parts": (fine_resnet50(10), LARGE, 23_528_522, 4_087_156_736),
    "ResNetVariant-18": (VARIANT18, SMALL, 11_173_962, 555_422_720),
    "seed VariantLayer": (SEED_VARIANT, SMALL, 7_579_114, 96_310_272),
}
"""Reference counts of the older system, and of He et al., CVPR 2016."""

IMAGENET = {
    "ResNet-18": (resnet(18, num_class=1000), 11_689_512),
    "ResNet-34": (resnet(34, num_class=1000), 21_797_672),
    "ResNet-50": (resnet(50, num_class=1000), 25_557_032),
    "ResNet-50 in parts": (fine_resnet50(1000), 25_557_032),
    "ResNet-101": (resnet(101, num_class=1000), 44_549_160),
    "ResNet-152": (resnet(152, num_class=1000), 60_192_808),
    "ResNeXt-50": ({"type": "ResNeXt", "name": "resnext50_32x4d", "num_class": 1000}, 25_028_904),
    "ResNeXt-101": ({"type": "ResNeXt", "name": "resnet101_32x8d", "num_class": 1000}, 88_791_336),
    "ResNeXt-101 64x4d": ({"type": "ResNeXt", "name": "resnext101_64x4d", "num_class": 1000}, 83_455_272),
}
"""Parameters that torchvision documents for its models with 1000 classes."""


@pytest.mark.parametrize(("description", "shape", "params", "macs"), COUNTED.values(), ids=COUNTED)
def test_the_rules_count_as_the_reference_does(network, description, shape, params, macs):
    cost = network.cost(description, shape)
    assert (cost.params, cost.macs, cost.output_shape) == (params, macs, (10,))


@pytest.mark.parametrize(("description", "shape", "params", "macs"), COUNTED.values(), ids=COUNTED)
def test_the_built_network_counts_as_the_reference_does(network, measured, description, shape, params, macs):
    with torch.device("meta"):
        module = network.build(description, shape)
    assert measured(module, shape) == (params, macs, (10,))


@pytest.mark.parametrize(("description", "params"), IMAGENET.values(), ids=IMAGENET)
def test_networks_for_imagenet_have_the_parameters_torchvision_documents(network, measured, description, params):
    with torch.device("meta"):
        module = network.build(description, LARGE)
    cost = network.cost(description, LARGE)
    assert measured(module, LARGE) == (cost.params, cost.macs, cost.output_shape)
    assert (cost.params, cost.output_shape) == (params, (1000,))


@pytest.mark.parametrize(("depth", "million"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
def test_networks_for_cifar_have_the_parameters_of_the_paper(network, depth, million):
    params = network.cost(resnet(depth, small_input=True), SMALL).params
    assert params / 1e6 == pytest.approx(million, rel=0.025)


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110, 18, 34, 50, 101, 152])
def test_the_depth_is_the_number_of_layers_with_weights(network, depth):
    layers = network.layers(resnet(depth), SMALL)
    weighted = [layer for layer in layers if layer.macs and "shortcut" not in layer.path]
    assert len(weighted) == depth


def test_a_variant_with_the_bits_of_resnet_18_is_resnet_18(network):
    bits = [0, 0, 1, 0, 1, 0, 1, 0]
    variant = VARIANT18 | {"doublechannel": bits, "downsample": bits, "small_input": False}
    assert network.cost(variant, LARGE) == network.cost(resnet(18), LARGE)


def test_a_resnext_variant_with_the_bits_of_three_stages_is_the_resnext_with_these_stages(network):
    bits = [0, 1, 1]
    variant = {"type": "ResNeXtVariant", "name": "resnext50_32x4d", "base_channel": 64}
    variant |= {"doublechannel": bits, "downsample": bits, "small_input": False}
    staged = {"type": "ResNeXt", "name": "resnet50_32x4d", "num_reps": [1, 1, 1]}
    assert network.cost(variant, LARGE) == network.cost(staged, LARGE)


def test_the_head_follows_the_output_width_of_the_layers(network):
    narrow = network.cost(VARIANT18 | {"base_channel": 8}, SMALL)
    assert narrow.output_shape == (10,)
    assert network.layers(VARIANT18 | {"base_channel": 8}, SMALL)[-1].in_shape == (64,)


def test_a_network_takes_images_of_one_channel(network, measured):
    description, shape = resnet(20, small_input=True), (1, 8, 8)
    cost = network.cost(description, shape)
    assert measured(network.build(description, shape), shape) == (cost.params, cost.macs, (10,))
    assert cost.params == 272_474 - 2 * 16 * 9


def test_given_stage_lengths_override_those_of_the_depth(network):
    shallow = network.cost(resnet(50, num_reps=[3, 4, 6, 3], block={"type": "BasicBlock"}), LARGE)
    assert shallow == network.cost(resnet(34), LARGE)


HEADLESS = {
    "ResNet": ({"type": "ResNet", "depth": 20, "small_input": True}, (64, 8, 8)),
    "ResNet by items": (by_items(SEED_ITEMS, 64), (64, 2, 2)),
    "ResNet of bottlenecks": ({"type": "ResNet", "depth": 50}, (2048, 1, 1)),
    "ResNetVariant": (
        {"type": "ResNetVariant", "base_depth": 18, "base_channel": 8, "doublechannel": BITS, "downsample": BITS},
        (64, 4, 4),
    ),
    "ResNeXt": ({"type": "ResNeXt", "name": "resnext50_32x4d", "num_reps": [1, 1]}, (512, 4, 4)),
    "ResNeXtVariant": (
        {
            "type": "ResNeXtVariant",
            "name": "resnext50_32x4d",
            "base_channel": 16,
            "doublechannel": [0, 1],
            "downsample": [0, 1],
        },
        (128, 16, 16),
    ),
}


@pytest.mark.parametrize("spelling", ["num_class", "num_classes"])
@pytest.mark.parametrize(("description", "shape"), HEADLESS.values(), ids=HEADLESS)
def test_a_network_without_classes_is_the_network_without_its_head(network, description, shape, spelling):
    with_head = network.cost(description, SMALL)
    without = network.cost({**description, spelling: None}, SMALL)
    head = 10 * shape[0]
    assert without.output_shape == shape
    assert (without.params, without.macs) == (with_head.params - head - 10, with_head.macs - head)
    with torch.device("meta"):
        model = network.build({**description, spelling: None}, SMALL)
    assert model(torch.empty(2, *SMALL, device="meta")).shape == (2, *shape)
