"""Removing residual blocks: which are found, what is left computes the same, and rows tell it beforehand."""

import random

import fgspace
import pytest
import torch
from fgspace import FgspaceError
from fgspace_prune.blocks import blocks
from fgspace_prune.depth import Depth, Skipped
from torch import Tensor, nn

IMAGE = (3, 32, 32)


class Residual(nn.Module):
    """Adds two convolutions to its input, in one of the ways in which that is written."""

    def __init__(self, width: int, way: str = "sum") -> None:
        super().__init__()
        self.a, self.b, self.way = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 1), way

    def forward(self, x: Tensor) -> Tensor:
        shortcut, y = x, self.b(self.a(x).relu())
        if self.way == "in place":
            y += shortcut
            return y.relu()
        return torch.add(shortcut, y) if self.way == "function" else shortcut + y


class Tupled(nn.Module):
    """Returns a tuple, and takes its input by name, as published transformers do."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, hidden: Tensor, mask: Tensor | None = None) -> tuple[Tensor, None]:
        return hidden + self.layer(hidden), None


class Encoder(nn.Module):
    """Runs a list of blocks that return tuples."""

    def __init__(self) -> None:
        super().__init__()
        self.layers, self.head = nn.ModuleList(Tupled(8) for _ in range(4)), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(hidden=x, mask=None)[0]
        return self.head(x)


def chain(way="sum"):
    return nn.Sequential(nn.Conv2d(3, 8, 1), Residual(8, way), Residual(8, way), nn.Sequential(Residual(8, way)))


def resnet():
    return fgspace.build({"type": "ResNet", "depth": 20, "small_input": True}, input_shape=IMAGE)


def encoder_layers():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)


NETS = {
    "sum": (chain, IMAGE, ["1", "2", "3"]),
    "in place": (lambda: chain("in place"), IMAGE, ["1", "2", "3"]),
    "function": (lambda: chain("function"), IMAGE, ["1", "2", "3"]),
    "tuples": (Encoder, (5, 8), [f"layers.{index}" for index in range(4)]),
    "torch's encoder": (encoder_layers, (5, 8), ["layers.0", "layers.1", "layers.2"]),
    "parts": (resnet, IMAGE, None),
}
EACH = pytest.mark.parametrize("name", NETS)


@pytest.mark.needs("resnet")
@EACH
def test_the_blocks_are_the_elements_that_add_to_their_input(name):
    make, shape, paths = NETS[name]
    found = [block.path for block in blocks(make(), shape)]
    if paths is None:
        assert len(found) == 7  # of nine, two change the shape
    else:
        assert found == paths


@pytest.mark.needs("resnet")
@EACH
def test_what_is_left_is_the_network_without_what_the_blocks_add(name):
    make, shape, _ = NETS[name]
    model = make().eval()
    found = blocks(model, shape)
    keep = [random.Random(index).randint(0, 1) for index in range(len(found))]
    small = fgspace.compress(model, {"type": "Depth", "keep": keep}, shape)
    x = fgspace.trace.example(shape, 2, seed=0)
    gone = [block.path for block, bit in zip(found, keep, strict=True) if not bit]
    assert gone
    hooks = [
        model.get_submodule(path).register_forward_hook(
            lambda _, args, kwargs, out: (
                (next(iter((*args, *kwargs.values()))), None) if isinstance(out, tuple) else args[0]
            ),
            with_kwargs=True,
        )
        for path in gone
        if name != "in place"  # whose blocks change what they are given
    ]
    if hooks:
        assert torch.equal(small(x), model(x))
    left = {key for key in model.state_dict() if not any(key.startswith(f"{path}.") for path in gone)}
    assert set(small.state_dict()) == left


@pytest.mark.needs("resnet")
@EACH
def test_the_rows_afterwards_are_those_of_the_network_that_is_made(name):
    make, shape, _ = NETS[name]
    model = make()
    plan = Depth.plan(model, shape)
    rng = random.Random(1)
    for _ in range(3):
        process = Depth([rng.randint(0, 1) for _ in plan])
        rows = process.layers_after(fgspace.trace.rows(model, shape), plan)
        assert rows == fgspace.trace.rows(process(model, shape), shape)


@pytest.mark.needs("resnet")
def test_depth_is_searched_a_bit_a_block_and_counted_without_building():
    space = fgspace.space(
        {
            "modules": ["net", "depth"],
            "hyper_parameters": {"depth.keep": None},
            "net": {"type": "ResNet", "depth": 20, "small_input": True},
            "depth": {"type": "Depth"},
        },
        input_shape=IMAGE,
    )
    assert space.size == 2**7
    for point in ({"depth.keep": [1] * 7}, {"depth.keep": [0, 1, 0, 1, 1, 0, 1]}):
        model = space.build(point)
        assert space.cost(point)["params"] == sum(parameter.numel() for parameter in model.parameters())
    assert space.cost({"depth.keep": [1] * 7})["macs"] == 40_813_184


@pytest.mark.needs("resnet")
def test_blocks_are_removed_before_channels_and_after_them():
    for processes in (["depth", "prune"], ["prune", "depth"]):
        description = {
            "modules": ["net", *processes],
            "net": {"type": "ResNet", "depth": 20, "small_input": True},
            "depth": {"type": "Depth", "keep": [0, 1, 1, 1, 1, 1, 0]},
            "prune": {"type": "Prune", "ratios": 0.5},
        }
        space = fgspace.space(description, input_shape=IMAGE)
        model = space.build().eval()
        assert space.cost()["params"] == sum(parameter.numel() for parameter in model.parameters())
        assert model(torch.zeros(2, *IMAGE)).shape == (2, 10)


def test_positions_that_are_added_shared_blocks_and_other_chains_are_no_blocks():
    class Position(nn.Module):
        def __init__(self):
            super().__init__()
            self.position = nn.Parameter(torch.zeros(5, 8))

        def forward(self, x):
            return x + self.position

    block = Tupled(8)

    class Once(nn.Module):
        def __init__(self):
            super().__init__()
            self.all = nn.ModuleList([block, nn.Linear(8, 8)])

        def forward(self, x):
            return self.all[1](self.all[0](self.all[0](x)[0])[0])

    assert blocks(nn.Sequential(Position(), nn.Linear(8, 8)), (5, 8)) == ()
    assert blocks(Once(), (5, 8)) == ()
    tied = nn.Sequential(Residual(8), Residual(8))
    tied[1].a.weight = tied[0].a.weight
    assert blocks(tied, (8, 4, 4)) == ()


def test_a_skipped_block_passes_its_input_on():
    x = torch.ones(2)
    assert Skipped(None)(x) is x
    assert Skipped(3)(mask=None, hidden=x) == (x, None, None)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ([1, 0], "process: keep: expected 3 values, one a block ('1', '2', '3'), got 2"),
        ({"9": 0}, "process: keep: '9' is no block that can be removed; there are '1', '2', '3'"),
        ([1, 2, 1], "process: keep: expected 1 for a block that stays and 0 for one that goes, got 2"),
    ],
)
def test_mistakes_are_told_in_words(keep, message):
    with pytest.raises(FgspaceError) as caught:
        fgspace.compress(chain(), {"type": "Depth", "keep": keep}, IMAGE)
    assert str(caught.value) == message


def test_a_network_without_blocks_says_what_was_expected():
    with pytest.raises(FgspaceError) as caught:
        fgspace.compress(nn.Sequential(nn.Conv2d(3, 8, 1)), {"type": "Depth", "keep": [0]}, IMAGE)
    assert str(caught.value) == (
        "process: keep: no block can be removed; expected elements of an nn.Sequential or nn.ModuleList that add to "
        "their input and keep its shape"
    )
