"""Experiments written as people write them: short values on one line, anchors with names, comments at their places."""

import pytest
from fgspace.documents.laid_out import laid_out
from fgspace.documents.reader import read_values
from hypothesis import given
from hypothesis import strategies as st


def rate():
    return {"float": [0.0001, 0.1], "log": True}


def test_short_mappings_stand_on_one_line_and_sections_on_lines_of_their_own():
    data = {
        "search_space": {"modules": ["net"], "net": {"type": "ResNet", "depth": {"choice": [18, 34]}}},
        "objectives": {"accuracy": "max"},
        "seed": 3,
    }
    assert laid_out(data) == (
        "search_space:\n"
        "  modules: [net]\n"
        "  net: {type: ResNet, depth: {choice: [18, 34]}}\n"
        "objectives: {accuracy: max}\n"
        "seed: 3\n"
    )


def test_a_long_list_of_scalars_is_wrapped_rather_than_written_line_by_line():
    text = laid_out({"mask": {"bits": [0, 1] * 60}})
    assert text.count("\n") == 5
    assert max(map(len, text.splitlines())) <= 120


def test_what_stands_in_several_places_is_named_after_the_key_where_it_stands_first():
    one, other = rate(), rate()
    data = {"a": {"lr": one, "x y": [one, other]}, "b": {"lr": other, "more": {"first-key": [1], "again": None}}}
    data["b"]["more"]["again"] = data["b"]["more"]["first-key"]
    assert laid_out(data) == (
        "a:\n"
        "  lr: &lr {float: [0.0001, 0.1], log: true}\n"
        "  x y: [*lr, &x_y {float: [0.0001, 0.1], log: true}]\n"
        "b:\n"
        "  lr: *x_y\n"
        "  more: {first-key: &first_key [1], again: *first_key}\n"
    )
    assert read_values(laid_out(data), "")[0] == data


def test_two_anchors_of_one_name_are_numbered():
    one, other = rate(), rate()
    data = {"a": {"lr": one, "again": one}, "b": {"lr": other, "again": other}}
    assert [line.strip() for line in laid_out(data).splitlines() if "&" in line] == [
        "lr: &lr {float: [0.0001, 0.1], log: true}",
        "lr: &lr_2 {float: [0.0001, 0.1], log: true}",
    ]


def test_a_comment_stands_above_its_value_or_the_nearest_one_around_it():
    data = {"a": {"b": {"c": [1, 2]}, "d": 1}, "e": [{"f": 1}, {"g": 2}]}
    comments = [
        (("a", "d"), "on d"),
        (("a", "b", "c", 1), "on 2"),
        (("a", "zzz"), "on nothing"),
        (("e", 1), "on the second"),
        ((), "first"),
        (("missing",), "second"),
    ]
    assert laid_out(data, comments) == (
        "# first\n"
        "# second\n"
        "# on nothing\n"
        "a:\n"
        "  # on 2\n"
        "  b: {c: [1, 2]}\n"
        "  # on d\n"
        "  d: 1\n"
        "e:\n"
        "- {f: 1}\n"
        "# on the second\n"
        "- {g: 2}\n"
    )


def test_a_long_comment_is_wrapped():
    lines = laid_out({"a": {"b": 1}}, [(("a", "b"), "word " * 40)]).splitlines()
    assert [line[:6] for line in lines] == ["# word", "#   wo", "a: {b:"]
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("comment", ["one\nseed: 9", "\x1b[31mred", "x\x85y", "a\u2028b", "\u202etxet"])
def test_a_comment_of_others_stays_a_comment_and_commands_nothing(comment):
    text = laid_out({"seed": 1}, [(("seed",), comment)])
    assert read_values(text, "")[0] == {"seed": 1}
    assert all(letter.isprintable() or letter == "\n" for letter in text)


@pytest.mark.parametrize(
    "value", ["\x1b[31m", "a\u202eb", "\ud800", "日本", "1e-3", "on", "1:30", "", " a ", "a: b # c"]
)
def test_any_text_is_read_back_as_it_was_and_commands_nothing(value):
    text = laid_out({"a": {"b": [value]}, value or "k": value})
    assert read_values(text, "")[0] == {"a": {"b": [value]}, value or "k": value}
    assert all(letter.isprintable() or letter == "\n" for letter in text)


SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.text(max_size=8)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=6), inner), max_leaves=20)


@given(st.dictionaries(st.text(max_size=6), DATA, min_size=1), st.lists(st.text(max_size=20), max_size=3))
def test_data_are_read_back_as_they_were_whatever_the_comments(data, comments):
    at = [((key,), comment) for key, comment in zip(data, comments, strict=False)]
    assert read_values(laid_out(data, at), "")[0] == data


def test_anything_may_be_read_and_everything_has_its_place():
    data, places = read_values("[1, {a: 2}]", "list.yml")
    assert data == [1, {"a": 2}]
    assert str(places[(1, "a")]) == "list.yml:1:6"
    assert read_values("", "empty.yml") == (None, {})
