"""What the types of transformers and their evaluator refuse, in one sentence each."""

import fgspace
import pytest
from fgspace_transformer.evaluator import CharacterModelling

VIT = {"type": "VisionTransformer", "patch": 4, "width": 24, "depth": 1, "heads": 3}
ATTENTION = {"type": "Attention", "in_features": 16}
IMAGE, TOKENS = {"shape": [3, 16, 16]}, {"shape": [5, 16]}
ERRORS = [
    ({**VIT, "size": "giant"}, None, "net: size must be one of tiny, small, base, large, huge; got 'giant'"),
    ({**VIT, "depth": 0}, None, "net: depth must be at least 1, got 0"),
    ({**ATTENTION, "heads": 3}, TOKENS, "net: heads must divide the width 16, got 3; or give head_width"),
    ({**ATTENTION, "heads": 0}, TOKENS, "net: heads must be at least 1, got 0"),
    ({**ATTENTION, "head_width": 0}, TOKENS, "net: head_width must be at least 1, got 0"),
    ({"type": "FeedForward", "mlp_ratio": 0}, TOKENS, "net: mlp_ratio must leave at least one feature of 16, got 0"),
    (
        {"type": "FeedForward", "activation": "tanh"},
        TOKENS,
        "net.activation: expected 'gelu' or 'gelu_tanh' or 'relu' or 'silu', got 'tanh'",
    ),
    ({"type": "LearnedPositions", "width": 8}, TOKENS, "net: takes tokens of 8 features, but gets 16"),
    ({"type": "FirstToken"}, None, "net: takes tokens of (L, width), but gets (3, 16, 16)"),
    (
        {"type": "Attend", "head_width": 4},
        None,
        "net: takes queries, keys and values of one shape, (L, heads·head_width), but gets (3, 16, 16)",
    ),
]


@pytest.mark.parametrize(("description", "given", "message"), ERRORS)
def test_a_mistake_is_told_with_its_place(description, given, message):
    with pytest.raises(fgspace.FgspaceError) as raised:
        fgspace.space({"input": given or IMAGE, "modules": ["net"], "net": description}).cost()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 36}, "width must be a multiple of heads (4) and of 8, got 36"),
        ({"depth": 0}, "width, depth and heads must be at least 1, got 64, 0 and 4"),
    ],
)
def test_a_space_that_cannot_be_started_is_told(options, message):
    with pytest.raises(fgspace.FgspaceError) as raised:
        fgspace.space({"type": "LanguageModelSpace", "vocabulary": 9, **options})
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"files": []}, "files: expected at least one file, got none"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, got 0.0"),
    ],
)
def test_an_option_that_makes_no_sense_is_told(options, message):
    with pytest.raises(ValueError, match=r"\w") as raised:
        CharacterModelling(**{"files": ["a.txt"], **options})
    assert str(raised.value) == message


def test_a_text_that_cannot_be_used_is_told(tmp_path):
    short, binary, absent = (tmp_path / name for name in ("short.txt", "binary.txt", "absent.txt"))
    short.write_text("too short")
    binary.write_bytes(b"\xff\xfe\x00")
    messages = {
        short: "9 characters are too few; give at least 650 for a context of 64, or a smaller context",
        binary: f"{str(binary)!r} cannot be read: it is no text in UTF-8",
        absent: f"{str(absent)!r} cannot be read: No such file or directory",
    }
    for file, message in messages.items():
        with pytest.raises(fgspace.FgspaceError) as raised:
            CharacterModelling(files=[str(file)]).prepare()
        assert str(raised.value) == f"evaluator: files: {message}"


def test_a_network_for_other_characters_is_told(tmp_path):
    (tmp_path / "text.txt").write_text("abc" * 300)
    evaluator = CharacterModelling(files=[str(tmp_path / "text.txt")], context=8)
    messages = {
        ((8, 5), "vocabulary"): "puts out (8, 5), but the text has 3 different characters; write vocabulary: 3",
        ((5,), None): "puts out (5,), but the text has 3 different characters; let it put out (8, 3)",
    }
    for given, message in messages.items():
        with pytest.raises(ValueError, match=r"\w") as raised:
            evaluator.check_output(*given)
        assert str(raised.value) == message


def test_a_trained_model_tells_characters_better_than_chance(tmp_path):
    (tmp_path / "text.txt").write_text("abcdefgh" * 200)
    evaluator = CharacterModelling(
        files=[str(tmp_path / "text.txt")], context=8, epochs=1, steps=60, folder=tmp_path / "new" / "folder"
    )
    network = {"type": "CausalLanguageModel", "vocabulary": 8, "width": 16, "depth": 1, "heads": 2}
    assert evaluator(network)["bits_per_character"] < 1
    assert evaluator.test(network)["test_bits_per_character"] < 1


def test_a_training_that_diverges_fails_its_trial(tmp_path):
    (tmp_path / "text.txt").write_text("abcdefgh" * 200)
    evaluator = CharacterModelling(files=[str(tmp_path / "text.txt")], context=8, learning_rate=1e30, steps=20)
    network = {"type": "CausalLanguageModel", "vocabulary": 8, "width": 16, "depth": 1, "heads": 2}
    with pytest.raises(ValueError, match=r"^the loss is (nan|inf) in epoch 1; lower the learning_rate$"):
        evaluator(network)
