"""Networks of the plugins, whole: masked and small agree, and the small ones are what others make of the same masks."""

import copy
import json
import random
import subprocess
import sys
import warnings
from functools import cache

import fgspace
import pytest
import torch
from fgspace_prune.cost import cost
from fgspace_prune.finding import plan
from fgspace_prune.masking import masked
from fgspace_prune.process import Prune, PruneWarning
from fgspace_prune.slicing import sliced, state
from hypothesis import given
from hypothesis import strategies as st
from messages import refused
from torch import nn

pytestmark = pytest.mark.needs("inception", "mobilenet", "resnet")

IMAGE = (3, 32, 32)
RESNET20 = {"type": "ResNet", "depth": 20, "small_input": True}
BITS = {"doublechannel": [0, 0, 1, 0, 1, 0], "downsample": [0, 0, 1, 0, 1, 0]}


def headed(**block):
    """Return a network of one block and a linear head."""
    pool, view, linear = {"type": "AdaptiveAvgPool2d", "output_size": 1}, {"type": "View"}, {"type": "Linear"}
    parts = {"block": block, "pool": pool, "view": view, "linear": {**linear, "out_features": 10}}
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


NETWORKS = {
    "resnet20": RESNET20,
    "basic": {"type": "ResNetVariant", "base_depth": 18, "base_channel": 8, **BITS},
    "bottleneck": {"type": "ResNetVariant", "base_depth": 50, "base_channel": 8, **BITS},
    "mobilenet1": {"type": "MobileNetV1", "width_mult": 0.25},
    "mobilenet2": {"type": "MobileNetV2", "width_mult": 0.25},
    "mobilenet3-small": {"type": "MobileNetV3", "size": "small", "width_mult": 0.25},
    "mobilenet3-large": {"type": "MobileNetV3", "size": "large", "width_mult": 0.25},
    "inception-a": headed(type="InceptionABlock", channels=[8, 8, 8, 12, 8, 12, 12], kernel=3, pool="avg", stride=2),
    "inception-c": headed(
        type="InceptionCBlock", channels=[8, 8, 8, 12, 12, 8, 12, 12, 12], kernel=3, pool="max", stride=2
    ),
}
LARGE = {
    "resnet18": {"type": "ResNet", "depth": 18},
    "resnet50": {"type": "ResNet", "depth": 50},
    "resnext50": {"type": "ResNeXt", "name": "resnext50_32x4d"},
    "mobilenet2-whole": {"type": "MobileNetV2"},
}


def build(name):
    """Return the network with random running statistics, in evaluation mode."""
    torch.manual_seed(0)
    net = fgspace.build({**NETWORKS, **LARGE}[name], input_shape=IMAGE).eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return net


@cache
def planned(name):
    """Return the network, the same in float64, and its plan, which serves both."""
    net = build(name)
    return net, copy.deepcopy(net).double(), plan(net, IMAGE)


def drawn(found, rng):
    """Return masks of any density that keep at least one channel of each group."""
    share = rng.random()
    masks = {group.name: [int(rng.random() < share) for _ in range(group.width)] for group in found.groups}
    return {name: row if any(row) else [1, *row[1:]] for name, row in masks.items()}


def agree(name, seed):
    """Compare the masked and the small network of the seed, in float32 and in float64."""
    single, double, found = planned(name)
    masks = drawn(found, random.Random(seed))
    images = torch.randn(2, *IMAGE, generator=torch.Generator().manual_seed(seed))
    for net, of, near in ((single, images, 1e-5), (double, images.double(), 1e-10)):
        small = sliced(found, net, masks)
        with torch.no_grad():
            assert torch.allclose(small(of), masked(found, net, masks)(of), rtol=near, atol=near)
        assert cost(found, masks)["params"] == sum(parameter.numel() for parameter in small.parameters())


@pytest.mark.parametrize("seeds", [range(10), pytest.param(range(10, 100), marks=pytest.mark.soak)], ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_masked_and_small_networks_put_out_the_same_for_each_of_a_hundred_seeds(name, seeds):
    for seed in seeds:
        agree(name, seed)


@pytest.mark.parametrize("name", NETWORKS)
def test_masked_channels_of_every_network_are_still_zero_after_training_steps(name):
    single, _, found = planned(name)
    full = copy.deepcopy(single)
    for parameter in full.parameters():
        nn.init.normal_(parameter, std=0.1)  # no entry is zero by itself
    model = masked(found, full, drawn(found, random.Random(3))).train()
    zero = {name: parameter == 0 for name, parameter in model.named_parameters()}
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=1e-2)
    for _ in range(2):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.randn(4, *IMAGE)), torch.arange(4)).backward()
        optimizer.step()
    trained = dict(model.named_parameters())
    assert all((trained[name][where] == 0).all() for name, where in zero.items())
    assert any(where.any() for where in zero.values())


@pytest.mark.parametrize("name", LARGE)
def test_masked_and_small_networks_put_out_the_same_at_full_width(name):
    for seed in range(2):
        agree(name, seed)


def test_resnet20_has_nine_single_and_three_coupled_widths_of_448_bits():
    _, _, found = planned("resnet20")
    assert [group.width for group in found.groups if not group.coupled] == [16] * 3 + [32] * 3 + [64] * 3
    assert [group.width for group in found.groups if group.coupled] == [16, 32, 64]
    assert found.channels == 448
    assert cost(found, {}) == {"params": 272_474, "macs": 40_813_184}


def test_the_464_bits_of_vega_are_taken():
    bits = [int(bit) for bit in random.Random(0).choices((0, 1), k=464)]
    inner = [16] * 3 + [32] * 3 + [64] * 3
    cut = [bits[sum([*inner, 16, 16, 32, 64][:k]) :][:width] for k, width in enumerate([*inner, 16, 16, 32, 64])]
    net, _, found = planned("resnet20")
    masks = Prune(chn_mask=cut[:9], chn_node_mask=cut[9:], strict=True).masks(found, net)
    assert [masks[group.name] for group in found.groups if not group.coupled] == [tuple(row) for row in cut[:9]]
    assert masks[found.groups[0].name] == tuple(stem | stage for stem, stage in zip(cut[9], cut[10], strict=True))


@given(st.data())
def test_any_rows_of_any_length_leave_a_network_that_can_be_counted(data):
    net, _, found = planned("resnet20")
    row = st.lists(st.integers(0, 1), max_size=80)
    process = Prune(data.draw(st.lists(row, max_size=12)), data.draw(st.lists(row, max_size=6)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PruneWarning)
        masks = process.masks(found, net)
    assert all(any(row) for row in masks.values())
    assert 0 < cost(found, masks)["params"] <= 272_474


@pytest.mark.parametrize(
    ("name", "share", "params"),
    [
        ("resnet20", 0.25, 153_766),
        ("resnet20", 0.5, 68_786),
        ("resnet18", 0.5, 2_801_450),
        ("resnet50", 0.5, 5_902_890),
        ("mobilenet2-whole", 0.5, 587_178),
    ],
)
def test_the_small_network_has_the_size_that_torch_pruning_gives(name, share, params):
    other = pytest.importorskip("torch_pruning", reason="torch-pruning is not installed")
    net = build(name)
    ours = Prune(ratios=share)(net, IMAGE)
    theirs = build(name)
    ignored = [module for module in theirs.modules() if isinstance(module, nn.Linear)]
    importance = other.importance.MagnitudeImportance(p=1)
    images = torch.randn(1, *IMAGE)
    other.pruner.BasePruner(theirs, images, importance, pruning_ratio=share, ignored_layers=ignored).step()
    shapes = {name: tensor.shape for name, tensor in theirs.state_dict().items()}
    assert {name: tensor.shape for name, tensor in ours.state_dict().items()} == shapes
    assert sum(parameter.numel() for parameter in ours.parameters()) == params


AGAIN = """
import json, sys, torch, fgspace
from fgspace_prune.process import Prune
description, options, weights, images, out = json.loads(sys.argv[1])
small = Prune(**options)(fgspace.build(description, input_shape=(3, 32, 32)), (3, 32, 32)).eval()
small.load_state_dict(torch.load(weights, weights_only=True))
torch.save(small(torch.load(images, weights_only=True)), out)
"""


def test_a_small_network_is_rebuilt_in_a_fresh_process_from_description_and_weights(tmp_path):
    net, _, _ = planned("resnet20")
    options = {"ratios": 0.4, "masks": {"init_block.conv": [1, 0] * 8}}
    small, images = Prune(**options)(net, IMAGE), torch.randn(2, *IMAGE)
    files = [str(tmp_path / name) for name in ("weights.pt", "images.pt", "out.pt")]
    torch.save(small.state_dict(), files[0])
    torch.save(images, files[1])
    given = json.dumps([RESNET20, options, *files])
    subprocess.run([sys.executable, "-c", AGAIN, given], check=True)
    assert torch.equal(torch.load(files[2], weights_only=True), small(images))


def test_the_state_of_the_small_network_is_sliced_from_the_full_state():
    net, _, found = planned("resnet20")
    masks = drawn(found, random.Random(4))
    small = sliced(found, net, masks).state_dict()
    parts = state(found, net.state_dict(), masks)
    assert parts.keys() == small.keys()
    assert all(torch.equal(parts[name], tensor) for name, tensor in small.items())


def test_what_a_state_holds_beside_the_tensors_of_the_plan_is_left_as_it_is():
    net, _, found = planned("resnet20")
    extra = {**net.state_dict(), "ema._extra_state": torch.arange(3)}
    parts = state(found, extra, drawn(found, random.Random(4)))
    assert parts["ema._extra_state"] is extra["ema._extra_state"]


SEED = {
    "type": "ResNet",
    "depth": 20,
    "block": {"type": "BasicBlock"},
    "init_plane": 16,
    "out_plane": 60,
    "num_reps": 9,
    "items": {
        "inchannel": [16, 15, 15, 15, 29, 29, 29, 60, 60],
        "outchannel": [15, 15, 15, 29, 29, 29, 60, 60, 60],
        "inner_plane": [14, 16, 16, 29, 30, 30, 62, 60, 62],
        "stride": [1, 1, 1, 2, 1, 1, 2, 1, 1],
    },
}


def test_the_seeds_twelve_and_five_rows_are_understood():
    rows = {"chn_mask": [[0] * 11 + [1]] * 12, "chn_node_mask": [[0] * 11 + [1]] * 5}
    net = fgspace.build(SEED, input_shape=IMAGE)
    last = "layers.layers_6.residual.conv.conv2"
    message = f"chn_node_mask: has 5 rows for 4 layers, the last of them {last!r}; leave out the last 1"
    with pytest.warns(PruneWarning) as warned:
        small = Prune(**rows, init_model_file="./bestmodel.pth", weights=False)(net, IMAGE)
    assert [str(warning.message) for warning in warned] == [message]
    widths = [m.out_channels for m in small.modules() if isinstance(m, nn.Conv2d) and m.kernel_size != (1, 1)]
    stages = [15 - 11, 29 - 11, 60 - 11]
    inner = [14, 16, 16, 29, 30, 30, 62, 60, 62]
    blocks = [width for index, width in enumerate(inner) for width in (width - 11, stages[index // 3])]
    assert widths == [16 - 11, *blocks]
    with refused(message):
        Prune(**rows, strict=True)(net, IMAGE)
