"""What onnxruntime computes from an exported model is what the simulation computes."""

import re
import sys
from collections import Counter
from functools import cache

import fgspace
import pytest
import torch
from fgspace.plugins.registry import load_registry
from fgspace_quant.agreement import Agreement, compared
from fgspace_quant.deployed import deployed
from fgspace_quant.full_range import with_full_range
from fgspace_quant.process import Quant, QuantWarning
from nets import NETS, PreActivated, Residual, made
from sums import INT16, has_vnni, layers
from torch import nn
from training import accuracy

onnx = pytest.importorskip("onnx", reason="the extra fgspace-plugin-quant[deploy] is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra fgspace-plugin-quant[deploy] is not installed")
pytest.importorskip("onnxscript", reason="the extra fgspace-plugin-quant[deploy] is not installed")

from fgspace_quant.export import export, to_onnx  # noqa: E402
from fgspace_quant.onnx_graph import packed  # noqa: E402

SHAPE = (1, 8, 8)
needs_vnni = pytest.mark.skipif(
    not has_vnni(), reason="onnxruntime adds two products of 8 bits in 16 bits: this processor has no VNNI"
)


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
    "w8a8_free": {},
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


def whole_weights(path):
    """Return the weights of an exported model that are stored as whole numbers, by name."""
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    return {name: values for name, values in stored.items() if values.dtype == "int8" and values.ndim > 1}


def most_of_neighbours(weights):
    """Return the largest sum of two neighbours of one sign, as the integer kernels lay the weights out."""
    row = torch.from_numpy(weights.astype(int)).movedim(1, -1).flatten(1)
    pairs = nn.functional.pad(row, (0, row.shape[1] % 2)).unflatten(1, (-1, 2))
    return int(max(pairs.clamp(min=0).sum(2).max(), -pairs.clamp(max=0).sum(2).min()))


@pytest.mark.parametrize("name", OPTIONS)
def test_two_neighbours_have_at_most_128_steps_in_every_layer_the_first_and_the_last_too(exported, name):
    quantised, path = exported(name)
    found = [most_of_neighbours(values) for values in whole_weights(path).values()]
    assert len(found) == len(quantised.plan.bits) == 7
    assert max(found) <= 128
    if name == "w8a8_free":
        assert min(found) >= 126
        assert max(int(abs(values.astype(int)).max()) for values in whole_weights(path).values()) > 80


@pytest.mark.parametrize("name", OPTIONS)
def test_sums_of_two_products_never_saturate_sixteen_bits(exported, digits, name):
    found = list(layers(exported(name)[1], digits[0][256:272].numpy()))
    assert len(found) == 7
    for layer in found:
        exact, saturating = layer.sums()
        assert (exact == saturating).all(), layer.name
        assert 255 * most_of_neighbours(layer.weights) <= INT16.max


def test_in_full_range_they_do_which_is_what_the_range_is_reduced_for(trained, digits, tmp_path):
    quantised = Quant(full_range=True)(trained, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    path = tmp_path / "full.onnx"
    path.write_bytes(to_onnx(quantised).SerializeToString())
    found = [layer.sums() for layer in layers(path, digits[0][256:272].numpy())]
    assert any((exact != saturating).any() for exact, saturating in found)


@needs_vnni
@pytest.mark.parametrize("method", ["affine", "lsq"])
def test_in_full_range_the_output_is_exactly_the_simulations_where_there_is_vnni(tmp_path, trained, digits, method):
    quantised = Quant(method=method, scales="power_of_two", full_range=True)(trained, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    export(quantised, tmp_path / "model.onnx")
    assert max(abs(values.astype(int)).max() for values in whole_weights(tmp_path / "model.onnx").values()) > 63
    x = digits[0][256:512]
    with torch.no_grad():
        assert torch.equal(run(tmp_path / "model.onnx", x), quantised(x))


@pytest.mark.parametrize("weight_observer", ["minmax", "mse"])
def test_a_model_in_full_range_is_what_quant_makes_in_full_range(trained, digits, weight_observer):
    reduced, full = (Quant(weight_observer=weight_observer, full_range=wide)(trained, SHAPE) for wide in (False, True))
    x = digits[0][256:512]
    with torch.no_grad():
        for quantised in (reduced, full):
            quantised.calibrate(digits[0][:256].split(64))
        before = reduced(x)
        assert torch.equal(with_full_range(reduced, True)(x), full(x))
        assert torch.equal(with_full_range(full, False)(x), before)
        assert torch.equal(reduced(x), before)
        assert not torch.equal(before, full(x))


@pytest.mark.filterwarnings("ignore::fgspace_quant.process.QuantWarning")
def test_full_range_may_be_asked_of_the_export_alone(tmp_path, trained, digits):
    quantised = Quant()(trained, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    export(quantised, tmp_path / "full.onnx", full_range=True)
    assert [abs(values.astype(int)).max() for values in whole_weights(tmp_path / "full.onnx").values()] == [127] * 7


def test_the_range_of_learned_steps_is_not_changed(tmp_path, exported):
    message = (
        "full_range: the steps of 'stem.0' are learned for weights of -63 to 63, not of -127 to 127; "
        "write full_range: true in Quant and train again"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        export(exported("learned")[0], tmp_path / "model.onnx", full_range=True)
    assert not (tmp_path / "model.onnx").exists()
    quantised = Quant([32, 4, 4, 4, 4, 4, 32], 8, method="lsq")(made(Residual), SHAPE)
    assert with_full_range(quantised, True).plan is not None


def test_full_range_is_for_quantised_networks(tmp_path):
    message = "full_range: expected a quantised network, got one without the process Quant"
    with pytest.raises(ValueError, match=f"^{message}$"):
        export(made(PreActivated), tmp_path / "model.onnx", SHAPE, full_range=True)


def test_an_export_says_how_near_onnxruntime_is_to_the_simulation(exported, trained, digits, tmp_path):
    found = compared(*exported("w8a8"))
    assert found.error == 0
    assert 0 < found.noise < 0.5
    other = Quant(scales="power_of_two")(trained, SHAPE)
    other.calibrate([3 * digits[0][:64]])
    found = compared(other, exported("w8a8")[1])
    assert found.error > found.noise
    assert not found.holds


@pytest.mark.parametrize(
    ("found", "holds", "said"),
    [
        (
            Agreement(0.0, 0.0186),
            True,
            "onnxruntime's output is exactly that of the simulation, on 8 random images; "
            "quantisation changes it by at most 1.86 %",
        ),
        (
            Agreement(0.1526, 0.0129),
            False,
            "onnxruntime's output is at most 15.3 % off that of the simulation, on 8 random images; "
            "quantisation changes it by at most 1.29 %",
        ),
        (
            Agreement(2e-7, 0.0),
            True,
            "onnxruntime's output is at most 2e-05 % off that of the simulation, on 8 random images; "
            "quantisation changes it by at most 0 %",
        ),
        (
            Agreement(0.009, 0.008),
            True,
            "onnxruntime's output is at most 0.9 % off that of the simulation, on 8 random images; "
            "quantisation changes it by at most 0.8 %",
        ),
        (Agreement(None, 0.01), True, "not compared with the simulation: onnxruntime is not installed"),
    ],
)
def test_what_a_comparison_found_is_said_in_percent(found, holds, said):
    assert (str(found), found.holds) == (said, holds)


def test_without_onnxruntime_nothing_is_compared(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert compared(*exported("w8a8")).error is None


class Fickle(nn.Module):
    """Doubles its output while it is exported, so that no runtime can agree with it."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 4, 3), nn.Linear(4, 3)

    def forward(self, x):
        y = self.last(torch.relu(self.first(x)).mean((2, 3)))
        return 2 * y if torch.compiler.is_compiling() else y


@pytest.mark.parametrize(
    ("full_range", "advice"),
    [
        (False, "compare them on images of your own before you deploy it"),
        (True, "8-bit weights in full range need a processor with VNNI; on others, export with full_range=false"),
    ],
)
def test_an_export_that_computes_something_else_is_warned_of(tmp_path, full_range, advice):
    quantised = Quant(full_range=full_range)(Fickle().eval(), SHAPE)
    quantised.calibrate([torch.rand(64, *SHAPE)])
    with pytest.warns(QuantWarning) as warned:
        found = export(quantised, tmp_path / "model.onnx")
    assert [str(one.message) for one in warned] == [f"{found}; expected no more than that: {advice}"]
    assert found.error == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize(("weights", "activations"), [(32, 8), (8, 32), (32, 32)])
def test_layers_with_float_weights_or_inputs_stay_float(tmp_path, trained, digits, weights, activations):
    quantised = Quant(weights, activations)(trained, SHAPE)
    quantised.calibrate(digits[0][:256].split(64))
    export(quantised, tmp_path / "model.onnx")
    x = digits[0][256:512]
    with torch.no_grad():
        assert relative(run(tmp_path / "model.onnx", x), quantised(x)) < 1e-3


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


@pytest.mark.soak
@pytest.mark.parametrize("scales", ["free", "power_of_two"])
@pytest.mark.parametrize("dead", ["weights", "activations"])
def test_biases_of_channels_that_are_almost_zero_fit_into_the_accumulators(tmp_path, scales, dead):
    model = made(Residual)
    with torch.no_grad():
        if dead == "weights":
            model.block1.bn1.weight[::2] = 1e-9
            model.block1.bn1.bias.fill_(0.5)
        else:
            model.block1.bn1.bias.fill_(-100)
    quantised = Quant(scales=scales)(model, SHAPE)
    quantised.calibrate([torch.randn(64, *SHAPE)])
    found = export(quantised, tmp_path / "model.onnx")
    assert found.error < (1e-9 if scales == "power_of_two" else 0.05 * found.noise)


@pytest.mark.parametrize("net", [net for net in NETS if net is not Residual])
def test_other_networks_are_exported_too(tmp_path, net):
    quantised, path, x = Quant(8, 8)(made(net), SHAPE), tmp_path / "model.onnx", torch.randn(5, *SHAPE)
    quantised.calibrate([torch.randn(64, *SHAPE)])
    export(quantised, path)
    with torch.no_grad():
        assert relative(run(path, x), quantised(x)) < 1e-2


@pytest.mark.needs("cells", "mobilenet", "prune", "resnet", "vision")
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
