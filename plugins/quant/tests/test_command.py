"""`fgspace export`, with the exporter that this plugin provides."""

import json
import re

import fgspace
import pytest
import torch
from fgspace.cli import main

pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")
onnx = pytest.importorskip("onnx", reason="the extra fgspace-plugin-quant[deploy] is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")

from fgspace_quant.export import to_onnx  # noqa: E402

pytestmark = pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")

NETWORK = {
    "type": "FineGrainedSpace",
    "input_shape": [3, 8, 8],
    "modules": ["net", "quant"],
    "net": {
        "type": "Sequential",
        "modules": ["conv", "relu", "flat", "head"],
        "conv": {"type": "Conv2d", "out_channels": 4, "kernel_size": 3},
        "relu": {"type": "ReLU"},
        "flat": {"type": "Flatten"},
        "head": {"type": "Linear", "out_features": 5},
    },
    "quant": {"type": "Quant", "scales": "power_of_two"},
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(json.dumps({"search_space": NETWORK}))
    return path


def test_a_calibrated_network_is_exported_by_its_file_and_its_weights(file, tmp_path, capsys):
    model = fgspace.space(NETWORK).build().eval()
    model.calibrate([torch.randn(32, 3, 8, 8)])
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    assert main(["export", str(file), "--option", "fastest=false"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'net.onnx'}\nweights: {tmp_path / 'weights.pt'}\n"
    assert re.fullmatch(
        r"onnx: onnxruntime's output is exactly that of the simulation, on 8 random images; "
        r"quantisation changes it by at most [0-9.]+ %\n",
        printed.err,
    )
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    x = torch.randn(7, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(torch.from_numpy(session.run(None, {"image": x.numpy()})[0]), model(x))


def test_full_range_and_packed_weights_are_options_of_the_command(file, tmp_path):
    model = fgspace.space(NETWORK).build().eval()
    model.calibrate([torch.randn(32, 3, 8, 8)])
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    full = fgspace.space({**NETWORK, "quant": {**NETWORK["quant"], "full_range": True}}).build().eval()
    full.load_state_dict(model.state_dict())
    given = ["export", str(file), "--weights", str(tmp_path / "weights.pt"), "--option", "full_range=true"]
    assert main([*given, "--option", "int4=true"]) == 0
    expected, other = (to_onnx(one, int4=True).graph for one in (full, model))
    assert onnx.load(tmp_path / "net.onnx").graph == expected != other
    record = json.loads((tmp_path / "net.onnx.json").read_text())
    assert record["checked"]["random"]["holds"]
    assert record["runtime"] == {"onnxruntime": onnxruntime.__version__, "opset": 21}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--random"], "onnx: activation 'input' has no range yet; call calibrate with some batches of images first"),
        ([], "{file}: has no weights; give --weights FILE, or --random to export random ones"),
        (
            ["--weights", __file__],
            f"weights: {__file__!r} holds no weights that can be read without running its code; write it with "
            "torch.save(model.state_dict(), file)",
        ),
        (
            ["--option", "fullrange=true"],
            "--option fullrange: onnx has no option 'fullrange'; did you mean 'full_range'?",
        ),
        (["--option", "full_range=all"], "--option full_range: expected bool or null, got 'all'"),
        (["--format", "onxx"], "unknown exporter 'onxx'; did you mean 'onnx'?"),
    ],
)
def test_what_cannot_be_exported_is_said(file, capsys, arguments, message):
    assert main(["export", str(file), *arguments]) == 2
    assert capsys.readouterr().err == f"{message.replace('{file}', str(file))}\n"


def test_weights_of_the_float_network_are_not_those_of_the_quantised(file, tmp_path, capsys):
    torch.save(fgspace.space(NETWORK).build().model.state_dict(), tmp_path / "weights.pt")
    assert main(["export", str(file)]) == 2
    assert capsys.readouterr().err.startswith("weights: 10 of the network's 14 tensors do not match ")
