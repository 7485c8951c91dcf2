"""Errors in named spaces and chains of spaces: each whole message, with line and column."""

import warnings
from pathlib import Path
from random import Random
from typing import Any

import fgspace
import pytest
from fgspace.plugins.registry import load_registry
from fgspace.signatures.parameters import parameters

BLOCK_SPACES = sorted(
    found.short_name
    for found in load_registry().types
    if found.kind == "search_space"
    and (mask := parameters(found.load()).get("block_mask"))
    and mask.ignored is None  # a whole network has no blocks to place
)
SIZES_OF_224 = "224, 112, 56, 28, 14, 7, 4, 2, 1"
WRONG = {
    "more halvings than blocks": (
        "{input_size: 224, output_size: 7, block_num: 3}",
        "5 halvings need at least 5 blocks, but block_num is 3",
    ),
    "mask and number of blocks disagree": (
        "{block_mask: [0, 1], block_num: 3}",
        "block_mask has 2 elements, but block_num is 3; leave one of the two out",
    ),
    "mask and sizes disagree": (
        "{block_mask: [0, 0], input_size: 32, output_size: 8}",
        "input_size 32 to output_size 8 takes 2 halvings, but block_mask has 0; leave the mask or the sizes out",
    ),
    "a mask with a 2": ("{block_mask: [0, 2]}", "block_mask holds 0 and 1 only, but element 1 is 2"),
    "a mask with a -1": ("{block_mask: [-1]}", "block_mask holds 0 and 1 only, but element 0 is -1"),
    "an empty mask": ("{block_mask: []}", "block_mask is empty; write one 0 or 1 a block"),
    "nothing said": ("{}", "cannot tell which blocks halve; give block_mask, or input_size, output_size, block_num"),
    "no number of blocks": (
        "{input_size: 32, output_size: 8}",
        "cannot tell which blocks halve; give block_mask, or block_num",
    ),
    "an output larger than the input": (
        "{input_size: 8, output_size: 32, block_num: 3}",
        "output_size 32 is larger than input_size 8; blocks only halve",
    ),
    "a size of nothing": (
        "{input_size: 32, output_size: 0, block_num: 3}",
        "output_size is 0; it must be at least 1",
    ),
    "no blocks": ("{input_size: 32, output_size: 32, block_num: 0}", "block_num is 0; it must be at least 1"),
    "a size that strictly cannot be": (
        "{input_size: 224, output_size: 32, block_num: 10, strict: true}",
        f"input_size 224 cannot be halved to 32; take one of {SIZES_OF_224}",
    ),
}

over_every_block_space = pytest.mark.parametrize("name", BLOCK_SPACES)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read a file, and return its errors."""
    monkeypatch.chdir(tmp_path)

    def read(text: str) -> str:
        Path("space.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(fgspace.FgspaceError) as raised:
            fgspace.space("space.yaml")
        return str(raised.value)

    return read


@over_every_block_space
@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_a_block_space_that_cannot_be_is_told_where_it_stands(
    refused: Any, name: str, options: str, message: str
) -> None:
    inside = f"type: {name}, {options[1:]}".replace(", }", "}")
    assert refused(f"seed: 0\nsearch_space: {{{inside}") == f"space.yaml:2:15: {message}"


@over_every_block_space
def test_all_that_is_wrong_in_a_chain_is_told_at_once(refused: Any, name: str) -> None:
    chain = f"""search_space:
  - MobileNetV2Space
  - {{type: {name}, block_mask: [1]}}
  - type: {name}
    block_mask: [0, 3]
  - {{type: {name}, block_mask: [0, 1], block_num: 3}}
"""
    assert refused(chain).splitlines() == [
        f"space.yaml:4:5: {name}_2: block_mask holds 0 and 1 only, but element 1 is 3",
        f"space.yaml:6:5: {name}_3: block_mask has 2 elements, but block_num is 3; leave one of the two out",
    ]


def test_a_space_that_is_a_part_is_told_by_its_path(refused: Any) -> None:
    network = """search_space:
  type: FineGrainedSpace
  modules: ['stem', 'body']
  stem: {type: Conv2d, out_channels: 8, kernel_size: 1}
  body: {type: ResNetBlockSpace, block_mask: [0, 2]}
"""
    assert refused(network) == "space.yaml:5:9: body: block_mask holds 0 and 1 only, but element 1 is 2"


@over_every_block_space
def test_a_size_that_halving_does_not_meet_is_told_once_and_the_nearest_is_taken(name: str) -> None:
    sizes = {"input_size": 224, "output_size": 32, "block_num": 10}
    for _ in range(2):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            space = fgspace.space([(name, sizes)])
            point = space.sample(Random(0))
            assert space.network.cost(space.at(point), space.input_shape).output_shape[1:] == (28, 28)
        assert [str(warning.message) for warning in told] == [
            f"input_size 224 cannot be halved to 32; 28 is taken, of {SIZES_OF_224}"
        ]


def test_a_space_made_in_python_tells_once_too() -> None:
    from fgspace_resnet.spaces import ResNetBlockSpace

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        space = ResNetBlockSpace(input_size=224, output_size=32, block_num=10)
        space.cost(space.sample(Random(0)))
    assert [(warning.category, warning.filename) for warning in told] == [(UserWarning, __file__)]


@over_every_block_space
def test_as_large_out_as_in_means_no_halving(name: str) -> None:
    space = fgspace.space({"type": name, "input_size": 12, "output_size": 12, "block_num": 2, "strict": True})
    assert space.network.cost(space.at(space.initial), space.input_shape).output_shape[1:] == (12, 12)


# The range table of ResNetBlockSpace with one block is 12, 12, 12, 2, 12, 12.
TOKENS = {
    "one too large": ("[0, 0, 0, 2, 0, 0]", "tokens: token 3 must be at least 0 and below 2, got 2"),
    "one negative": ("[0, 0, 0, 0, 0, -1]", "tokens: token 5 must be at least 0 and below 12, got -1"),
    "too few": ("[0, 0, 0, 0, 0]", "tokens: expected 6 tokens, got 5"),
    "too many": ("[0, 0, 0, 0, 0, 0, 0]", "tokens: expected 6 tokens, got 7"),
    "none": ("[]", "tokens: expected 6 tokens, got 0"),
    "a number": ("7", "tokens: expected list[int], got 7"),
}


@pytest.mark.parametrize(("tokens", "message"), TOKENS.values(), ids=TOKENS)
def test_tokens_that_do_not_fit_are_told_where_they_stand(refused: Any, tokens: str, message: str) -> None:
    text = f"search_space:\n  type: ResNetBlockSpace\n  block_mask: [1]\n  tokens: {tokens}\n"
    assert refused(text) == f"space.yaml:4:11: {message}"


def test_a_token_that_is_no_integer_is_told_where_it_stands(refused: Any) -> None:
    text = "search_space:\n  - {type: ResNetSpace, tokens: [1, 1, 2, 2, 3, 4, 3, 1.5]}\n"
    assert refused(text) == "space.yaml:2:55: ResNetSpace.tokens.7: expected int, got 1.5"


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([1, 1, 2, 2, 3, 13, 3, 1], "tokens: token 5 must be at least 0 and below 13, got 13"),
        ([-1, 1, 2, 2, 3, 4, 3, 1], "tokens: token 0 must be at least 0 and below 7, got -1"),
        ([1] * 7, "expected 8 tokens, got 7"),
    ],
)
def test_tokens_that_are_decoded_must_fit(tokens: list[int], message: str) -> None:
    space = fgspace.space({"type": "ResNetSpace"})
    with pytest.raises(ValueError, match=f"^{message}$"):
        space.decode(tokens)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("search_space: []\n", "space.yaml:1:15: search_space: expected at least one space, got none"),
        (
            "search_space:\n  - ResNetSpace\n  - 3\n",
            "space.yaml:3:5: search_space.1: expected a space's name, its name with parameters, or a mapping with "
            "type; got 3",
        ),
        (
            "search_space: [ResNetSpace, {block_mask: [1]}]\n",
            "space.yaml:1:29: search_space.1: expected a space's name, its name with parameters, or a mapping with "
            "type; got {'block_mask': [1]}",
        ),
        (
            "search_space:\n  - {type: ResNetBlokSpace, block_mask: [1]}\n",
            "space.yaml:2:12: ResNetBlokSpace.type: unknown module type 'ResNetBlokSpace'; "
            "did you mean 'ResNetBlockSpace'?",
        ),
        (
            "search_space: {type: ResNetSpace, num_clas: 10}\n",
            "space.yaml:1:35: ResNetSpace has no parameter 'num_clas'; did you mean 'num_class'?",
        ),
        (
            "search_space: {type: ResNetBlockSpace, block_mask: {bits: 3}}\n",
            "space.yaml:1:15: the parameters of ResNetBlockSpace cannot be searched, only its own hyper-parameters",
        ),
        (
            "search_space: {type: ResNetBlockSpace, block_mask: [1, true]}\n",
            "space.yaml:1:52: block_mask: expected list[int] or null, got [1, True]",
        ),
    ],
)
def test_what_is_no_space_is_told_where_it_stands(refused: Any, text: str, message: str) -> None:
    assert refused(text) == message


def test_a_chain_whose_head_is_not_at_its_end_is_refused(refused: Any) -> None:
    text = "search_space:\n  - {type: ResNetSpace, num_class: 10}\n  - {type: MobileNetV2BlockSpace, block_mask: [1]}\n"
    assert refused(text) == (
        "space.yaml:3:5: MobileNetV2BlockSpace.block_0.block_0.conv.expand.conv: "
        "takes an input of (C, H, W), but gets (10,)"
    )
