"""The plugin in descriptions: the originals' files, default domains, composition, and the conformance suites."""

import re
import subprocess
import sys
from pathlib import Path

import fgspace
import pytest
import torch
import yaml
from fgspace.plugins.registry import load_registry
from fgspace.testing import ModuleSuite
from fgspace_quant.model import QuantisedModel
from fgspace_quant.process import Quant, QuantWarning
from nets import Residual, made

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
SEED_W = [8, 4, 8, 4, 4, 8, 8, 8, 8, 4, 4, 8, 4, 4, 4, 4, 8, 4, 8, 8]
SEED_A = [8, 4, 4, 8, 8, 4, 8, 8, 8, 8, 4, 8, 8, 4, 8, 4, 8, 4, 8, 8]
SEED_20 = {
    "type": "ResNet",
    "depth": 20,
    "block": {"type": "BasicBlock"},
    "init_plane": 16,
    "out_plane": 64,
    "num_reps": 9,
    "items": {
        "inchannel": [16, 16, 16, 16, 32, 32, 32, 64, 64],
        "outchannel": [16, 16, 16, 32, 32, 32, 64, 64, 64],
        "stride": [1, 1, 1, 2, 1, 1, 2, 1, 1],
    },
}
SEED_18 = {"type": "ResNet", "depth": 18, "block": {"type": "BasicBlock"}}
SMALL = {"type": "ResNet", "depth": 20, "small_input": True, "init_plane": 4}


def described(net, **quant):
    return {
        "type": "FineGrainedSpace",
        "modules": ["resnet", "process"],
        "resnet": net,
        "process": {"type": "Quant", **quant},
    }


CONVOLUTIONS = {
    "type": "Sequential",
    "modules": ["stem", "norm", "act", "depthwise", "norm2", "act2", "pool", "flatten", "head"],
    "stem": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "bias": False},
    "norm": {"type": "BatchNorm2d"},
    "act": {"type": "ReLU6"},
    "depthwise": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "groups": 8, "padding": 1},
    "norm2": {"type": "BatchNorm2d"},
    "act2": {"type": "ReLU"},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 4},
}


class TestQuantAfterANetwork(ModuleSuite):
    examples = (
        (described(CONVOLUTIONS), (3, 9, 8)),
        (described(CONVOLUTIONS, nbit_w_list=4, nbit_a_list=4, scales="power_of_two"), (3, 8, 8)),
        (described({"type": "Linear", "out_features": 5}, nbit_w_list=3, first_last="same"), (6,)),
    )


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_originals_resnet20_leaves_stem_and_classifier_float():
    model = fgspace.build(described(SEED_20, nbit_w_list=SEED_W, nbit_a_list=SEED_A))
    assert isinstance(model, QuantisedModel)
    assert model(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    bits = list(model.plan.bits.values())
    assert [one.skipped for one in bits] == [True, *[False] * 20, True]
    assert [one.weight for one in bits[1:-1]] == SEED_W
    assert [one.activation for one in bits[1:-1]] == SEED_A


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_originals_order_is_both_convolutions_of_a_block_and_then_its_shortcut():
    model = fgspace.build(described(SEED_20, nbit_w_list=SEED_W, nbit_a_list=SEED_A))
    names = [name.removeprefix("resnet.layers.") for name in model.plan.bits]
    assert names[7:10] == [
        "layers_3.residual.conv.conv1",
        "layers_3.residual.conv.conv2",
        "layers_3.residual.shortcut.conv",
    ]


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_originals_twentieth_entry_for_resnet18_is_named():
    said = "nbit_w_list: expected 21 values, one a layer, or 19, for all but the first and the last, got 20; "
    with pytest.warns(QuantWarning, match=f"^nbit_._list: .*surplus: {re.escape('[19] = 8')}; ") as warned:
        model = fgspace.build(described(SEED_18, nbit_w_list=SEED_W, nbit_a_list=SEED_A))
    assert model(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert str(warned[0].message).startswith(said)
    assert str(warned[0].message).count("resnet.layers.") == 19
    with pytest.raises(fgspace.DescriptionError, match=f"^process: {re.escape(said)}"):
        fgspace.build(described(SEED_18, nbit_w_list=SEED_W, nbit_a_list=SEED_A, strict=True))


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_without_a_domain_each_inner_layer_has_two_four_or_eight_bits():
    apart = {"process.nbit_w_list": None, "process.nbit_a_list": None}
    space = fgspace.space({**described(SMALL), "hyper_parameters": apart})
    assert space.range_table == [3] * 40
    assert space.initial == {"process.nbit_a_list": [8] * 20, "process.nbit_w_list": [8] * 20}
    file = described(SMALL, nbit_w_list=[4] * 20)
    assert fgspace.space({**file, "hyper_parameters": apart}).initial["process.nbit_w_list"] == [4] * 20


def test_without_inner_layers_there_are_no_bits_to_search():
    net = {"type": "Sequential", "modules": ["one"], "one": {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}}
    message = "process.nbit_w_list: the network has 1 layers, and none between the first and the last; write bits"
    with pytest.raises(fgspace.DescriptionError, match=f"^{re.escape(message)}$"):
        fgspace.space({**described(net), "hyper_parameters": {"process.nbit_w_list": None}})


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_a_pruned_and_quantised_network_counts_as_the_one_that_is_built():
    if not load_registry().find("Prune"):
        pytest.skip("fgspace-plugin-prune is not installed")
    pruned = {"type": "FineGrainedSpace", "modules": ["net", "prune"], "net": SMALL}
    pruned["prune"] = {"type": "Prune", "ratios": 0.5}
    both = {**pruned, "modules": ["net", "prune", "quant"], "quant": {"type": "Quant", "nbit_w_list": 4}}
    cost = fgspace.space(both).cost()
    assert sum(parameter.numel() for parameter in fgspace.build(both).parameters()) == cost.pop("params")
    assert cost.pop("macs") < fgspace.space(SMALL).cost()["macs"] / 2
    assert Quant(4).count(fgspace.build(pruned), (3, 32, 32)) == cost


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_cost_of_a_point_follows_its_bits_without_torch():
    program = f"""
import sys
import fgspace
space = fgspace.space({described(SMALL, nbit_w_list=[4] * 20, nbit_a_list=8)!r})
print(space.cost()["bops"], "torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ends = 3 * 4 * 9 * 32 * 32 + 16 * 10
    inner = fgspace.space(SMALL).cost()["macs"] - ends
    assert run.stdout.split() == [str(inner * 32 + ends * 1024), "False"]


def test_any_model_is_compressed_by_a_program():
    model = made(Residual)
    quantised = fgspace.compress(model, {"type": "Quant", "nbit_w_list": {"block1": 4}}, (1, 8, 8))
    assert [bits.weight for bits in quantised.plan.bits.values()] == [32, 4, 4, 32, 32, 32, 32]


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_space_of_the_readme_is_one():
    space = fgspace.space(yaml.safe_load(README.partition("```yaml\n")[2].partition("```")[0]))
    assert space.size == 3**40
    assert space.cost()["bops"] == 3_037_331_456


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
def test_the_program_of_the_readme_runs(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    monkeypatch.chdir(tmp_path)
    exec(README.partition("```python\n")[2].partition("```")[0], {"images": torch.randn(256, 3, 32, 32)})
    assert (tmp_path / "small.onnx").stat().st_size < 400_000
