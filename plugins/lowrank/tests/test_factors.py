"""The factors: the best approximation of their rank, and all that belongs to a layer beside its weight."""

import copy

import fgspace
import numpy as np
import pytest
import torch
from fgspace_lowrank.factors import factorised, ranks_with_energy
from fgspace_lowrank.process import LowRank
from lowrank_nets import IMAGE, SPECIAL, TOKENS, drawn, twice, two_names
from torch import nn
from torch.nn.utils import parametrizations

LAYERS = (
    (nn.Linear(24, 16), (4, 24)),
    (nn.Linear(16, 24, bias=False), (4, 5, 16)),
    (nn.Conv1d(16, 24, 1), (4, 16, 6)),
    (nn.Conv2d(24, 16, 1, stride=2, padding=1), (4, 24, 7, 7)),
    (nn.Conv2d(24, 16, 1, padding=1, padding_mode="circular", bias=False), (4, 24, 5, 5)),
    (nn.Conv2d(24, 36, 1, groups=3), (4, 24, 5, 5)),
    (nn.Conv3d(16, 24, 1, dilation=2), (4, 16, 3, 4, 5)),
)
pytestmark = pytest.mark.filterwarnings("ignore::fgspace_lowrank.process.LowRankWarning")
over_layers = pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)


def matrices(layer):
    """Return the weight of a layer as numpy knows it, (groups, outputs, inputs)."""
    groups = getattr(layer, "groups", 1)
    return layer.weight.detach().double().numpy().reshape(groups, layer.weight.shape[0] // groups, -1)


@over_layers
@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-5), (torch.float64, 1e-9)])
def test_at_full_rank_the_outputs_are_equal(layer, shape, dtype, error):
    layer, x = copy.deepcopy(layer).to(dtype), torch.randn(shape, dtype=dtype)
    pair = factorised(layer, {"": min(matrices(layer).shape[1:])})
    assert type(pair[0]) is type(pair[1]) is type(layer)
    assert {one.dtype for one in pair.parameters()} == {dtype}
    torch.testing.assert_close(pair(x), layer(x), rtol=0, atol=error)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-5), (torch.float64, 1e-9)])
def test_a_network_whose_weights_have_the_rank_keeps_its_outputs(seed, dtype, error):
    torch.manual_seed(seed)
    net, shape = drawn(seed)
    net = net.to(dtype).eval()
    for name, rank in LowRank(0.5).chosen(net, shape).items():
        layer = net.get_submodule(name)
        layer.weight.data = factorised(layer, {"": rank}).weight.detach()
    small = fgspace.compress(net, {"type": "LowRank", "ranks": 0.5}, shape)
    assert [*small.state_dict()] != [*net.state_dict()]
    x = fgspace.trace.example(shape, 3, dtype=dtype, seed=seed)
    torch.testing.assert_close(small(x), net(x), rtol=0, atol=error)


@over_layers
@pytest.mark.parametrize("rank", [1, 3, 6])
def test_the_product_is_the_best_approximation_of_its_rank(layer, shape, rank):
    pair = factorised(copy.deepcopy(layer).double(), {"": rank})
    for whole, product in zip(
        matrices(layer), pair.weight.detach().numpy().reshape(matrices(layer).shape), strict=True
    ):
        left, values, right = np.linalg.svd(whole)
        assert np.allclose(product, left[:, :rank] * values[:rank] @ right[:rank], atol=1e-12)
        assert np.linalg.matrix_rank(product) == rank
        assert np.isclose(np.linalg.norm(whole - product), np.sqrt(np.sum(values[rank:] ** 2)))
        assert np.isclose(np.linalg.norm(whole - product, 2), values[rank])


@over_layers
@pytest.mark.parametrize("energy", [0.3, 0.9, 1.0])
def test_the_rank_with_an_energy_is_the_lowest_that_keeps_it(layer, shape, energy):
    squares = (np.linalg.svd(matrices(layer), compute_uv=False) ** 2).sum(0)
    (rank,) = ranks_with_energy(layer, [""], energy).values()
    assert squares[:rank].sum() >= energy * squares.sum() - 1e-9
    assert rank == 1 or squares[: rank - 1].sum() < energy * squares.sum()


def test_a_weight_of_zeros_has_rank_one():
    layer = nn.Linear(16, 16)
    nn.init.zeros_(layer.weight)
    assert ranks_with_energy(layer, [""], 0.9) == {"": 1}
    assert torch.equal(factorised(layer, {"": 1})(torch.ones(2, 16)), layer(torch.ones(2, 16)))


def test_the_energy_of_a_trained_network_is_kept():
    net = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32))
    net[0].weight.data = factorised(net[0], {"": 5}).weight.detach()
    assert LowRank(energy=0.999999).chosen(net, (32,)) == {"0": 5}
    small = fgspace.compress(net, {"type": "LowRank", "energy": 0.999999}, (32,))
    assert [*small.state_dict()] == ["0.0.weight", "0.1.weight", "0.1.bias", "2.weight", "2.bias"]
    torch.testing.assert_close(small(torch.ones(1, 32)), net(torch.ones(1, 32)), rtol=0, atol=1e-4)


def test_the_names_of_the_factors_are_those_of_the_layer_with_a_number():
    net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 16, 1))
    small = fgspace.compress(net, {"type": "LowRank", "ranks": {"2": 4}}, IMAGE)
    untouched = {name: value for name, value in net.state_dict().items() if not name.startswith("2.")}
    assert [*small.state_dict()] == [*untouched, "2.0.weight", "2.1.weight", "2.1.bias"]
    assert all(torch.equal(small.state_dict()[name], value) for name, value in untouched.items())
    assert torch.equal(small[2][1].bias, net[2].bias)
    assert small[2][1].bias is not net[2].bias


@pytest.mark.parametrize("net", SPECIAL, ids=lambda net: net.__name__)
def test_the_model_that_is_given_does_not_change(net):
    model, shape = net()
    before = {name: value.clone() for name, value in model.named_parameters() if not nn.parameter.is_lazy(value)}
    modules = [type(one) for one in model.modules()]
    small = fgspace.compress(model, {"type": "LowRank", "ranks": 2}, shape)
    with torch.no_grad():
        for one in small.parameters():
            one.data = torch.zeros(()) if nn.parameter.is_lazy(one) else one.data.zero_()
    assert all(torch.equal(dict(model.named_parameters())[name], value) for name, value in before.items())
    assert [type(one) for one in model.modules()] == modules


@pytest.mark.parametrize("net", [twice, two_names])
def test_a_layer_that_is_used_twice_is_factorised_once(net):
    model, shape = net()
    small = fgspace.compress(model, {"type": "LowRank", "ranks": 2}, shape)
    kinds = [type(one).__name__ for one in small.modules()]
    assert kinds.count("Factorised") == 1
    assert kinds.count("Linear") == 2


def test_a_bias_that_two_layers_share_is_shared_by_their_factors():
    net = nn.Sequential(nn.Linear(16, 12), nn.Linear(12, 12))
    net[1].bias = net[0].bias
    small = fgspace.compress(net, {"type": "LowRank", "ranks": {"0": 2}}, (16,))
    assert small[0][1].bias is small[1].bias


def test_what_is_frozen_stays_frozen_and_the_mode_stays():
    net = nn.Sequential(nn.Linear(16, 16), nn.Linear(16, 16).eval())
    net[0].weight.requires_grad_(False)
    small = fgspace.compress(net, {"type": "LowRank", "ranks": 2}, (16,))
    learned = [name for name, one in small.named_parameters() if one.requires_grad]
    assert learned == ["0.1.bias", "1.0.weight", "1.1.weight", "1.1.bias"]
    assert (small[0].training, small[1].training, small[1][0].training) == (True, False, False)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_of_half_precision_keep_their_type(dtype):
    net = nn.Sequential(nn.Linear(16, 16)).to(dtype)
    small = fgspace.compress(net, {"type": "LowRank", "ranks": 4}, (16,))
    assert {one.dtype for one in small.parameters()} == {dtype}


def test_the_fused_kernel_of_a_transformer_layer_computes_with_the_product():
    net = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).eval()
    small = fgspace.compress(net, {"type": "LowRank", "ranks": 3}, (5, 16))
    x = torch.randn(2, 5, 16)
    with torch.no_grad():
        fused = small(x)
    torch.testing.assert_close(fused, small(x))  # with gradients there is no fused kernel
    assert (fused - net(x)).abs().max() > 1e-3


def test_old_weight_norm_beside_a_layer_is_no_obstacle():
    with pytest.warns(FutureWarning, match="weight_norm"):
        normed = nn.utils.weight_norm(nn.Linear(16, 16))
    small = fgspace.compress(nn.Sequential(normed, nn.Linear(16, 16)), {"type": "LowRank", "ranks": 2}, (16,))
    assert [*small.state_dict()] == ["0.bias", "0.weight_g", "0.weight_v", "1.0.weight", "1.1.weight", "1.1.bias"]


def test_the_factors_can_be_parametrised():
    small = fgspace.compress(nn.Sequential(nn.Linear(16, 16)), {"type": "LowRank", "ranks": 2}, (16,))
    before = small[0].weight.detach()
    parametrizations.weight_norm(small[0][0])
    torch.testing.assert_close(small[0].weight, before)


def test_the_state_loads_into_the_network_that_is_built_and_factorised_again():
    net = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 16))
    process = {"type": "LowRank", "ranks": 0.5}
    small = fgspace.compress(net, process, TOKENS)
    again = fgspace.compress(nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 16)), process, TOKENS)
    again.load_state_dict(copy.deepcopy(small.state_dict()))
    ids = torch.arange(6)[None]
    assert torch.equal(again(ids), small(ids))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("option", [{"ranks": 2}, {"energy": 0.5}])
def test_a_weight_that_is_not_finite_is_an_error(value, option):
    net = nn.Sequential(nn.ReLU(), nn.Linear(16, 16))
    with torch.no_grad():
        net[1].weight[3, 5] = value
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(net, {"type": "LowRank", **option}, (16,))
    assert str(caught.value) == (
        "process: the weight of '1' holds NaN or infinity; give one of a training that converged"
    )
