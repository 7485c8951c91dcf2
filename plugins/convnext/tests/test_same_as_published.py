"""The networks count as their papers say, and answer as those of `transformers` do with the same weights."""

import re

import fgspace
import pytest
import torch

LARGE = (3, 224, 224)
# With 1000 classes at 224×224, to the parameter; the papers round: table 1 of version 1, tables 6 and 8 of version 2.
COUNTS = [
    ({"size": "tiny"}, 28_589_128, 4_455_531_264),
    ({"size": "small"}, 50_223_688, 8_683_712_256),
    ({"size": "base"}, 88_591_464, 15_354_729_472),
    ({"size": "large"}, 197_767_336, 34_361_433_600),
    ({"size": "xlarge"}, 350_196_968, 60_921_030_656),
    ({"size": "atto", "version": 2}, 3_708_400, 547_332_480),
    ({"size": "femto", "version": 2}, 5_233_240, 779_629_824),
    ({"size": "pico", "version": 2}, 9_066_280, 1_367_055_360),
    ({"size": "nano", "version": 2}, 15_623_800, 2_445_528_320),
    ({"size": "tiny", "version": 2}, 28_635_496, 4_455_531_264),
    ({"size": "huge", "version": 2}, 660_289_640, 114_922_100_480),
]
SMALL = {"type": "ConvNeXt", "depths": [2, 1, 3], "widths": [8, 16, 24], "num_class": 7}
# Our names of tensors, and those of transformers.
NAMES = (
    (r"^stem\.conv", "embeddings.patch_embeddings"),
    (r"^stem\.norm", "embeddings.layernorm"),
    (r"^head\.norm", "layernorm"),
    (r"^head\.linear", "classifier"),
    (r"^stage_(\d)\.norm", r"encoder.stages.\1.downsampling_layer.0"),
    (r"^stage_(\d)\.reduce", r"encoder.stages.\1.downsampling_layer.1"),
    (r"^stage_(\d)\.block_(\d)\.residual\.branch", r"encoder.stages.\1.layers.\2"),
    (r"(layers.*)\.depthwise", r"\1.dwconv"),
    (r"(layers.*)\.norm", r"\1.layernorm"),
    (r"(layers.*)\.expand", r"\1.pwconv1"),
    (r"(layers.*)\.response", r"\1.grn"),
    (r"(layers.*)\.project", r"\1.pwconv2"),
    (r"(layers.*)\.scale\.weight", r"\1.layer_scale_parameter"),
)


@pytest.mark.parametrize(("parameters", "params", "macs"), COUNTS)
def test_a_size_counts_as_its_paper_says(parameters, params, macs):
    space = fgspace.space({"modules": ["net"], "net": {"type": "ConvNeXt", **parameters}})
    assert space.cost(input_shape=LARGE) == {"params": params, "macs": macs}


@pytest.mark.parametrize(("version", "name"), [(1, "ConvNext"), (2, "ConvNextV2")])
def test_a_network_answers_as_that_of_transformers_with_its_weights(version, name):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed; make test-zoo does it")
    theirs = of_transformers(transformers, name)
    weights = {key.removeprefix(f"{name.lower()}."): one for key, one in theirs.state_dict().items()}
    ours = fgspace.build({**SMALL, "version": version}, input_shape=(3, 64, 64)).eval()
    ours.load_state_dict({key: weights.pop(renamed(key)).reshape(one.shape) for key, one in ours.state_dict().items()})
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected, got = theirs(images).logits, ours(images)
    assert weights == {}
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def of_transformers(transformers, name):
    """Make the network from a configuration, with weights that all matter; nothing is downloaded."""
    torch.manual_seed(0)
    sizes = {"depths": SMALL["depths"], "hidden_sizes": SMALL["widths"], "num_stages": 3, "num_labels": 7}
    made = getattr(transformers, f"{name}ForImageClassification")(getattr(transformers, f"{name}Config")(**sizes))
    for module in made.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.eps = 1e-6  # as in the paper's code; the last norm of transformers has another
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made.eval()


def renamed(name):
    for pattern, theirs in NAMES:
        name = re.sub(pattern, theirs, name)
    return name
