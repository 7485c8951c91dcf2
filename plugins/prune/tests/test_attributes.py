"""The modules of a small network know their widths, and their parameters stay frozen or shared where they were."""

import warnings

import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune
from fgspace_prune.slicing import sliced
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd
from traps import IMAGE, TRAPS, Residual, TwoNames, made


class Read(nn.Module):
    """A stem of 8 channels, of which a module reads every second."""

    def __init__(self, module, call):
        super().__init__()
        self.stem, self.module, self.call = nn.Conv2d(3, 8, 3), module, call
        self.last = nn.LazyConv2d(2, 1)

    def forward(self, x):
        made = self.call(self.module, self.stem(x).relu())
        return self.last(made.reshape(len(made), made.shape[1], -1, 1))


def reading(module, call):
    """Return the network of this module, run once, which makes its last layer."""
    model = Read(module, call).eval()
    model(torch.zeros(1, *IMAGE))
    return model


def direct(module, x):
    return module(x)


def flat(module, x):
    return module(x.flatten(2))


def deep(module, x):
    return module(x[:, :, None])


def tokens(module, x):
    made = module(x.flatten(2).transpose(1, 2))
    return (made[0] if isinstance(made, tuple) else made).transpose(1, 2)


def pooled(module, x):
    made = module(x.mean((2, 3)))
    return made[0] if isinstance(made, tuple) else made


def keys(module, x):
    tokens = x.flatten(2).transpose(1, 2)
    return module(torch.ones(len(x), 3, 6), tokens, tokens)[0].transpose(1, 2)


WIDTHS = {
    "convolution": (nn.Conv2d(8, 6, 3), direct, {"in_channels": 4, "out_channels": 3, "groups": 1}),
    "convolution 1d": (nn.Conv1d(8, 6, 3), flat, {"in_channels": 4, "out_channels": 3, "groups": 1}),
    "convolution 3d": (nn.Conv3d(8, 6, 1), deep, {"in_channels": 4, "out_channels": 3, "groups": 1}),
    "groups": (nn.Conv2d(8, 12, 3, groups=2), direct, {"in_channels": 4, "out_channels": 6, "groups": 2}),
    "depthwise": (nn.Conv2d(8, 8, 3, groups=8), direct, {"in_channels": 4, "out_channels": 4, "groups": 4}),
    "multiplier": (nn.Conv2d(8, 24, 3, groups=8), direct, {"in_channels": 4, "out_channels": 12, "groups": 4}),
    "transposed": (nn.ConvTranspose2d(8, 6, 3), direct, {"in_channels": 4, "out_channels": 3, "groups": 1}),
    "transposed groups": (
        nn.ConvTranspose2d(8, 12, 3, groups=2),
        direct,
        {"in_channels": 4, "out_channels": 6, "groups": 2},
    ),
    "transposed depthwise": (
        nn.ConvTranspose2d(8, 24, 3, groups=8),
        direct,
        {"in_channels": 4, "out_channels": 12, "groups": 4},
    ),
    "linear": (nn.Linear(8, 6), tokens, {"in_features": 4, "out_features": 3}),
    "batch norm": (nn.BatchNorm2d(8), direct, {"num_features": 4}),
    "batch norm without weights": (nn.BatchNorm2d(8, affine=False), direct, {"num_features": 4}),
    "batch norm without statistics": (nn.BatchNorm2d(8, track_running_stats=False), direct, {"num_features": 4}),
    "batch norm without either": (
        nn.BatchNorm2d(8, affine=False, track_running_stats=False),
        direct,
        {"num_features": 4},
    ),
    "instance norm": (nn.InstanceNorm2d(8, affine=True), direct, {"num_features": 4}),
    "instance norm without weights": (nn.InstanceNorm2d(8), direct, {"num_features": 4}),
    "group norm": (nn.GroupNorm(2, 8), direct, {"num_channels": 8, "num_groups": 2}),
    "layer norm": (nn.LayerNorm(8), tokens, {"normalized_shape": (8,)}),
    "layer norm of positions": (nn.LayerNorm([10, 10]), direct, {"normalized_shape": (10, 10)}),
    "RMS norm": (nn.RMSNorm(8), tokens, {"normalized_shape": (8,)}),
    "PReLU a channel": (nn.PReLU(8), direct, {"num_parameters": 4}),
    "PReLU for all": (nn.PReLU(), direct, {"num_parameters": 1}),
    "LSTM": (nn.LSTM(8, 6, 2, batch_first=True), tokens, {"input_size": 4, "hidden_size": 6}),
    "GRU": (nn.GRU(8, 6, batch_first=True, bidirectional=True), tokens, {"input_size": 4, "hidden_size": 6}),
    "LSTM cell": (nn.LSTMCell(8, 6), pooled, {"input_size": 4, "hidden_size": 6}),
    "GRU cell": (nn.GRUCell(8, 6), pooled, {"input_size": 4, "hidden_size": 6}),
    "RNN cell": (nn.RNNCell(8, 6), pooled, {"input_size": 4, "hidden_size": 6}),
    "self-attention": (
        nn.MultiheadAttention(8, 2, batch_first=True),
        lambda module, x: tokens(lambda y: module(y, y, y), x),
        {"embed_dim": 8, "kdim": 8, "vdim": 8},
    ),
    "cross-attention": (
        nn.MultiheadAttention(6, 2, kdim=8, vdim=8, batch_first=True),
        keys,
        {"embed_dim": 6, "kdim": 4, "vdim": 4},
    ),
    "bilinear": (
        nn.Bilinear(8, 8, 6),
        lambda module, x: pooled(lambda y: module(y, y), x),
        {"in1_features": 8, "in2_features": 8, "out_features": 6},
    ),
}


@pytest.mark.parametrize(("module", "call", "widths"), WIDTHS.values(), ids=WIDTHS)
def test_a_module_knows_its_widths_after_half_of_the_channels_are_cut(module, call, widths):
    small = cut_by_half(reading(module, call))
    assert {name: getattr(small.module, name) for name in widths} == widths
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of an instance norm whose width is wrong
        assert small(torch.zeros(1, *IMAGE)).shape[1] == 2


def cut_by_half(model):
    """Return the network with every second channel of each of its groups."""
    found = plan(model, IMAGE)
    return sliced(found, model, {group.name: ([1, 0] * group.width)[: group.width] for group in found.groups})


def test_a_depthwise_convolution_of_two_channels_may_be_cut_to_one():
    small = cut_by_half(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Conv2d(2, 4, 3, groups=2), nn.Conv2d(4, 5, 1)))
    assert (small[1].in_channels, small[1].out_channels, small[1].groups) == (1, 2, 1)
    assert small(torch.zeros(1, *IMAGE)).shape[1] == 5


def test_a_norm_of_channels_that_stay_keeps_its_width():
    model = nn.Sequential(nn.InstanceNorm2d(3), nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8))
    small = cut_by_half(nn.Sequential(*model, nn.Conv2d(8, 6, 3), nn.ReLU(), nn.Conv2d(6, 2, 3)))
    assert (small[0].num_features, small[3].num_features, small[4].out_channels) == (3, 8, 3)


def widths_by_shape(module, x, y):
    """Return attribute → the width it should hold, of a module that maps x to y, by the shapes of these."""
    if isinstance(module, _ConvNd):
        return {"in_channels": x.shape[1], "out_channels": y.shape[1]}
    if isinstance(module, nn.Linear):
        return {"in_features": x.shape[-1], "out_features": y.shape[-1]}
    if isinstance(module, _NormBase):
        return {"num_features": x.shape[1]}
    if isinstance(module, nn.GroupNorm):
        return {"num_channels": x.shape[1]}
    if isinstance(module, nn.LayerNorm):
        return {"normalized_shape": tuple(x.shape[-len(module.normalized_shape) :])}
    if isinstance(module, nn.RNNBase):
        return {"input_size": x.shape[-1], "hidden_size": y[0].shape[-1]}
    if isinstance(module, nn.PReLU):
        return {"num_parameters": x.shape[1]}
    return {}


@pytest.mark.parametrize("net", TRAPS, ids=lambda net: net.__name__)
def test_every_module_of_a_small_network_knows_the_widths_that_it_reads_and_makes(net):
    small = cut_by_half(made(net))
    said, seen = [], []

    def see(name, module, x, y):
        widths = widths_by_shape(module, x, y)
        seen.append((name, widths))
        said.append((name, {attribute: getattr(module, attribute) for attribute in widths}))

    for name, module in small.named_modules():
        module.register_forward_hook(lambda module, x, y, name=name: see(name, module, x[0], y))
    small(torch.zeros(2, *IMAGE))
    assert said == seen


@pytest.mark.parametrize("physical", [True, False], ids=["small", "masked"])
def test_a_frozen_parameter_stays_frozen_and_the_others_are_trained(physical):
    model = made(Residual)
    frozen = {"stem.0.weight", "a.0.weight", "a.1.bias", "head.weight"}
    for name in frozen:
        model.get_parameter(name).requires_grad_(False)
    pruned = Prune(ratios=0.5, physical=physical)(model, IMAGE)
    assert {name for name, parameter in pruned.named_parameters() if not parameter.requires_grad} == frozen
    pruned(torch.ones(2, *IMAGE)).sum().backward()
    assert {name for name, parameter in pruned.named_parameters() if parameter.grad is None} == frozen


def test_parameters_and_buffers_keep_their_names_kinds_and_types():
    model = made(Residual).half()
    small = cut_by_half(model)
    assert [name for name, _ in small.named_parameters()] == [name for name, _ in model.named_parameters()]
    assert [name for name, _ in small.named_buffers()] == [name for name, _ in model.named_buffers()]
    assert all(type(parameter) is nn.Parameter for parameter in small.parameters())
    assert {(type(buffer), buffer.dtype) for buffer in small.buffers()} == {
        (torch.Tensor, torch.float16),
        (torch.Tensor, torch.int64),
    }


def test_a_weight_that_two_layers_share_is_shared_by_the_small_ones():
    small = cut_by_half(made(TwoNames))
    assert small.a.weight is small.b.weight
    assert (small.a.in_channels, small.b.in_channels, small.b.out_channels) == (4, 4, 4)


@pytest.mark.parametrize(
    ("layer", "note"),
    [
        ("self-attention", "'stem' keeps its channels: attention checks the width of its queries"),
        ("RNN cell", "'module' keeps its channels: a recurrent layer checks its hidden width"),
    ],
)
def test_a_width_that_a_layer_compares_with_its_own_stays_and_a_note_says_why(layer, note):
    module, call, _ = WIDTHS[layer]
    assert note in plan(reading(module, call), IMAGE).notes
