"""`fgspace export`, with the exporter that this plugin provides."""

import json

import fgspace
import pytest
import torch
from fgspace.cli import main

pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")

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
    assert main(["export", str(file), "--weights", str(tmp_path / "weights.pt")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'net.onnx'}\n"
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    x = torch.randn(7, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(torch.from_numpy(session.run(None, {"image": x.numpy()})[0]), model(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "onnx: activation 'input' has no range yet; call calibrate with some batches of images first"),
        (["--weights", "nowhere.pt"], "onnx: there is no file 'nowhere.pt' to load weights from"),
        (["--weights", __file__], f"onnx: {__file__!r} does not hold this network's weights"),
        (["--format", "onxx"], "unknown exporter 'onxx'; did you mean 'onnx'?"),
    ],
)
def test_what_cannot_be_exported_is_said(file, capsys, arguments, message):
    assert main(["export", str(file), *arguments]) == 2
    assert capsys.readouterr().err == f"{message}\n"
