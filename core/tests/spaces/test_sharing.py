"""The bank of a space: the parameters of every candidate are cut from shared tensors."""

from random import Random

import fgspace
import pytest
import torch
from fgspace import FgspaceError
from torch import nn

CONVOLUTIONS = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {
        "stem.out_channels": {"choice": [8, 16, 24]},
        "wide.kernel_size": {"choice": [1, 3, 5]},
        "wide.out_channels": {"choice": [16, 32]},
    },
    "modules": ["stem", "norm", "wide", "pool", "flat", "head"],
    "stem": {"type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3},
    "norm": {"type": "BatchNorm2d"},
    "wide": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": "same"},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": [2, 2]},
    "flat": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}
IMAGE = (3, 8, 8)


def module(body, input_shape, **searched):
    """Return a space of one module, with these domains."""
    tree = {"type": "FineGrainedSpace", "modules": ["net"], "net": body}
    tree["hyper_parameters"] = {f"net.{name}": domain for name, domain in searched.items()}
    return fgspace.space(tree, input_shape=input_shape)


def tensors(model, names):
    return {name: model.get_submodule(name.rpartition(".")[0]).__dict__[name.rpartition(".")[2]] for name in names}


def held(bank, name):
    """Return the one tensor of the bank for parameters of a name."""
    (found,) = [tensor for key, tensor in bank.state_dict().items() if key.startswith(f"{name} of ")]
    return found


def test_every_candidate_is_the_network_with_the_sliced_tensors():
    space = fgspace.space(CONVOLUTIONS, input_shape=IMAGE)
    bank = fgspace.Bank(space)
    images = torch.randn(2, *IMAGE)
    for point in space.enumerate():
        stem, wide, kernel = point["stem.out_channels"], point["wide.out_channels"], point["wide.kernel_size"]
        edge = (5 - kernel) // 2
        middle = slice(edge, edge + kernel)
        expected = {
            "stem.weight": held(bank, "stem.weight")[0, :stem],
            "stem.bias": held(bank, "stem.bias")[0, :stem],
            "norm.weight": held(bank, "norm.weight")[:stem],
            "norm.bias": held(bank, "norm.bias")[:stem],
            "wide.weight": held(bank, "wide.weight")[0, :wide, :stem, middle, middle],
            "wide.bias": held(bank, "wide.bias")[0, :wide],
            "head.weight": held(bank, "head.weight")[:, : 4 * wide],
            "head.bias": held(bank, "head.bias"),
        }
        alone = space.build(point)
        alone.load_state_dict(expected, strict=False)
        candidate = bank.candidate(point)
        for name, tensor in tensors(candidate, expected).items():
            assert torch.equal(tensor, expected[name])
        assert torch.equal(candidate(images), alone(images))
        copied = bank.network(point)
        assert all(torch.equal(one, expected[name]) for name, one in copied.named_parameters())


def test_gradients_land_in_the_slices_and_nowhere_else():
    space = fgspace.space(CONVOLUTIONS, input_shape=IMAGE)
    bank = fgspace.Bank(space)
    candidate = bank.candidate({"stem.out_channels": 8, "wide.kernel_size": 1, "wide.out_channels": 16})
    assert list(candidate.parameters()) == []
    candidate(torch.randn(2, *IMAGE)).square().sum().backward()
    gradients = {
        key.partition(" of ")[0]: tensor.grad for key, tensor in zip(bank.state_dict(), bank.parameters(), strict=True)
    }
    alone = torch.zeros_like(gradients["wide.weight"], dtype=torch.bool)
    alone[0, :16, :8, 2, 2] = True
    assert torch.equal(gradients["wide.weight"] != 0, alone)
    assert torch.equal(gradients["stem.weight"][0, 8:], torch.zeros(16, 3, 3, 3))
    assert gradients["stem.weight"][0, :8].abs().min() > 0


def test_a_step_of_one_candidate_is_seen_by_the_next():
    bank = fgspace.Bank(fgspace.space(CONVOLUTIONS, input_shape=IMAGE))
    before = bank.network({"stem.out_channels": 24}).stem.weight.detach().clone()
    optimiser = torch.optim.SGD(bank.parameters(), lr=0.1)
    bank.candidate({"stem.out_channels": 8})(torch.randn(2, *IMAGE)).square().sum().backward()
    optimiser.step()
    after = bank.network({"stem.out_channels": 24}).stem.weight
    assert not torch.equal(after[:8], before[:8])
    assert torch.equal(after[8:], before[8:])


def test_grouped_convolutions_keep_the_leading_channels_of_each_group():
    body = {"type": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 1, "groups": 4}
    bank = fgspace.Bank(module(body, (8, 4, 4), out_channels={"choice": [8, 16]}))
    whole = held(bank, "net.weight")
    assert whole.shape == (4, 4, 2, 1, 1)
    small = bank.candidate({"net.out_channels": 8})
    assert torch.equal(small.net.weight, whole[:, :2].reshape(8, 2, 1, 1))
    assert torch.equal(small.net.bias, held(bank, "net.bias")[:, :2].reshape(8))


def test_depthwise_convolutions_keep_the_leading_channels():
    class Depthwise(fgspace.FineGrainedSpace):
        def constructor(self, inchannel: int, width: int = 4):
            self.first = fgspace.nn.Conv2d(inchannel, width, 1)
            self.depthwise = fgspace.nn.Conv2d(width, width, 3, groups=width)

    fgspace.register("DepthwiseForBank", Depthwise)
    bank = fgspace.Bank(module({"type": "DepthwiseForBank", "width": 4}, (2, 6, 6), width={"choice": [4, 12]}))
    whole = held(bank, "net.depthwise.weight")
    assert whole.shape == (12, 1, 1, 3, 3)
    assert torch.equal(bank.candidate({"net.width": 4}).net.depthwise.weight, whole[:4, 0])


def test_transposed_convolutions_are_cut_along_their_own_axes():
    body = {"type": "ConvTranspose2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "groups": 2}
    bank = fgspace.Bank(module(body, (4, 4, 4), out_channels={"choice": [4, 8]}))
    whole = held(bank, "net.weight")
    assert whole.shape == (2, 2, 4, 3, 3)
    assert torch.equal(bank.candidate({"net.out_channels": 4}).net.weight, whole[:, :, :2].reshape(4, 2, 3, 3))
    assert bank.candidate({"net.out_channels": 4})(torch.randn(1, 4, 4, 4)).shape == (1, 4, 6, 6)


class Attention(nn.Module):
    """Self-attention of a width."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.inner = nn.Linear(8, width)
        self.attention = nn.MultiheadAttention(width, width // 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.inner(x)
        return self.attention(x, x, x)[0]


class Recurrent(nn.Module):
    """An LSTM of a width, whose first weight is also that of a linear layer."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, width, batch_first=True)
        self.head = nn.Linear(8, 4 * width)
        self.head.weight = self.lstm.weight_ih_l0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0].mean() + self.head(x)


def test_heads_of_attention_and_gates_are_cut_each_on_its_own():
    fgspace.register("AttentionForBank", Attention)
    fgspace.register("RecurrentForBank", Recurrent)
    words = torch.randn(2, 5, 8)
    bank = fgspace.Bank(module({"type": "AttentionForBank"}, (5, 8), width={"choice": [8, 16]}))
    whole = held(bank, "net.attention.in_proj_weight")
    assert whole.shape == (3, 16, 16)
    small = bank.candidate({"net.width": 8})
    assert torch.equal(small.net.attention.in_proj_weight, whole[:, :8, :8].reshape(24, 8))
    assert torch.equal(small.eval()(words), bank.network({"net.width": 8}).eval()(words))
    bank = fgspace.Bank(module({"type": "RecurrentForBank"}, (5, 8), width={"choice": [4, 6]}))
    small = bank.candidate({"net.width": 4})
    assert torch.equal(small.net.lstm.weight_ih_l0, held(bank, "net.lstm.weight_ih_l0")[:, :4].reshape(16, 8))
    assert small.net.head.weight is small.net.lstm.weight_ih_l0
    assert torch.equal(small(words), bank.network({"net.width": 4})(words))


def test_each_option_of_a_choice_among_blocks_has_its_own_tensors():
    tree = {
        "type": "FineGrainedSpace",
        "hyper_parameters": {"net": {"choice": [{"type": "Plain", "width": {"choice": [4, 8]}}, {"type": "Deep"}]}},
        "modules": ["net"],
        "net": {"type": "Plain"},
    }

    class Plain(fgspace.FineGrainedSpace):
        def constructor(self, inchannel: int, width: int = 4):
            self.conv = fgspace.nn.Conv2d(inchannel, width, 1)

    class Deep(fgspace.FineGrainedSpace):
        def constructor(self, inchannel: int):
            self.conv = fgspace.nn.Conv2d(inchannel, 4, 1)

    fgspace.register("Plain", Plain)
    fgspace.register("Deep", Deep)
    bank = fgspace.Bank(fgspace.space(tree, input_shape=IMAGE))
    assert sorted(key for key in bank.state_dict() if "weight" in key) == [
        "net.conv.weight of FineGrainedSpace/Deep/Conv2d (1 groups)",
        "net.conv.weight of FineGrainedSpace/Plain/Conv2d (1 groups)",
    ]


def test_a_point_that_needs_more_lets_the_bank_grow_and_keep_its_values():
    space = module({"type": "Linear", "in_features": 8, "out_features": 4}, (8,), out_features={"int": [4, 4000]})
    bank = fgspace.Bank(space)
    (weight, _) = bank.parameters()
    assert weight.shape == (4000, 8)
    larger = fgspace.Bank(module({"type": "Linear", "in_features": 8, "out_features": 4}, (8,)))
    larger.space = space
    (weight, _) = larger.parameters()
    before = weight.detach().clone()
    assert larger.cover([{"net.out_features": 5}]) == [
        "net.weight of FineGrainedSpace/Linear (2 axes)",
        "net.bias of FineGrainedSpace/Linear (1 axes)",
    ]
    assert larger.cover([{"net.out_features": 5}]) == []
    assert next(iter(larger.parameters())) is weight
    assert (weight.shape, torch.equal(weight[:4], before)) == ((5, 8), True)
    assert larger.candidate({"net.out_features": 7}).net.weight.shape == (7, 8)


def test_equal_seeds_draw_equal_values_and_leave_the_random_state_alone():
    space = fgspace.space(CONVOLUTIONS, input_shape=IMAGE)
    state = torch.get_rng_state()
    one, same, other = fgspace.Bank(space, seed=3), fgspace.Bank(space, seed=3), fgspace.Bank(space, seed=4)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(map(torch.equal, one.state_dict().values(), same.state_dict().values()))
    assert not torch.equal(held(one, "stem.weight"), held(other, "stem.weight"))
    deviations = {name: float(held(one, name).std()) for name in ("stem.weight", "wide.weight", "head.weight")}
    drawn = dict(
        space.build({"stem.out_channels": 24, "wide.kernel_size": 5, "wide.out_channels": 32}).named_parameters()
    )
    for name, deviation in deviations.items():
        assert deviation == pytest.approx(float(drawn[name].detach().std()), rel=0.2)


def test_a_bank_takes_the_weights_of_another_one_of_its_space():
    space = fgspace.space(CONVOLUTIONS, input_shape=IMAGE)
    bank, other = fgspace.Bank(space), fgspace.Bank(space, seed=1)
    other.load_state_dict(bank.state_dict())
    assert all(map(torch.equal, bank.state_dict().values(), other.state_dict().values()))
    state = bank.state_dict()
    lost = next(iter(state))
    del state[lost]
    with pytest.raises(FgspaceError) as caught:
        other.load_state_dict(state)
    assert str(caught.value) == f"these are no weights of a bank of this space: {lost!r} is missing or differs"


def test_the_bank_holds_little_more_than_the_largest_tensors():
    space = fgspace.space(CONVOLUTIONS, input_shape=IMAGE)
    largest = {}
    for point in space.enumerate():
        for name, parameter in space.build(point).named_parameters():
            largest[name] = max(largest.get(name, 0), parameter.numel())
    held = sum(tensor.numel() for tensor in fgspace.Bank(space).parameters())
    assert held <= 1.1 * sum(largest.values())


@pytest.mark.parametrize("point", ["random", "tokens", None])
def test_points_are_given_as_to_the_space(point):
    space = fgspace.space(CONVOLUTIONS, input_shape=IMAGE)
    given = {"random": space.sample(Random(0)), "tokens": space.encode(space.sample(Random(0))), None: None}[point]
    names = [name for name, _ in space.build(given).named_parameters()]
    assert [name for name, _ in fgspace.Bank(space).network(given).named_parameters()] == names
