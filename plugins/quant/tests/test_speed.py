"""An exported file has integers only where these are faster than floats, or where floats are another network."""

import fgspace
import onnx
import pytest
import torch
from fgspace_quant.agreement import Agreement
from fgspace_quant.export import export
from fgspace_quant.speed import Speed

pytest.importorskip("onnxruntime", reason="needs the extra deploy")
TINY = {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}
SHAPE = (3, 4, 4)


def quantised(bits):
    torch.manual_seed(0)
    model = fgspace.build(TINY, SHAPE).eval()
    process = {"type": "Quant", "nbit_w_list": bits, "nbit_a_list": bits, "first_last": "same"}
    made = fgspace.compress(model, process, SHAPE)
    made.calibrate([torch.randn(8, *SHAPE)])
    return made


def has_integers(file):
    return any(node.op_type == "QuantizeLinear" for node in onnx.load(file).graph.node)


def test_what_is_written_is_what_was_faster_and_still_runs(tmp_path):
    file = tmp_path / "tiny.onnx"
    found = export(quantised(8), file, fastest=True)
    assert found.speed is not None
    assert has_integers(file) == (found.speed.integers <= found.speed.floats)


def test_integers_are_written_where_they_are_asked_for(tmp_path):
    file = tmp_path / "tiny.onnx"
    assert export(quantised(8), file, fastest=False).speed is None
    assert has_integers(file)


def test_floats_are_not_written_where_they_are_another_network(tmp_path):
    file = tmp_path / "tiny.onnx"
    found = export(quantised(2), file, fastest=True)
    assert found.noise > 0.1
    assert has_integers(file)


@pytest.mark.parametrize(
    ("noise", "speed", "said"),
    [
        (
            0.02,
            Speed(2.0, 1.0),
            "written in floats, without quantisation, since integers take 2 ms on this processor, and floats 1 ms;"
            " --option fastest=false writes integers",
        ),
        (
            0.3,
            Speed(2.0, 1.0),
            "onnxruntime's output is exactly that of the simulation, on 8 random images; quantisation changes it by at"
            " most 30 %; integers take 2 ms on this processor, and floats 1 ms, and are another network: integers are"
            " written",
        ),
        (
            0.02,
            Speed(1.0, 2.0),
            "onnxruntime's output is exactly that of the simulation, on 8 random images; quantisation changes it by at"
            " most 2 %; integers take 1 ms on this processor, and floats 2 ms",
        ),
    ],
)
def test_what_was_timed_is_said(noise, speed, said):
    assert str(Agreement(0.0, noise, speed)) == said
