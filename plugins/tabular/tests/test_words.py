"""Values and cells of a table are compared as what they mean, and paths lead through a description."""

import re

import pytest
from fgspace_tabular.words import Template, word
from hypothesis import given
from hypothesis import strategies as st

SAME = [
    ("1", 1),
    ("1.0", 1),
    ("1e0", 1.0),
    ("-0", 0),
    ("0.1", 0.1),
    ("1e-5", 0.00001),
    ("True", True),
    ("false", False),
    ("", None),
    (" relu ", "relu"),
    ("[8, 16]", [8, 16]),
    ("[8,16.0]", (8, 16)),
    ("ReLU", {"type": "ReLU"}),
    ("LeakyReLU", {"type": "torch/LeakyReLU", "negative_slope": 0.1}),
]
OTHER = [("1", True), ("007", 7), ("1_000", 1000), ("none", None), ("1", 1.5), ("[8, 16]", [8])]


@pytest.mark.parametrize(("text", "value"), SAME)
def test_a_cell_is_equal_to_what_it_means(text, value):
    assert word(text) == word(value)


@pytest.mark.parametrize(("text", "value"), OTHER)
def test_a_cell_is_not_equal_to_something_else(text, value):
    assert word(text) != word(value)


@given(st.one_of(st.integers(-(10**14), 10**14), st.floats(allow_nan=False, allow_infinity=False), st.booleans()))
def test_a_value_is_equal_to_its_text(value):
    assert word(repr(value)) == word(value)


VALUES = st.one_of(st.text(), st.floats(), st.none(), st.booleans(), st.integers())


@given(st.one_of(VALUES, st.lists(VALUES), st.dictionaries(st.text(), VALUES)))
def test_every_value_has_a_word(value):
    assert isinstance(word(value), str)


DESCRIPTION = {
    "type": "FineGrainedSpace",
    "network": {"type": "NasBench201", "cell": ["none", "skip_connect"], "channels": 16},
    "rate": 0.1,
}
FILLED = {
    "rate": "0.1",
    "network.channels": "16",
    "network.cell.1": "skip_connect",
    "network.cell": "[none, skip_connect]",
    "network": "NasBench201",
    "|{network.cell.0}~0|+|{network.cell.1}~0|": "|none~0|+|skip_connect~0|",
    "{network.channels}": "16",
    "{network.channels}0": "160",
    "network.cell.2": "",
    "network.cell.-1": "",
    "network.cells": "",
    "rate.x": "",
}


@pytest.mark.parametrize("text", FILLED)
def test_a_template_is_filled_from_a_description(text):
    assert Template(text).filled(DESCRIPTION) == FILLED[text]


def test_a_template_tells_what_is_not_there():
    template = Template("{network.cell.0}-{network.depth}-{rate}")
    assert template.paths == ("network.cell.0", "network.depth", "rate")
    assert template.missing(DESCRIPTION) == ["network.depth"]
    assert Template("rates").missing(DESCRIPTION) == ["rates"]
    assert Template("rate").missing({"rate": None}) == []


@pytest.mark.parametrize("text", ["{network.cell", "network}", "{}", "{{rate}}", "a{b{c}}"])
def test_a_brace_that_stands_alone_is_refused(text):
    expected = f"expected a path in each pair of braces, such as {{network.cell.0}}, got {text!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        Template(text)
