"""Inputs that are no images: integers, other types of floats, and several inputs by name."""

import pickle

import fgspace
import pytest
import torch
from fgspace import FgspaceError, PartError, trace
from fgspace.network.inputs import Input, Inputs, as_shape, described, plain_shape
from torch import nn

TOKENS = {"shape": [12], "dtype": "int64", "below": 50}
TWO = {"ids": TOKENS, "mask": {"shape": [12], "dtype": "int64"}}
READER = {
    "type": "FineGrainedSpace",
    "modules": ["words", "mix", "head"],
    "words": {"type": "Embedding", "num_embeddings": 50, "embedding_dim": 8},
    "mix": {"type": "Linear", "out_features": 6},
    "head": {"type": "Flatten"},
}


class Masked(nn.Module):
    """Embeds tokens, and sets those to zero that a mask leaves out."""

    def __init__(self, words: int = 50, width: int = 8) -> None:
        super().__init__()
        self.words, self.out = nn.Embedding(words, width), nn.Linear(width, 4)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.out(self.words(ids) * mask[..., None])}


@pytest.mark.parametrize("where", ["input", "input_shape"])
def test_tokens_reach_an_embedding(where):
    space = fgspace.space({**READER, where: TOKENS})
    assert space.cost() == {"params": 50 * 8 + 8 * 6 + 6, "macs": 12 * 8 * 6}
    assert space.input_shape == Input((12,), "int64", 50)
    out = space.build()(trace.example(space.input_shape, 3, seed=0))
    assert out.shape == (3, 12 * 6)


def test_the_arguments_of_a_program_take_the_same_mapping():
    assert fgspace.space(READER, input_shape=TOKENS).cost() == fgspace.space({**READER, "input": TOKENS}).cost()
    assert fgspace.build(READER, input_shape=TOKENS).mix.in_features == 8
    network = fgspace.space({**READER, "input": TOKENS})
    assert network.cost(input_shape={**TOKENS, "shape": [3]})["macs"] == 3 * 8 * 6


def test_several_inputs_are_given_by_name(network_with):
    network = network_with(Masked)
    described_part = {"type": "FineGrainedSpace", "modules": ["net"], "net": {"type": "Masked"}}
    cost = network.cost(described_part, TWO)
    assert (cost.params, cost.macs, cost.output_shape) == (50 * 8 + 8 * 4 + 4, 12 * 8 * 4, (12, 4))
    assert [(row.path, row.in_shape) for row in network.layers(described_part, TWO)] == [
        ("net.words", (12,)),
        ("net.out", (12, 8)),
    ]
    made = trace.example(TWO, 2, seed=1)
    assert list(made) == ["ids", "mask"]
    assert trace.call(network.build(described_part, TWO), made)["logits"].shape == (2, 12, 4)


def test_only_a_plain_chain_gives_inputs_by_name(network_with):
    network = network_with(Masked)
    beside = {"type": "Add", "modules": ["net"], "net": {"type": "Masked"}}
    with pytest.raises(PartError) as caught:
        network.build(beside, TWO)
    assert str(caught.value) == "takes one input, but gets several by name; let a module that takes them come first"


def test_a_layer_of_floats_takes_no_integers(network):
    with pytest.raises(PartError) as caught:
        network.cost({"type": "Linear", "out_features": 3}, TOKENS)
    assert str(caught.value) == (
        "takes floats, but the input is (12,) of int64 below 50; an Embedding makes floats of integers"
    )


def test_an_embedding_is_as_long_as_the_integers_need(network):
    with pytest.raises(PartError) as caught:
        network.cost({"type": "Embedding", "num_embeddings": 40, "embedding_dim": 8}, TOKENS)
    assert str(caught.value) == "num_embeddings is 40, but the input holds integers below 50"


def test_examples_hold_what_the_input_says_and_are_the_same_for_a_seed():
    made = trace.example(TOKENS, 64, seed=3)
    assert made.dtype == torch.int64
    assert int(made.min()) == 0
    assert int(made.max()) == 49
    assert torch.equal(made, trace.example(TOKENS, 64, seed=3))
    assert trace.example({"shape": [3], "dtype": "float64"}).dtype == torch.float64
    assert trace.example({"shape": [3], "dtype": "bool"}, seed=0).dtype == torch.bool
    assert torch.equal(trace.example((3, 2), 4), torch.zeros(4, 3, 2))


@pytest.mark.parametrize("written", [[3, 8, 8], TOKENS, TWO, {"shape": [3], "dtype": "float16"}])
def test_what_is_written_is_read_back(written):
    shape = described(written)
    assert described(plain_shape(shape)) == shape
    assert pickle.loads(pickle.dumps(shape)) == shape


def test_shapes_of_other_kinds_are_not_equal():
    assert as_shape((12,)) != as_shape(TOKENS)
    assert as_shape({**TOKENS, "below": 51}) != as_shape(TOKENS)
    assert Inputs({"a": (3,), "b": (3,)}) != Inputs({"a": (3,), "c": (3,)})
    assert len({as_shape((12,)), as_shape(TOKENS), as_shape(dict(TOKENS))}) == 2
    assert as_shape({"shape": [12]}) == (12,)


def test_the_digest_tells_inputs_apart_and_stays_for_images():
    spaces = [fgspace.space({**READER, "input": one}) for one in (TOKENS, {**TOKENS, "below": 40})]
    assert spaces[0].digest != spaces[1].digest
    assert spaces[0].to_json()["input_shape"] == {"shape": [12], "dtype": "int64", "below": 50}
    images = {"type": "FineGrainedSpace", "modules": [{"type": "ReLU"}], "input_shape": [3, 8, 8]}
    assert fgspace.space(images).to_json()["input_shape"] == [3, 8, 8]


FORM = "expected the sizes of one input, for instance [3, 32, 32], or {shape: [128], dtype: int64, below: 30522}"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (7, f"input: {FORM}; got 7"),
        ([], f"input: {FORM}; got []"),
        ([3, True], f"input: {FORM}; got [3, True]"),
        ({}, f"input: {FORM}; got {{}}"),
        ({"dtype": "int64"}, f"input: {FORM}; got {{'dtype': 'int64'}}"),
        ({"shape": [3], "dtyp": "int64"}, "input: unknown key 'dtyp'; did you mean 'dtype'?"),
        ({"shape": [3], "range": 5}, "input: unknown key 'range'; there are shape, dtype, below"),
        (
            {"shape": [3], "dtype": "long"},
            "input: dtype: expected one of float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, "
            "bool, got 'long'",
        ),
        (
            {"shape": [3], "below": 5},
            "input: below: bounds integers, but dtype is float32; leave it out, or write dtype: int64",
        ),
        (
            {"shape": [3], "dtype": "int64", "below": 0},
            "input: below: expected a whole number of at least 1, got 0",
        ),
        ({"ids": {"shape": [0]}}, f"input: ids: {FORM}; got [0]"),
    ],
    ids=str,
)
def test_mistakes_are_answered_with_their_place(written, message):
    with pytest.raises(FgspaceError) as caught:
        fgspace.space({**READER, "input": written})
    assert str(caught.value) == message


def test_input_and_input_shape_are_two_names_of_one_thing():
    with pytest.raises(FgspaceError) as caught:
        fgspace.space({**READER, "input": TOKENS, "input_shape": [12]})
    assert str(caught.value) == "input: says what input_shape says; write one of them"


def test_a_part_may_have_the_name_input():
    described_space = {"modules": ["input"], "input": {"type": "Conv2d", "out_channels": 4, "kernel_size": 3}}
    assert fgspace.space(described_space).build().input.out_channels == 4
