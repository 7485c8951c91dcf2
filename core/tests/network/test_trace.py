"""The rows of modules of others: each call of a layer, and of a function that multiplies, with its line."""

import pytest
import torch
import torch.nn.functional as F
from fgspace import trace
from fgspace.network.costs import Cost
from fgspace.network.trace.inputs import output_shape
from torch import nn


def facts(model, shape):
    return [(row.path, row.type, row.params, row.macs) for row in trace.rows(model, shape)]


class Net(nn.Module):
    """Calls `run(self, x)`, with the modules and parameters that are given as attributes."""

    def __init__(self, run, **attributes):
        super().__init__()
        self.run = run
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x):
        return self.run(self, x)


def parameter(*shape):
    return nn.Parameter(torch.zeros(shape))


def test_layers_have_a_row_a_call_and_their_parameters_in_the_first():
    layer = nn.Linear(8, 8)
    rows = trace.rows(nn.Sequential(layer, nn.ReLU(), layer), (5, 8))
    assert [(row.path, row.type, row.call, row.in_shape, row.out_shape, row.params, row.macs) for row in rows] == [
        ("0", "Linear", 0, (5, 8), (5, 8), 72, 320),
        ("1", "ReLU", 0, (5, 8), (5, 8), 0, 0),
        ("0", "Linear", 1, (5, 8), (5, 8), 0, 320),
    ]


def test_functions_that_multiply_have_rows_of_their_own():
    net = Net(
        lambda self, x: F.linear(x, torch.tanh(self.weight), self.bias) @ self.other,
        weight=parameter(4, 8),
        bias=parameter(4),
        other=parameter(4, 3),
    )
    assert facts(net, (5, 8)) == [
        ("", "linear", 4, 5 * 8 * 4),
        ("", "matmul", 12, 5 * 4 * 3),
        ("weight", "Parameter", 32, 0),
    ]


def test_a_module_without_modules_is_a_layer_unless_it_calls_functions_that_multiply():
    scale = Net(lambda self, x: x * self.scale, scale=parameter(8))
    product = Net(lambda self, x: x @ self.weight, weight=parameter(8, 2))
    assert facts(nn.Sequential(scale, product), (5, 8)) == [("0", "Net", 8, 0), ("1", "matmul", 16, 80)]


def test_parameters_that_nothing_reads_count():
    net = Net(lambda self, x: self.used(x) + self.bias, used=nn.Linear(8, 8), unused=nn.Linear(8, 2), bias=parameter(8))
    assert facts(net, (8,)) == [
        ("used", "Linear", 72, 64),
        ("bias", "Parameter", 8, 0),
        ("unused.weight", "Unused", 16, 0),
        ("unused.bias", "Unused", 2, 0),
    ]


def test_weights_that_are_one_tensor_count_once():
    net = nn.Sequential(nn.Linear(8, 8, bias=False), nn.ReLU(), nn.Linear(8, 8, bias=False))
    net[2].weight = net[0].weight
    assert [row.params for row in trace.rows(net, (8,))] == [64, 0, 0]


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"attn_mask": torch.zeros(5, 5)}, {"dropout_p": 0.1}])
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_attention_counts_its_two_products_in_every_mode_and_on_every_device(options, device):
    def run(self, x):
        if device == "cpu":
            float(x.sum())  # cannot run on the meta device
        q = self.q(x).view(1, 5, 2, 4).transpose(1, 2)
        given = {name: one.to(x.device) if torch.is_tensor(one) else one for name, one in options.items()}
        return F.scaled_dot_product_attention(q, q, q[..., :3], **given)

    assert facts(Net(run, q=nn.Linear(8, 8)), (5, 8))[1:] == [
        ("", "scaled_dot_product_attention", 0, 2 * 5 * 5 * (4 + 3))
    ]


def test_grouped_queries_count_by_the_heads_of_the_queries():
    def run(self, x):
        q, k = x.view(1, 5, 4, 2).transpose(1, 2), x[..., :4].view(1, 5, 2, 2).transpose(1, 2)
        return F.scaled_dot_product_attention(q, k, k, enable_gqa=True)

    assert facts(Net(run), (5, 8)) == [("", "scaled_dot_product_attention", 0, 4 * 5 * 5 * (2 + 2))]


def test_attention_of_torch_is_one_layer_whether_or_not_its_kernel_is_fused():
    net = nn.MultiheadAttention(8, 2, batch_first=True)
    assert facts(Net(lambda self, x: self.attention(x, x, x)[0], attention=net), (5, 8)) == [
        ("attention", "MultiheadAttention", 288, 5 * 8 * 32 + 2 * 5 * 5 * 8)
    ]


def test_a_class_that_stands_for_a_layer_of_torch_is_a_row_of_this_layer():
    class Mine(nn.Linear):
        stands_for = nn.Linear

        def forward(self, x):
            return x[..., :1] @ self.weight[:, :1].T

    assert facts(nn.Sequential(Mine(4, 3)), (4,)) == [("0", "Linear", 15, 3)]


def test_what_an_output_holds_beside_tensors_is_left_out_of_its_shape():
    class Cached(nn.Module):
        def forward(self, x):
            return {"logits": x, "cache": object(), "loss": None}

    assert facts(Cached(), (4,)) == [("", "Cached", 0, 0)]
    assert output_shape(Cached()(torch.zeros(2, 4))) == (4,)


@pytest.mark.parametrize(
    ("layer", "params", "macs"),
    [
        (nn.LSTM(8, 6, batch_first=True), 4 * 6 * (8 + 6 + 2), 5 * 4 * 6 * (8 + 6)),
        (nn.GRU(8, 6, batch_first=True), 3 * 6 * (8 + 6 + 2), 5 * 3 * 6 * (8 + 6)),
        (nn.LSTM(8, 6, bidirectional=True, batch_first=True), 2 * 4 * 6 * 16, 2 * 5 * 4 * 6 * 14),
    ],
)
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_recurrent_layers_count_alike_on_every_device(layer, params, macs, device):
    def run(self, x):
        if device == "cpu":
            float(x.sum())
        return self.layer(x)[0]

    assert facts(Net(run, layer=layer), (5, 8)) == [("layer", type(layer).__name__, params, macs)]


@pytest.mark.parametrize(
    ("run", "kind", "macs"),
    [
        (lambda self, x: torch.einsum("nld,nmd->nlm", x, x), "einsum", 5 * 5 * 8),
        (lambda self, x: torch.bmm(x, x.transpose(1, 2)), "bmm", 5 * 5 * 8),
        (lambda self, x: x[0] @ x[0, 0], "matmul", 5 * 8),
        (lambda self, x: torch.mv(x[0], x[0, 0])[None], "mv", 5 * 8),
        (lambda self, x: F.conv1d(x, torch.ones(4, 5, 3, device=x.device)), "conv1d", 4 * 5 * 3 * 6),
        (lambda self, x: F.bilinear(x, x, torch.ones(3, 8, 8, device=x.device)), "bilinear", 5 * 3 * 8 * 8),
    ],
)
def test_every_kind_of_product_counts(run, kind, macs):
    assert facts(Net(run), (5, 8)) == [("", kind, 0, macs)]


def test_rows_tell_the_line_of_the_users_code():
    def run(self, x):
        return torch.relu(self.conv(x)).flatten(1) @ self.weight

    rows = trace.rows(Net(run, conv=nn.Conv2d(3, 4, 1), weight=parameter(256, 2)), (3, 8, 8))
    line = run.__code__.co_firstlineno + 1
    assert [row.where for row in rows] == [f"{__file__}:{line}", f"{__file__}:{line}"]


def test_layers_that_containers_of_torch_call_have_a_line_where_code_of_a_user_calls_the_container():
    alone = nn.Sequential(nn.Conv2d(3, 4, 1))
    assert [row.where for row in trace.rows(alone, (3, 8, 8))] == [""]
    run = lambda self, x: self.body(x)  # noqa: E731
    held = trace.rows(Net(run, body=alone), (3, 8, 8))
    assert [row.where for row in held] == [f"{__file__}:{run.__code__.co_firstlineno}"]


def test_parametrised_layers_keep_their_type_and_count_what_is_learned():
    net = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(8, 4)))
    assert facts(net, (8,)) == [("0", "Linear", 32 + 4 + 4, 32)]


def test_layers_of_the_old_weight_norm_keep_their_type_and_count_what_is_learned():
    with pytest.warns(FutureWarning, match="weight_norm"):
        layer = nn.utils.weight_norm(nn.Linear(8, 4))
    assert facts(nn.Sequential(layer), (8,)) == [("0", "Linear", 32 + 4 + 4, 32)]


def test_lazy_layers_count_with_the_parameters_they_get():
    assert facts(nn.Sequential(nn.LazyConv2d(4, 1), nn.ReLU(), nn.LazyLinear(2)), (3, 8, 8)) == [
        ("0", "Conv2d", 16, 768),
        ("1", "ReLU", 0, 0),
        ("2", "Linear", 18, 4 * 8 * 8 * 2),
    ]


def test_windows_that_run_as_a_batch_keep_their_number_in_the_shapes():
    net = Net(lambda self, x: self.layer(x.view(4, 16, 8)).view(1, 64, 8), layer=nn.Linear(8, 8))
    (row,) = trace.rows(net, (64, 8))
    assert (row.in_shape, row.out_shape, row.macs) == ((4, 16, 8), (4, 16, 8), 64 * 64)


def test_of_a_mapping_the_tensors_count_and_what_else_it_holds_does_not(network):
    net = Net(lambda self, x: {"last": self.layer(x), "cache": object(), "none": None}, layer=nn.Linear(8, 4))
    assert network.cost(net, (5, 8)).output_shape == (5, 4)
    both = Net(lambda self, x: {"last": x, "all": (x, x[:, 0])})
    assert network.cost(both, (5, 8)).output_shape == ((5, 8), ((5, 8), (8,)))


def test_the_model_is_left_as_it_was():
    net = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4), nn.Dropout()).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    trace.rows(net, (8,))
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert net.training
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in net.modules())


def test_the_cost_of_a_module_is_the_sum_of_its_rows(network):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(5))
    rows = trace.rows(net, (3, 8, 8))
    assert network.cost(net, (3, 8, 8)) == Cost(sum(row.params for row in rows), sum(row.macs for row in rows), (5,))


def test_what_a_model_does_not_take_is_told_in_one_sentence():
    with pytest.raises(ValueError, match="does not take an input") as caught:
        trace.rows(nn.Linear(8, 4), (5,))
    assert str(caught.value) == (
        "Linear does not take an input of (5,): mat1 and mat2 shapes cannot be multiplied (1x5 and 8x4)"
    )
