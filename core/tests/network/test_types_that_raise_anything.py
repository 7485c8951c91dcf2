"""Whatever the code of a type raises is said in one sentence, at the part, and never ends in a traceback."""

import re
import sys

import pytest
from fgspace.network.costs import PartError
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.signatures.reasons import reason
from torch import nn

SHAPE = (3, 8, 8)
REFUSED_BY_TORCH = [
    ({"type": "Hardtanh", "min_val": 2, "max_val": 1}, "Hardtanh: max_val (1) must be greater than min_val (2)"),
    (
        {"type": "Upsample", "scale_factor": [2, 2]},
        "scale_factor: torch takes one number here, got [2, 2]; give one, or size",
    ),
    (
        {"type": "Embedding", "num_embeddings": 3, "embedding_dim": 4, "padding_idx": 9},
        "Embedding: Padding_idx must be within num_embeddings",
    ),
    (
        {"type": "AdaptiveLogSoftmaxWithLoss", "n_classes": 10, "cutoffs": [3], "div_value": -1},
        "AdaptiveLogSoftmaxWithLoss: Trying to create tensor with negative dimension -8: [-8, 8]",
    ),
    ({"type": "PReLU", "init": 10**30}, "PReLU: OverflowError: int too big to convert (init.py:LINE)"),
    (
        {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "dtype": "float32"},
        "Conv2d: empty(): argument 'dtype' must be torch.dtype, not str",
    ),
]


class Moody(nn.Module):
    """Raises what its name says, when it is made or when it runs."""

    def __init__(self, raises: str, when: str = "made"):
        super().__init__()
        self.raises = raises
        if when == "made":
            self.forward(None)

    def forward(self, x):
        if self.raises == "KeyError":
            return {}["width"]
        if self.raises == "AssertionError":
            raise AssertionError
        if self.raises == "StopIteration":
            return next(iter(()))
        if self.raises == "RuntimeError":
            raise RuntimeError("the first line\nand many more")
        if self.raises == "RecursionError":
            return self.forward(x)
        if self.raises == "SystemExit":
            sys.exit(3)
        if self.raises == "MemoryError":
            raise MemoryError
        raise SpeechlessError


class SpeechlessError(Exception):
    """Cannot be shown."""

    def __str__(self):
        raise OSError("no text")


class MoodyPart(FineGrainedSpace):
    """Raises in its constructor."""

    def constructor(self, raises: str):
        Moody(raises)


class MoodyProcess:
    """Raises when it is made, applied or counted."""

    def __init__(self, raises: str, when: str = "made"):
        self.raises, self.when = raises, when
        if when == "made":
            Moody(raises)

    def __call__(self, model, input_shape):
        return Moody(self.raises) if self.when == "applied" else None

    def layers_after(self, rows, plan):
        return Moody(self.raises) if self.when == "counted" else rows


def lineless(text):
    return re.sub(r"\.py:\d+", ".py:LINE", text)


@pytest.mark.parametrize(("described", "message"), REFUSED_BY_TORCH)
def test_what_torch_refuses_is_said_at_the_part(network, described, message):
    whole = {"type": "FineGrainedSpace", "modules": ["a"], "a": described}
    with pytest.raises(PartError) as caught:
        network.build(whole, SHAPE)
    assert caught.value.path == ("a",)
    assert lineless(caught.value.message) == message


def test_heads_that_do_not_divide_the_width_are_said_when_they_are_counted(network):
    described = {"type": "TransformerEncoderLayer", "d_model": 1024, "nhead": 3}
    for walk in (network.cost, network.layers, network.build):
        with pytest.raises(PartError) as caught:
            walk(described, (4, 1024))
        assert str(caught.value) == "TransformerEncoderLayer: embed_dim must be divisible by num_heads"


RAISED = [
    ("KeyError", "KeyError: 'width' (HERE)"),
    ("AssertionError", "AssertionError (HERE: raise AssertionError)"),
    ("StopIteration", "StopIteration (HERE: return next(iter(())))"),
    ("RuntimeError", "the first line (HERE)"),
    ("SystemExit", "SystemExit: 3 (HERE)"),
    ("MemoryError", "MemoryError (HERE: raise MemoryError)"),
    ("SpeechlessError", "SpeechlessError (HERE: raise SpeechlessError)"),
    ("RecursionError", "RecursionError: maximum recursion depth exceeded (HERE)"),
]


@pytest.mark.parametrize(("raises", "why"), RAISED)
def test_whatever_is_raised_is_one_sentence(network_with, raises, why):
    network = network_with(Moody, MoodyPart, processes=(MoodyProcess,))
    net = {
        "type": "FineGrainedSpace",
        "modules": ["a", "b"],
        "a": {"type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    }
    taken = f"Moody does not take an input of (4, 6, 6): {why}"
    told = {
        f"b: Moody: {why}": {"type": "Moody", "raises": raises},
        f"b: {taken}": {"type": "Moody", "raises": raises, "when": "run"},
        f"b: MoodyPart: {why}": {"type": "MoodyPart", "raises": raises},
        f"b: MoodyProcess: {why}": {"type": "MoodyProcess", "raises": raises},
    }
    for message, part in told.items():
        for walk in (network.cost, network.layers, network.build):
            with pytest.raises(PartError) as caught:
                walk({**net, "b": part}, SHAPE)
            assert re.sub(r"test_types_that_raise_anything\.py:\d+", "HERE", str(caught.value)) == message


def test_a_process_that_raises_or_returns_no_module_is_said_at_the_process(network_with):
    network = network_with(processes=(MoodyProcess,))
    net = {"type": "FineGrainedSpace", "modules": ["a", "b"], "a": {"type": "ReLU"}}
    with pytest.raises(PartError) as caught:
        network.build({**net, "b": {"type": "MoodyProcess", "raises": "KeyError", "when": "applied"}}, SHAPE)
    assert lineless(str(caught.value)) == (
        "b: MoodyProcess: KeyError: 'width' (test_types_that_raise_anything.py:LINE)"
    )
    with pytest.raises(PartError) as caught:
        network.cost({**net, "b": {"type": "MoodyProcess", "raises": "KeyError", "when": "counted"}}, SHAPE)
    assert lineless(str(caught.value)) == (
        "b: MoodyProcess: KeyError: 'width' (test_types_that_raise_anything.py:LINE)"
    )
    with pytest.raises(PartError) as caught:
        network.build({**net, "b": {"type": "MoodyProcess", "raises": "", "when": "never"}}, SHAPE)
    assert str(caught.value) == "b: expected a process to return an nn.Module, got null"


def test_a_type_that_has_no_name_is_called_by_its_class():
    assert reason(KeyError(3), object()) == "object: KeyError: 3"


class Nested(FineGrainedSpace):
    """Holds itself."""

    def constructor(self):
        self.inner = Nested()


class Endless(FineGrainedSpace):
    """Has parts without end."""

    def constructor(self, part: dict[str, str]):
        index = 0
        while index := index + 1:
            self.add(f"part_{index}", part)


class Calling(nn.Module):
    """Makes parameters without end."""

    def __init__(self):
        super().__init__()
        while True:
            nn.Linear(1, 1)


def test_a_type_without_end_is_an_error(network_with):
    network = network_with(Nested, Endless, Calling)
    with pytest.raises(PartError) as caught:
        network.cost({"type": "Endless", "part": {"name": "x"}}, SHAPE)
    assert str(caught.value) == "has more than 100,000 parts; give fewer"
    for described in ({"type": "Calling"}, {"type": "Transformer", "num_encoder_layers": 10**7}):
        with pytest.raises(PartError) as caught:
            network.cost(described, SHAPE)
        assert str(caught.value) == (
            "takes more than 20,000 calls of torch; make it smaller, or describe it by its parts"
        )
    with pytest.raises(PartError) as caught:
        network.cost({"type": "Nested"}, SHAPE)
    assert caught.value.path[:2] == ("inner", "inner")
    assert caught.value.message.startswith("Nested: RecursionError: maximum recursion depth exceeded")
    assert len(caught.value.path) == 24


def test_a_module_of_torch_takes_a_finished_module_where_a_file_gives_a_type(network):
    encoder = {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "batch_first": True}
    built = network.build({"type": "TransformerEncoder", "encoder_layer": encoder, "num_layers": 2}, (4, 8))
    assert [type(layer).__name__ for layer in built.layers] == ["TransformerEncoderLayer"] * 2
    with pytest.raises(PartError) as caught:
        network.build(
            {"type": "TransformerEncoder", "encoder_layer": {"type": "Linear", "out_features": 8}, "num_layers": 2},
            (4, 8),
        )
    assert str(caught.value) == (
        "encoder_layer: expected a type that makes one module, with all its widths, got Linear"
    )
