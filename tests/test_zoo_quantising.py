"""Networks that nobody here wrote are quantised as they are, as well as plainly, and exported as they are simulated."""

import sys
from functools import cache
from pathlib import Path

import fgspace
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from plain_quantisation import apart, plain
from zoo import MAKERS, missing, network

WORSE = 1.3
"""How much larger than the error of the plain simulation ours may be."""
NEAR = 1.5
"""How much of the noise of quantisation onnxruntime may differ: it rounds values near a tie to the other neighbour."""
SEEDS = (0, 1)
UNSEEN = 99


def needed(name):
    """Return a parameter that is skipped where the package of the network is absent, which it says."""
    why = missing(name)
    return pytest.param(name, marks=pytest.mark.skipif(bool(why), reason=why or "here"))


pytestmark = pytest.mark.filterwarnings("ignore::fgspace_quant.process.QuantWarning")
EVERY = pytest.mark.parametrize("name", [needed(name) for name in MAKERS])


def batches(shape):
    return [fgspace.trace.example(shape, 16, seed=seed) for seed in range(3)]


@cache
def quantised(name, seed=0, full_range=False):
    """Return a network, the shape of its input, and the network calibrated at 8 bits."""
    model, shape = network(name, seed)
    made = fgspace.compress(model, {"type": "Quant", "full_range": full_range}, shape).eval()
    made.calibrate(batches(shape))
    return model, shape, made


def error(name, full_range):
    """Return our error over that of the plain simulation, root mean square over the SEEDS of weights."""
    squares = torch.zeros(2)
    for seed in SEEDS:
        model, shape, made = quantised(name, seed, full_range)
        given = fgspace.trace.example(shape, 32, seed=UNSEEN)
        with torch.no_grad():
            wanted = fgspace.trace.call(model, given)
            found = fgspace.trace.call(made, given), plain(model, batches(shape))(given)
        squares += torch.tensor([apart(one, wanted) for one in found]).square()
    return float((squares[0] / squares[1]).sqrt())


@EVERY
def test_the_error_is_at_most_1_3_times_that_of_a_plain_simulation(name):
    assert 0.2 < error(name, full_range=False) <= WORSE


@EVERY
def test_every_linear_layer_convolution_of_images_and_product_with_a_parameter_is_quantised(name):
    model, shape, made = quantised(name)
    rows = [row for row in fgspace.trace.rows(model, shape) if row.macs and (row.params or row.type == "Linear")]
    assert set(made.plan.bits) == {row.path for row in rows} - {row.path for row in rows if row.type == "Conv1d"}


@EVERY
def test_onnxruntime_computes_what_is_simulated(name, tmp_path):
    pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    from fgspace_quant.export import export

    found = export(quantised(name)[2], tmp_path / "net.onnx")
    assert found.error <= NEAR * found.noise
