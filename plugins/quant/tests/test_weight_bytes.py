"""The bytes that are counted for weights are those of the tensors in the exported file."""

import pytest
import torch
from fgspace_quant.costs import folds_of
from fgspace_quant.export import to_onnx
from fgspace_quant.process import Quant
from nets import Branches, PreActivated, Residual, made
from torch import nn

SHAPE = (1, 8, 8)


def stored(quantised: nn.Module) -> int:
    """Return the bytes of the float and int8 tensors in the exported file, without zero points and single numbers."""
    onnx = pytest.importorskip("onnx", reason="the extra fgspace-plugin-quant[deploy] is not installed")
    tensors = [tensor for tensor in to_onnx(quantised).graph.initializer if "zero_point" not in tensor.name]
    arrays = [onnx.numpy_helper.to_array(tensor) for tensor in tensors if tensor.data_type != onnx.TensorProto.INT64]
    return sum(array.nbytes for array in arrays if array.ndim)


@pytest.mark.parametrize(("net", "bits"), [(Residual, 8), (Residual, 32), (PreActivated, 8), (PreActivated, 32)])
def test_of_residual_and_branched_networks(net, bits):
    model = made(net)
    quantised = Quant(bits, bits)(model, SHAPE)
    quantised.calibrate([torch.rand(8, *SHAPE)])
    assert Quant(bits, bits).count(model, SHAPE)["weight_bytes"] == stored(quantised)


def test_of_layers_that_are_not_quantised():
    model = made(Branches)
    bits = {"out": 8}  # where a layer runs on several inputs, the file holds a bias for each, and one is counted
    quantised = Quant(bits, bits)(model, SHAPE)
    quantised.calibrate([torch.rand(8, *SHAPE)])
    assert Quant(bits, bits).count(model, SHAPE)["weight_bytes"] == stored(quantised)


def test_of_a_linear_layer_before_a_norm_over_other_channels():
    model = nn.Sequential(nn.Flatten(2), nn.Linear(16, 3), nn.BatchNorm1d(3), nn.Flatten(), nn.Linear(9, 2)).eval()
    for number, tensor in enumerate((model[2].weight, model[2].bias, model[2].running_mean, model[2].running_var)):
        nn.init.constant_(tensor, 1.5 + number)  # the exporter writes equal tensors once
    quantised = Quant(8, 8)(model, (3, 4, 4))
    quantised.calibrate([torch.rand(8, 3, 4, 4)])
    counted = Quant(8, 8).count(model, (3, 4, 4))["weight_bytes"]
    assert counted == stored(quantised) == (48 + 4 * 6) + 4 * 4 * 3 + (18 + 4 * 4)


def test_of_a_description_a_norm_after_an_addition_is_not_folded(network):
    conv = {"type": "Conv2d", "out_channels": 4, "kernel_size": 1, "bias": False}
    branch = {"type": "Sequential", "modules": ["norm", "conv"], "norm": {"type": "BatchNorm2d"}, "conv": conv}
    net = {
        "type": "Sequential",
        "modules": ["stem", "block", "last"],
        "stem": {"type": "Sequential", "modules": ["conv", "norm"], "conv": conv, "norm": {"type": "BatchNorm2d"}},
        "block": {"type": "Add", "modules": ["branch", "same"], "branch": branch, "same": {"type": "Conv2d", **conv}},
        "last": {"type": "BatchNorm2d"},
    }
    rows = network.layers(net, (3, 4, 4))
    assert folds_of(rows) == {"stem.conv": "stem.norm"}
    layers = (12 + 16 + 16) + 4 * 4 * 3
    expected = layers + 4 * 4 + 2 * 4 * 4 * 4
    assert Quant(8, 8).cost(rows)["weight_bytes"] == expected
    assert Quant(8, 8).count(network.build(net, (3, 4, 4)), (3, 4, 4))["weight_bytes"] == expected
