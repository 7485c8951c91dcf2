"""What the process makes of models: the input model untouched, tensors rounded once, what trains and what does not."""

import copy
import re
from collections import Counter

import pytest
import torch
from fgspace_quant.folding import constants
from fgspace_quant.process import Quant, QuantWarning
from fgspace_quant.weights import weight_quantiser
from nets import NETS, Branches, PreActivated, Residual, made
from torch import nn

SHAPE = (1, 8, 8)


def relative(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).detach().norm() / other.detach().norm())


@pytest.mark.parametrize("net", NETS)
def test_the_model_itself_is_left_as_it_was(net):
    model, x = made(net), torch.randn(4, *SHAPE)
    before, output = copy.deepcopy(model.state_dict()), model(x)
    quantised = Quant(4, 4)(model.train(), SHAPE)
    quantised.calibrate([x])
    quantised.train()(x).sum().backward()
    assert model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert torch.equal(model.eval()(x), output)


@pytest.mark.parametrize("net", NETS)
def test_32_bits_leave_every_tensor_alone_bit_for_bit(net):
    model, x = made(net), torch.randn(4, *SHAPE)
    assert torch.equal(Quant(32, 32)(model, SHAPE)(x), model(x))


@pytest.mark.parametrize("net", NETS)
def test_more_bits_are_nearer_to_the_model(net):
    model, x = made(net), torch.randn(64, *SHAPE)
    errors = []
    for bits in (3, 5, 8):
        quantised = Quant(bits, bits, first_last="same")(model, SHAPE)
        quantised.calibrate([x])
        errors.append(relative(quantised(x), model(x)))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.05


def test_each_tensor_is_rounded_once_with_both_operands_and_the_result_of_additions():
    planned = Quant(8, 8)(made(Residual), SHAPE).plan
    assert list(planned.quantisers) == [
        "input",
        "stem.2",
        "block1.relu",
        "block1.bn2",
        "block1.relu@1",
        "block2.relu",
        "block2.bn2",
        "block2.shortcut.1",
        "block2.relu@1",
        "model:mean",
    ]
    assert planned.doors == {}
    assert planned.quantisers["stem.2"].ceiling == 6


def test_a_layer_that_reads_fewer_bits_than_its_neighbour_rounds_once_more():
    names = ("stem.0", "block1.conv1", "block1.conv2", "block2.conv1", "block2.conv2", "block2.shortcut.0", "head")
    activations = dict.fromkeys(names, 8) | {"block2.conv1": 4}
    quantised = Quant(8, activations)(made(Residual), SHAPE)
    assert [(site.module, name) for site, name in quantised.plan.doors.items()] == [("block2.conv1", "block1.relu@1:4")]
    assert quantised.plan.quantisers["block1.relu@1"].bits == 8


def test_values_of_a_tensor_are_at_most_as_many_as_its_bits_say():
    quantised, x = Quant(3, 3, first_last="same")(made(Residual), SHAPE), torch.randn(16, *SHAPE)
    quantised.calibrate([x])
    seen = Counter()
    for name, module in quantised.model.named_modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_pre_hook(lambda _, args, name=name: seen.update({name: len(args[0].unique())}))
    quantised(x)
    assert set(seen) == {"stem.0", "block1.conv1", "block1.conv2", "block2.conv1", "block2.conv2", "block2.shortcut.0"}
    assert max(seen.values()) <= 8


def test_biases_stand_on_the_grid_of_the_accumulators():
    model = made(Residual)
    quantised = Quant(8, 8)(model, SHAPE)
    quantised.calibrate([torch.randn(16, *SHAPE)])
    layer = quantised.weights["block1/conv1"]
    source = quantised.activations["stem/2"]
    found = constants(layer, source, model.block1.bn1, model.block1.conv1.weight, model.block1.conv1.bias)
    steps = found.bias / (found.scale * source.numbers()[0])
    assert (steps - steps.round()).abs().max() < 1e-2
    assert steps.abs().max() > 1


def test_learned_eight_bits_of_weights_are_seven_unless_the_full_range_is_asked_for():
    model, x = made(Residual), torch.randn(16, *SHAPE)
    outputs = []
    for options in ({"nbit_w_list": 8}, {"nbit_w_list": 7, "first_last": "same"}, {"full_range": True}):
        quantised = Quant(nbit_a_list=8, method="lsq", **options)(model, SHAPE)
        quantised.calibrate([x])
        outputs.append(quantised(x))
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])


@pytest.mark.parametrize("method", ["affine", "lsq"])
def test_only_layers_that_integer_kernels_run_have_the_reduced_range(method):
    activations = {"stem.0": 8, "block1.conv1": 2, "head": 32}
    weights = dict.fromkeys(("stem.0", "block1.conv1", "head"), 8) | {"block1.conv2": 4}

    def reduced(**options):
        found = Quant(weights, activations, method=method, **options)(made(Residual), SHAPE).weights.items()
        return {name: one.grid.high == 63 if method == "lsq" else not one.full_range for name, one in found}

    assert reduced() == {"stem/0": True, "block1/conv1": True, "block1/conv2": False, "head": False}
    assert not any(reduced(full_range=True).values())
    quantised = Quant(1, 1, method="xnor")(made(Residual), SHAPE)
    assert quantised.weights["head"].full_range


def test_the_range_of_weights_changes_no_cost():
    model = made(Residual)
    assert Quant(8, 8).count(model, SHAPE) == Quant(8, 8, full_range=True).count(model, SHAPE)


def test_learned_steps_are_not_loaded_into_another_range(tmp_path):
    learned = Quant(8, 8, method="lsq", full_range=True)(made(PreActivated), SHAPE)
    learned.calibrate([torch.randn(16, *SHAPE)])
    again = Quant(8, 8, method="lsq", full_range=True)(made(PreActivated), SHAPE)
    again.load_state_dict(learned.state_dict())
    message = (
        "weights.stem.step was learned for weights of -127 to 127, and this layer has -63 to 63; "
        "give Quant the full_range and the bits of the training"
    )
    with pytest.raises(RuntimeError, match=re.escape(message)):
        Quant(8, 8, method="lsq")(made(PreActivated), SHAPE).load_state_dict(learned.state_dict())


def test_batch_norms_are_folded_in_evaluation_and_kept_in_training():
    model, x = made(Residual), torch.randn(32, *SHAPE)
    quantised = Quant(8, 8)(model, SHAPE)
    quantised.calibrate([x])
    assert len(quantised.plan.folds) == 6
    before = quantised.model.block1.bn1.running_mean.clone()
    quantised.eval()(x)
    assert torch.equal(quantised.model.block1.bn1.running_mean, before)
    quantised.train()(x)
    assert not torch.equal(quantised.model.block1.bn1.running_mean, before)


@pytest.mark.parametrize("method", ["affine", "lsq"])
@pytest.mark.parametrize("power_of_two", [False, True])
def test_training_and_evaluation_round_weights_to_the_same_whole_numbers(method, power_of_two):
    model = made(Residual)
    conv, norm = model.block1.conv1, model.block1.bn1
    quantiser = weight_quantiser(method, 4, *conv.weight.shape[:2], power_of_two=power_of_two)
    folded = constants(quantiser, None, norm.eval(), conv.weight, None)
    apart = constants(quantiser, None, norm.train(), conv.weight, None)
    gain = (norm.weight / (norm.running_var + norm.eps).sqrt()).reshape(-1, 1, 1, 1)
    assert torch.allclose(apart.weight * gain, folded.weight, atol=1e-6)
    whole = folded.weight / folded.scale.reshape(-1, 1, 1, 1)
    assert torch.allclose(whole, whole.round(), atol=1e-4)
    assert whole.abs().max() <= 7.001
    if power_of_two:
        assert torch.equal(folded.scale.detach().log2(), folded.scale.detach().log2().round())


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("method", ["affine", "lsq", "pact", "dorefa", "wrpn"])
def test_gradients_reach_every_parameter_that_the_method_learns(net, method):
    quantised = Quant(4, 4, method=method)(made(net), SHAPE)
    quantised.calibrate([torch.randn(16, *SHAPE)])
    quantised.train()(torch.randn(16, *SHAPE)).square().sum().backward()
    missing = [name for name, parameter in quantised.named_parameters() if parameter.grad is None]
    assert missing == []


@pytest.mark.parametrize("method", ["xnor", "bireal", "dorefa", "wrpn"])
def test_one_bit_networks_run_and_their_ends_keep_eight_bits(method):
    quantised = Quant(1, 1, method=method)(made(Residual), SHAPE)
    assert quantised(torch.randn(2, *SHAPE)).shape == (2, 10)
    assert quantised.weights["stem/0"].bits == 8
    assert quantised.weights["block1/conv1"].bits == 1


def test_a_copy_and_a_rebuilt_one_with_its_weights_compute_the_same(tmp_path):
    model, x = made(Residual), torch.randn(8, *SHAPE)
    for method in ("affine", "lsq", "pact"):
        quantised = Quant(4, 4, method=method)(model, SHAPE)
        quantised.calibrate([x])
        expected = quantised(x)
        torch.save(quantised.state_dict(), tmp_path / "weights.pt")
        rebuilt = Quant(4, 4, method=method)(Residual().eval(), SHAPE)
        rebuilt.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
        assert torch.equal(rebuilt(x), expected)
        assert torch.equal(copy.deepcopy(quantised)(x), expected)


def test_a_convolution_that_runs_twice_has_one_weight_and_an_activation_a_run():
    quantised = Quant(8, 8)(made(Branches), SHAPE)
    assert list(quantised.weights) == ["a", "b", "down", "up", "out"]
    assert [name for name in quantised.plan.quantisers if name.startswith("b")] == ["b", "b@1", "b@2"]


def test_its_weight_has_the_same_scales_in_every_run():
    model = made(Branches)
    with torch.no_grad():
        model.b.weight.mul_(1e-4)
        model.b.bias.fill_(1.0)
    quantised = Quant()(model, SHAPE)
    quantised.calibrate([torch.randn(64, *SHAPE)])
    runs = quantised.plan.runs["b"]
    scales = [
        constants(
            quantised.weights["b"],
            quantised.source(site),
            None,
            model.b.weight,
            model.b.bias,
            quantised.other_sources(site),
        ).scale
        for site in runs
    ]
    assert len({quantised.source(site).numbers()[0].item() for site in runs}) > 1
    assert torch.equal(scales[0], scales[1])
    assert torch.equal(scales[0], scales[2])
    assert (scales[0] > quantised.weights["b"].scale(model.b.weight, None)).all()


def test_a_batch_norm_before_a_convolution_is_not_folded():
    planned = Quant(8, 8)(made(PreActivated), SHAPE).plan
    assert planned.folds == {}
    assert "model:relu" in planned.quantisers


def test_networks_of_other_precision_are_quantised_in_it():
    model = made(Residual).double()
    quantised = Quant(8, 8)(model, SHAPE)
    x = torch.randn(4, *SHAPE, dtype=torch.float64)
    quantised.calibrate([x])
    assert quantised(x).dtype == torch.float64
    assert relative(quantised(x), model(x)) < 0.03


def test_a_surplus_is_warned_of_and_refused_under_strict():
    model = made(PreActivated)
    message = (
        "nbit_w_list: expected 4 values, one a layer, or 2, for all but the first and the last, got 3; "
        "surplus: [2] = 4; the layers are 0 'conv', 1 'side'"
    )
    with pytest.warns(QuantWarning, match=f"^{re.escape(message)}$"):
        Quant([4, 4, 4])(model, SHAPE)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant([4, 4, 4], strict=True)(model, SHAPE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nbit_w_list": 1}, "nbit_w_list: expected 2 to 8 bits, or 32 for none, got 1"),
        ({"nbit_a_list": [8, 9]}, "nbit_a_list: expected 2 to 8 bits, or 32 for none, got 9"),
        ({"nbit_w_list": {"a": 0}, "method": "wrpn"}, "nbit_w_list: expected 1 to 8 bits, or 32 for none, got 0"),
        (
            {"method": "int8"},
            "method: expected one of 'affine', 'lsq', 'pact', 'dorefa', 'wrpn', 'xnor', 'bireal', got 'int8'",
        ),
        ({"observer": "max"}, "observer: expected one of 'minmax', 'ema', 'percentile', 'mse', got 'max'"),
        ({"scales": "pow2"}, "scales: expected one of 'free', 'power_of_two', got 'pow2'"),
        ({"first_last": "8"}, "first_last: expected one of '8bit', 'fp32', 'same', got '8'"),
        ({"weight_observer": "ema"}, "weight_observer: expected one of 'minmax', 'mse', got 'ema'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Quant(**options)
