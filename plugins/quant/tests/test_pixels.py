"""With `with_preprocessing`, a quantised network takes raw pixels, prepared before its first rounding."""

import fgspace
import numpy as np
import onnx
import pytest
import torch
from fgspace import NetworkFacts
from fgspace_quant.export import export

onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra deploy")
SHAPE = (3, 6, 6)
KNOWN = {"size": [6, 6], "channels": "RGB", "scale": 1 / 255, "mean": [0.4, 0.5, 0.6], "deviation": 0.25}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    network = fgspace.build({"type": "Conv2d", "out_channels": 4, "kernel_size": 3}, SHAPE).eval()
    made = fgspace.compress(network, {"type": "Quant", "first_last": "same"}, SHAPE)
    made.calibrate([torch.randn(8, *SHAPE)])
    return made


def facts(known):
    return NetworkFacts({"type": "Conv2d"}, dict, preprocessing=known)


def run(file, images):
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": images})[0]


@pytest.mark.parametrize("known", [KNOWN, {"scale": 2.0}], ids=["each", "scale"])
def test_raw_pixels_give_what_prepared_ones_give(tmp_path, model, known):
    plain, pixels = tmp_path / "plain.onnx", tmp_path / "pixels.onnx"
    export(model, plain, facts=facts(known), fastest=False)
    found = export(model, pixels, facts=facts(known), fastest=False, with_preprocessing=True)
    assert found.holds
    raw = np.random.default_rng(0).integers(0, 256, (5, *SHAPE)).astype(np.float32)
    mean = np.array(known.get("mean", 0.0), np.float32).reshape(-1, 1, 1)
    prepared = (raw * np.float32(known["scale"]) - mean) / np.float32(known.get("deviation", 1.0))
    assert np.array_equal(run(pixels, raw), run(plain, prepared))
    onnx.checker.check_model(onnx.load(pixels))


@pytest.mark.parametrize("given", [None, facts({})], ids=["no facts", "nothing known"])
def test_preprocessing_that_is_not_known_is_said(tmp_path, model, given):
    with pytest.raises(ValueError, match=r"with_preprocessing") as caught:
        export(model, tmp_path / "net.onnx", facts=given, with_preprocessing=True)
    assert str(caught.value) == (
        "with_preprocessing: the file does not record the preprocessing of the network; export it from the folder "
        "of its search, whose description.yaml has it under expects"
    )
    assert not (tmp_path / "net.onnx").exists()
