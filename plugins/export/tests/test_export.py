"""Networks in other formats put out what they put out here: by the files themselves, where fgspace is not."""

import io
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import fgspace
import pytest
import torch
from fgspace import NetworkFacts
from fgspace_export import onnx_file, plain_torch, program

sys.path.insert(0, str(Path(__file__).parent))

import exported_nets as nets

fgspace.register(nets.TokenClassifier)
fgspace.register(nets.Branches)
RESNET = {
    "type": "FineGrainedSpace",
    "modules": ["init", "layer", "head"],
    "init": {"type": "SmallInputInitialBlock", "init_plane": 8},
    "layer": {
        "type": "VariantLayer",
        "block": {"type": "BasicBlock"},
        "doublechannel": [0, 1],
        "downsample": [0, 1],
    },
    "head": {"type": "LinearClassificationHead", "num_classes": 5},
}
IMAGE = {"shape": [3, 8, 8]}
CELLS = {
    "type": "NasBench201",
    "cell": "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|skip_connect~2|",
    "cells": 1,
    "channels": 4,
}
TOKENS = {"shape": [6], "dtype": "int64", "below": 20}
PRUNED = {"type": "Prune", "ratios": 0.4}
THIN = {"type": "LowRank", "ranks": 2}
SHALLOW = {"type": "Depth", "keep": [0]}
EQUAL = "outputs are equal to torch's on 12 random inputs; no real ones were at hand"


def network(body, *processes):
    """Return the description of a network with these processes."""
    named = {f"process_{index}": one for index, one in enumerate(processes)}
    return {"type": "FineGrainedSpace", "modules": ["body", *named], "body": body, **named}


def made(description, shape):
    """Return a network with random weights and running statistics, and what is known of it."""
    torch.manual_seed(0)
    space = fgspace.space(description, input_shape=shape)
    model = space.build().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 1.5)
    found = space.network_at()
    return model, NetworkFacts(found, lambda: space.network.calls(found, space.input_shape))


NETWORKS = {
    "blocks": (network(RESNET), IMAGE),
    "cells": (network(CELLS), {"shape": [3, 16, 16]}),
    "pruned": (network(RESNET, PRUNED), IMAGE),
    "shallow": (network(RESNET, SHALLOW), IMAGE),
    "of thin layers": (network(RESNET, THIN), IMAGE),
    "tokens": (network({"type": "TokenClassifier"}), TOKENS),
    "pruned tokens": (network({"type": "TokenClassifier"}, PRUNED), TOKENS),
    "thin and pruned code of others": (network({"type": "Branches"}, PRUNED, THIN), IMAGE),
}


@pytest.mark.needs("cells", "lowrank", "mobilenet", "prune", "quant", "resnet", "vision")
@pytest.mark.parametrize("name", NETWORKS)
def test_plain_torch_puts_out_the_same_bit_for_bit_where_fgspace_cannot_be_imported(name, tmp_path):
    description, shape = NETWORKS[name]
    model, facts = made(description, shape)
    found = plain_torch.export(model, tmp_path / "out", shape, facts)
    assert str(found) == EQUAL
    record = json.loads((tmp_path / "out" / "checked.json").read_text())
    assert record["checked"] == {"random": {"inputs": 12, "error": 0.0, "agreement": 1.0}}
    assert record["runtime"]["fgspace"] == "not importable"
    text = (tmp_path / "out" / "model.py").read_text()
    assert "import fgspace" not in text
    assert ("import exported_nets" in text) == ("code of others" in name or "tokens" in name)


@pytest.mark.needs("cells", "lowrank", "mobilenet", "prune", "quant", "resnet", "vision")
def test_plain_torch_reads_like_the_description(tmp_path):
    model, facts = made(*NETWORKS["shallow"])
    plain_torch.export(model, tmp_path, IMAGE, facts)
    text = (tmp_path / "model.py").read_text()
    assert "conv=nn.Conv2d(3, 8, 3, padding=1, bias=False)," in text
    assert "linear=nn.Linear(" in text
    assert "class Skipped(nn.Module):" in text
    assert "replace(" not in text


@pytest.mark.needs("cells", "lowrank", "mobilenet", "prune", "quant", "resnet", "vision")
def test_a_quantised_network_is_refused_with_a_word_on_onnx(tmp_path):
    model, facts = made(network(RESNET, {"type": "Quant"}), IMAGE)
    message = "a quantised network has no whole numbers in plain torch; export it by --format onnx, which has them"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plain_torch.export(model, tmp_path / "out", IMAGE, facts)
    assert not (tmp_path / "out").exists()


def test_a_module_that_no_call_of_the_description_made_is_refused(tmp_path):
    message = (
        "the network: how this Branches was made is not known; let a type of the description make it, or export as "
        "program or onnx"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plain_torch.export(nets.Branches(), tmp_path / "out", IMAGE)


@pytest.mark.needs("cells", "lowrank", "mobilenet", "prune", "quant", "resnet", "vision")
@pytest.mark.parametrize("name", ["pruned", "pruned tokens"])
def test_a_program_takes_any_batch_and_puts_out_the_same(name, tmp_path):
    description, shape = NETWORKS[name]
    model, facts = made(description, shape)
    found = program.export(model, tmp_path / "net.pt2", shape, facts)
    assert found.error < 1e-5
    again = torch.export.load(tmp_path / "net.pt2").module()
    given = fgspace.trace.example(shape, 5, seed=9)
    with torch.no_grad():
        torch.testing.assert_close(again(given), model(given))
    assert json.loads((tmp_path / "net.pt2.json").read_text())["runtime"]["batch"] == "any"


@pytest.mark.needs("cells", "lowrank", "mobilenet", "prune", "quant", "resnet", "vision")
@pytest.mark.parametrize("name", ["of thin layers", "pruned tokens"])
def test_onnx_takes_any_batch_and_puts_out_the_same_within_rounding(name, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-export[onnx] is not installed")
    onnx = pytest.importorskip("onnx", reason="the extra fgspace-plugin-export[onnx] is not installed")
    description, shape = NETWORKS[name]
    model, facts = made(description, shape)
    real = NetworkFacts(
        facts.description, facts.calls, lambda n: fgspace.trace.example(shape, n, seed=5), {"scale": 2}, ("a", "b")
    )
    found = onnx_file.export(model, tmp_path / "net.onnx", shape, real)
    assert found.error < 1e-5
    assert {kind: one.inputs for kind, one in found.compared.items()} == {"random": 12, "real": 32}
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    given = fgspace.trace.example(shape, 5, seed=9)
    (name_of_input,) = [one.name for one in session.get_inputs()]
    with torch.no_grad():
        torch.testing.assert_close(
            torch.from_numpy(session.run(["output"], {name_of_input: given.numpy()})[0]),
            model(given),
            rtol=1e-3,
            atol=1e-4,
        )
    held = {one.key: json.loads(one.value) for one in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert held == {
        "fgspace.description": facts.description,
        "fgspace.preprocessing": {"scale": 2},
        "fgspace.classes": ["a", "b"],
    }
    record = json.loads((tmp_path / "net.onnx.json").read_text())
    assert record["runtime"] == {
        "onnxruntime": onnxruntime.__version__,
        "provider": "CPUExecutionProvider",
        "torch": torch.__version__,
        "opset": 18,
        "batch": "any",
    }


class OneBatch(torch.nn.Module):
    def forward(self, x):
        return x.reshape(2, -1) if len(x) == 2 else x.reshape(1, -1)


def test_code_for_one_batch_alone_is_refused_with_the_option_that_fixes_it(tmp_path):
    with pytest.raises(ValueError, match=r"--option batch=1 writes it for that batch alone$"):
        program.export(OneBatch(), tmp_path / "net.pt2", IMAGE)
    assert program.export(OneBatch(), tmp_path / "net.pt2", IMAGE, batch=1).error == 0


STANDARDISED = {"scale": 1 / 255, "mean": [0.5, 0.4, 0.3], "deviation": [0.25, 0.2, 0.1]}


@pytest.mark.needs("cells", "lowrank", "mobilenet", "prune", "quant", "resnet", "vision")
@pytest.mark.parametrize(
    "write", [plain_torch.export, program.export, onnx_file.export], ids=["torch", "program", "onnx"]
)
def test_with_its_preprocessing_a_network_takes_raw_pixels(write, tmp_path):
    if write is onnx_file.export:
        pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-export[onnx] is not installed")
    model, facts = made(*NETWORKS["blocks"])
    pixels = torch.randint(0, 256, (32, 3, 8, 8)).float()
    mean, deviation = (torch.tensor(STANDARDISED[name]).reshape(3, 1, 1) for name in ("mean", "deviation"))
    taken = (pixels / 255 - mean) / deviation
    known = replace(facts, preprocessing=STANDARDISED, examples=lambda count: taken[:count])
    found = write(model, tmp_path / "net", IMAGE["shape"], known, with_preprocessing=True)
    assert found.compared["real"].error < 1e-5
    with torch.no_grad():
        wanted = model(taken)
        torch.testing.assert_close(_answers(write, tmp_path / "net", pixels), wanted, rtol=1e-3, atol=1e-3)


def _answers(write, path, pixels):
    if write is onnx_file.export:
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return torch.from_numpy(session.run(None, {"image": pixels.numpy()})[0])
    if write is program.export:
        return torch.export.load(io.BytesIO(path.read_bytes())).module()(pixels)
    names = {"__file__": str(path / "model.py"), "__name__": "model"}
    exec((path / "model.py").read_text(), names)
    return names["load"]()(pixels)


def test_preprocessing_that_is_not_known_is_said(tmp_path):
    message = (
        "with_preprocessing: the file does not record the preprocessing of the network; export it from the folder "
        "of its search, whose description.yaml has it under expects"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plain_torch.export(nets.Branches(), tmp_path / "out", IMAGE["shape"], with_preprocessing=True)
