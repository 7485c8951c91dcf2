"""What onnxruntime computes from an exported model is what the simulation computes."""

import re
from collections import Counter
from functools import cache

import fgspace
import pytest
import torch
from fgspace.plugins.registry import load_registry
from fgspace_quant.deployed import deployed
from fgspace_quant.process import Quant
from nets import NETS, PreActivated, Residual, made
from training import accuracy

onnx = pytest.importorskip("onnx", reason="the extra fgspace-plugin-quant[deploy] is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")

from fgspace_quant.export import export, to_onnx  # noqa: E402
from fgspace_quant.onnx_graph import packed  # noqa: E402

SHAPE = (1, 8, 8)


def run(path, x, level="ORT_ENABLE_ALL", optimised=None):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if optimised:
        options.optimized_model_filepath = str(optimised)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"image": x.numpy()})[0])


def relative(one, other):
    return float((one - other).norm() / other.norm())


MIXED = {"nbit_w_list": [8, 7, 4, 2, 3, 8, 4], "nbit_a_list": [8, 8, 4, 8, 2, 2, 5]}
OPTIONS = {
    "w8a8": {"scales": "power_of_two"},
    "mixed": {"scales": "power_of_two", **MIXED},
    "free": {"nbit_w_list": 7},
    "learned": {"nbit_w_list": 4, "nbit_a_list": 4, "method": "lsq"},
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory, trained, digits):
    """Return the calibrated model of a name of OPTIONS and the file it was exported to, made once."""
    folder, images = tmp_path_factory.mktemp("exported"), digits[0]

    @cache
    def of(name):
        quantised = Quant(**OPTIONS[name])(trained, SHAPE)
        quantised.calibrate(images[:256].split(64))
        export(quantised, folder / f"{name}.onnx")
        return quantised, folder / f"{name}.onnx"

    return of


@pytest.mark.parametrize("name", ["w8a8", "mixed"])
@pytest.mark.parametrize("level", ["ORT_DISABLE_ALL", "ORT_ENABLE_ALL"])
def test_with_powers_of_two_the_output_is_exactly_the_simulations(exported, digits, name, level):
    quantised, path = exported(name)
    x = digits[0][256:512]
    with torch.no_grad():
        assert (run(path, x, level) - quantised(x)).abs().max() == 0


@pytest.mark.parametrize(("weights", "activations"), [(8, 4), (4, 4), (2, 2)])
def test_at_any_bits_the_output_is_exactly_the_simulations(tmp_path, trained, digits, weights, activations):
    quantised = Quant(weights, activations, scales="power_of_two", first_last="same")(trained, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    export(quantised, tmp_path / "model.onnx")
    x = digits[0][256:512]
    with torch.no_grad():
        assert torch.equal(run(tmp_path / "model.onnx", x), quantised(x))


@pytest.mark.parametrize(("bits", "near"), [(8, 1e-3), (4, 3e-7)])
def test_with_free_scales_the_graph_as_it_is_written_computes_what_the_simulation_does(
    tmp_path, trained, digits, bits, near
):
    quantised = Quant(bits, bits, first_last="same")(trained, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    export(quantised, tmp_path / "model.onnx")
    x = digits[0][256:512]
    with torch.no_grad():
        assert relative(run(tmp_path / "model.onnx", x, "ORT_DISABLE_ALL"), quantised(x)) <= near


def test_with_free_scales_the_output_is_within_half_the_noise_of_quantisation(exported, trained, digits):
    images, labels = digits
    quantised, path = exported("free")
    x = images[256:1256]
    with torch.no_grad():
        expected, full = quantised(x), trained(x)
    noise = relative(expected, full)
    for level in ("ORT_DISABLE_ALL", "ORT_ENABLE_ALL"):
        assert relative(run(path, x, level), expected) <= noise / 2
        assert (run(path, x, level).argmax(1) == expected.argmax(1)).float().mean() >= 0.99
    kept = (run(path, images[1200:]).argmax(1) == labels[1200:]).float().mean()
    assert kept >= accuracy(trained, images[1200:], labels[1200:]) - 0.004


def test_learned_steps_of_four_bits_are_exported_as_they_are_simulated(exported, digits):
    quantised, path = exported("learned")
    with torch.no_grad():
        assert relative(run(path, digits[0][:64], "ORT_DISABLE_ALL"), quantised(digits[0][:64])) < 1e-6


@pytest.mark.parametrize("name", OPTIONS)
def test_every_convolution_and_addition_runs_in_whole_numbers(exported, tmp_path, name):
    run(exported(name)[1], torch.zeros(1, *SHAPE), optimised=tmp_path / "optimised.onnx")
    kinds = Counter(node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node)
    assert (kinds["QLinearConv"], kinds["QLinearAdd"]) == (6, 2)
    assert not {"Conv", "FusedConv", "Add", "Relu"} & set(kinds)


def test_weights_of_four_bits_packed_give_the_same_output_bit_for_bit(exported, digits, tmp_path):
    _, path = exported("mixed")
    onnx.save(packed(onnx.load(path)), tmp_path / "packed.onnx")
    assert torch.equal(run(tmp_path / "packed.onnx", digits[0][:64]), run(path, digits[0][:64]))
    narrow = 2304 + 4608 + 9216 + 320
    assert path.stat().st_size - (tmp_path / "packed.onnx").stat().st_size >= narrow // 2


@pytest.mark.parametrize("net", [net for net in NETS if net is not Residual])
def test_other_networks_are_exported_too(tmp_path, net):
    quantised, path, x = Quant(8, 8)(made(net), SHAPE), tmp_path / "model.onnx", torch.randn(5, *SHAPE)
    quantised.calibrate([torch.randn(64, *SHAPE)])
    export(quantised, path)
    with torch.no_grad():
        assert relative(run(path, x), quantised(x)) < 1e-2


def test_a_pruned_model_is_quantised_and_exported_exactly(tmp_path, trained, digits):
    if not load_registry().find("Prune"):
        pytest.skip("fgspace-plugin-prune is not installed")
    small = fgspace.compress(trained, {"type": "Prune", "ratios": 0.5}, SHAPE)
    quantised = fgspace.compress(small, {"type": "Quant", "nbit_w_list": 7, "scales": "power_of_two"}, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    export(quantised, tmp_path / "model.onnx")
    x = digits[0][256:512]
    assert sum(layer.weight.numel() for layer in small.modules() if hasattr(layer, "weight")) < 6_000
    with torch.no_grad():
        assert (run(tmp_path / "model.onnx", x) - quantised(x)).abs().max() == 0


def test_a_float_model_is_exported_and_its_mode_stays(tmp_path):
    model = made(PreActivated).train()
    export(model, tmp_path / "float.onnx", SHAPE)
    assert model.training
    x = torch.randn(3, *SHAPE)
    assert torch.allclose(run(tmp_path / "float.onnx", x), model.eval()(x), atol=1e-5)


def test_the_deployed_copy_computes_what_the_simulation_does():
    quantised = Quant(4, 8)(made(Residual), SHAPE)
    x = torch.randn(16, *SHAPE)
    quantised.calibrate([x])
    with torch.no_grad():
        assert torch.allclose(deployed(quantised)(x), quantised(x), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "activation 'input' has no range yet; call calibrate with some batches of images first"),
        (
            {"method": "dorefa"},
            "expected the method 'affine' or 'lsq': the others have no whole numbers to deploy",
        ),
    ],
)
def test_what_cannot_be_deployed_is_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_onnx(Quant(**options)(made(Residual), SHAPE))


def test_nothing_of_the_machine_that_exported_is_in_the_file(exported):
    assert b"fgspace" not in exported("w8a8")[1].read_bytes().replace(b"pkg.fgspace", b"")


def test_a_float_model_needs_an_input_shape():
    message = "expected the input_shape, (C, H, W), of a model that is not quantised"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_onnx(made(Residual))
