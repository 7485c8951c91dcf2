"""Parameters and multiply-adds of the published networks, by rule and measured on the built modules."""

import pytest
import torch

SHAPE = (3, 224, 224)
# With 1000 classes at 224x224: the counts of torchvision's models; those of MobileNetV1 round to the paper's tables.
COUNTS = {
    "MobileNetV1": ({"type": "MobileNetV1"}, 4_231_976, 568_740_352),
    "MobileNetV1 at half width": ({"type": "MobileNetV1", "width_mult": 0.5}, 1_331_592, 149_497_088),
    "MobileNetV1 at quarter width": ({"type": "MobileNetV1", "width_mult": 0.25}, 470_072, 41_030_272),
    "MobileNetV2": ({"type": "MobileNetV2"}, 3_504_872, 300_774_272),
    "MobileNetV2 at half width": ({"type": "MobileNetV2", "width_mult": 0.5}, 1_968_680, 97_131_840),
    "MobileNetV2 at 1.4 width": ({"type": "MobileNetV2", "width_mult": 1.4}, 6_108_776, 582_195_824),
    "MobileNetV3, small": ({"type": "MobileNetV3", "size": "small"}, 2_542_856, 56_510_400),
    "MobileNetV3, large": ({"type": "MobileNetV3", "size": "large"}, 5_483_032, 216_589_760),
}
FEATURES = {
    "MobileNetV1": ({"type": "MobileNetV1"}, 1024),
    "MobileNetV2": ({"type": "MobileNetV2"}, 1280),
    "MobileNetV2 at half width": ({"type": "MobileNetV2", "width_mult": 0.5}, 1280),
    "MobileNetV3, small": ({"type": "MobileNetV3"}, 576),
    "MobileNetV3, large": ({"type": "MobileNetV3", "size": "large"}, 960),
}


@pytest.mark.parametrize(("description", "params", "macs"), COUNTS.values(), ids=COUNTS)
def test_a_network_counts_as_published(network, description, params, macs):
    cost = network.cost({**description, "num_class": 1000}, SHAPE)
    assert (cost.params, cost.macs, cost.output_shape) == (params, macs, (1000,))


@pytest.mark.parametrize(("description", "params", "macs"), COUNTS.values(), ids=COUNTS)
def test_the_built_network_counts_as_published(network, measured, description, params, macs):
    with torch.device("meta"):
        model = network.build({**description, "num_class": 1000}, SHAPE)
    assert measured(model, SHAPE) == (params, macs, (1000,))


@pytest.mark.parametrize(("description", "width"), FEATURES.values(), ids=FEATURES)
def test_a_network_without_a_classifier_returns_features(network, description, width):
    model = network.build({**description, "num_class": None}, (3, 33, 65))
    assert model.eval()(torch.rand(2, 3, 33, 65)).shape == (2, width, 2, 3)


def test_a_network_takes_images_of_one_channel(network):
    model = network.build({"type": "MobileNetV2", "num_class": 10}, (1, 32, 32))
    assert model.eval()(torch.rand(2, 1, 32, 32)).shape == (2, 10)
