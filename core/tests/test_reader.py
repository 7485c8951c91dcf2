"""The reader: plain YAML with the place of every value, all problems at once, and no code execution."""

from itertools import pairwise

import pytest
from fgspace import DescriptionError, FgspaceError
from fgspace.documents.reader import read, read_text
from fgspace.documents.writer import in_yaml
from fgspace.errors import Place
from hypothesis import example, given
from hypothesis import strategies as st

NAMES = st.text("abcdefgh_", min_size=1, max_size=6).filter(lambda name: name not in ("y", "n"))
LINE_BREAKS = "\x85\u2028\u2029"  # YAML 1.1 reads each of them as "\n"
TEXT = st.text(st.characters(exclude_characters=LINE_BREAKS, exclude_categories=["Cs"]), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


INT64 = "expected an integer of at most 64 bits, -9,223,372,036,854,775,808 to 9,223,372,036,854,775,807"


def complaint(text: str) -> str:
    with pytest.raises(DescriptionError) as raised:
        read_text(text, "a.yaml")
    return str(raised.value)


@given(st.dictionaries(NAMES, PLAIN, max_size=5))
@example({"a": "1e-3", "b": 1e-3, "c": "2026-11-23", "d": "yes", "e": "0x1f", "f": "null", "g": 1e300, "h": "5E4"})
def test_what_is_written_is_read_back(data):
    assert read_text(in_yaml(data), "a.yaml").data == data


def test_every_key_and_value_has_its_place():
    document = read_text("one:\n  two: [3, {four: 5}]\n", "a.yaml")
    assert document.data == {"one": {"two": [3, {"four": 5}]}}
    assert document.keys["one", "two"] == Place("a.yaml", 2, 3)
    assert document.values["one", "two", 1] == Place("a.yaml", 2, 12)
    assert document.keys["one", "two", 1, "four"] == Place("a.yaml", 2, 13)
    assert document.values["one", "two", 1, "four"] == Place("a.yaml", 2, 19)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001),
        ("5E4", 50000.0),
        ("1.5e+2", 150.0),
        ("2_000_000", 2000000),
        ("2026-11-23", "2026-11-23"),
        ("null", None),
        ("!!python/tuple [1, 2]", [1, 2]),
        ("'1'", "1"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("190:20:30.5", "190:20:30.5"),
        ("0b11", "0b11"),
        (".5e3", 500.0),
        ("on", "on"),
        ("Yes", "Yes"),
        ("=", "="),
        ("<<", "<<"),
        ("True", True),
        ("!!float 3", 3.0),
        ("9223372036854775807", 2**63 - 1),
        ('"\\ud800"', "\ud800"),
    ],
)
def test_a_value_is_read_as_it_looks(written, value):
    read = read_text(f"a: {written}", "a.yaml").data["a"]
    assert (read, type(read)) == (value, type(value))


def test_an_alias_is_the_same_object_with_a_place_under_each_of_its_paths():
    document = read_text("a: &x {int: [1, 2]}\nb: *x\n", "a.yaml")
    assert document.data["a"] is document.data["b"]
    assert document.values["b", "int", 1] == document.values["a", "int", 1] == Place("a.yaml", 1, 17)


def test_what_a_merge_brings_in_can_be_written_over_once():
    assert read_text("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", "a.yaml").data["d"] == {"b": 1, "c": 3}


def test_an_alias_may_name_a_mapping_with_a_merge():
    data = read_text("a: &r {<<: &x {b: 1, c: 2}, c: 3}\nd: *r\ne: {<<: [*r, *x], b: 4}\n", "a.yaml").data
    assert data == {"a": {"b": 1, "c": 3}, "d": {"b": 1, "c": 3}, "e": {"b": 4, "c": 3}}


def test_a_chain_of_merges_costs_what_it_holds():
    levels = [f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}" for level in range(1, 50)]
    data = read_text("\n".join(["a0: &a0 {b: 1}", *levels]), "a.yaml").data
    assert data["a49"] == {"b": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.yaml:1:1: expected a mapping, for instance search_space: ..."),
        ("- a\n", "a.yaml:1:1: expected a mapping, for instance search_space: ..."),
        (
            "a: ['b', 'c'\n  d\n",
            "a.yaml:2:3: expected ',' or ']', but got '<scalar>', while parsing a flow sequence that begins in line 1",
        ),
        (
            "a: 'b\n",
            "a.yaml:2:1: found unexpected end of stream, while scanning a quoted scalar that begins in line 1",
        ),
        (
            "a:\n  b: 3\n   c: 4\n",
            "a.yaml:3:5: a colon cannot stand here; look at the indentation, or put text in quotes",
        ),
        ("a:\n   b: 3\n  c: 4\n", "a.yaml:3:3: is indented unlike the entries that begin in line 1"),
        ("a:\n\tb: 3\n", "a.yaml:2:1: a tab cannot stand here; write spaces"),
        (
            "a:\n  b 3\n  c: 4\n",
            "a.yaml:3:4: a colon cannot stand here; look at the indentation, or put text in quotes",
        ),
        ("a:\n  b: 1\n  c 3\nd: 4\n", "a.yaml:3:3: expected a colon and a space after a name, got 'c 3'"),
        ("a: b: c\n", "a.yaml:1:5: a colon cannot stand here; look at the indentation, or put text in quotes"),
        ("a: @b\n", "a.yaml:1:4: found character '@' that cannot start any token"),
        ("a: *b\n", "a.yaml:1:4: found undefined alias 'b'"),
        (
            "a: &x 1\nb: &x 2\n",
            "a.yaml:2:4: second occurrence (found duplicate anchor 'x'; first occurrence in line 1)",
        ),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: expected a single document in the stream, but found another document"),
        ("a: 1\nb: \0\n", "a.yaml:2:4: character '\\x00' cannot stand in YAML; remove it"),
        ("a:\n  <<: 3\n", "a.yaml:2:3: a: expected a mapping, or a list of mappings, after <<"),
        ("a:\n  [1, 2]: 3\n", "a.yaml:2:3: a: expected a name before the colon"),
        ('a: !!int ""\n', "a.yaml:1:4: a: expected int, got ''"),
        ("a: !!bool maybe\n", "a.yaml:1:4: a: expected bool, got 'maybe'"),
        ("a: !!null 3\n", "a.yaml:1:4: a: expected null, got '3'"),
        ('a: "\\UFFFFFFFF"\n', "a.yaml:1:5: character '\\UFFFFFFFF' does not exist; the last one is '\\U0010FFFF'"),
        (f"a: {'9' * 5000}\n", f"a.yaml:1:4: a: {INT64}; got {'9' * 37}..."),
        ("a: [9223372036854775808]\n", f"a.yaml:1:5: a.0: {INT64}; got 9223372036854775808"),
        ("a: 1e999\n", "a.yaml:1:4: a: expected a number below 1.8e308, got 1e999; write .inf for infinity"),
        ("a: &x {<<: *x}\n", "a.yaml:1:4: a: an alias stands inside what it names"),
        ("a: {<<: {b: 1, b: 2}}\n", "a.yaml:1:16: a.b: 'b' is written twice; the first stands in line 1"),
        ("a: !!int b\n", "a.yaml:1:4: a: expected int, got 'b'"),
        ("search_space: {a: !!float b}\n", "a.yaml:1:19: a: expected float, got 'b'"),
        ("a: &x\n  b: *x\n", "a.yaml:2:3: a.b: an alias stands inside what it names"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, message):
    assert complaint(text) == message


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object:os.system",
        "!!python/object/apply:os.system",
        "!!python/object/new:os.system",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/dict",
        "!!binary",
        "!!set",
        "!mine",
    ],
)
@pytest.mark.parametrize("value", ["", " x", " [x]", " {x: y}"])
def test_a_tag_that_is_not_plain_is_refused_and_nothing_runs(tag, value):
    assert complaint(f"search_space:\n  a: {tag}{value}\n") == (
        f"a.yaml:2:6: a: tag {tag!r} is not read; only plain YAML and !!python/tuple are"
    )


def test_a_key_that_is_written_twice_names_the_first():
    assert complaint("search_space:\n  a: {b: 1}\n  a: {b: 2}\n") == (
        "a.yaml:3:3: a: 'a' is written twice; the first stands in line 2"
    )


def test_all_that_is_not_plain_is_told_at_once_in_file_order():
    assert complaint("a: !!set {}\nb: 1\nb: 2\nc: !x 3\n").splitlines() == [
        "a.yaml:1:4: a: tag '!!set' is not read; only plain YAML and !!python/tuple are",
        "a.yaml:3:1: b: 'b' is written twice; the first stands in line 2",
        "a.yaml:4:4: c: tag '!x' is not read; only plain YAML and !!python/tuple are",
    ]


def test_nested_aliases_that_would_fill_the_memory_are_refused():
    letters = "abcdefghi"
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise(letters)
    )
    message = complaint(bomb)
    assert message.startswith("a.yaml:1:")
    assert message.endswith(": the file holds more than 200,000 values")


@pytest.mark.parametrize("levels", [150, 900, 20_000])
def test_values_nested_without_end_are_refused(levels):
    message = complaint(f"a: {'[' * levels}{']' * levels}")
    assert message.endswith("values are nested deeper than 100 levels")


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    for file, why in [(tmp_path / "no.yaml", "no such file or directory"), (tmp_path, "is a directory")]:
        with pytest.raises(FgspaceError) as raised:
            read(file)
        assert str(raised.value) == f"{file}: {why}"
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(FgspaceError) as raised:
        read(tmp_path / "binary.yaml")
    assert str(raised.value) == f"{tmp_path / 'binary.yaml'}: expected text in UTF-8"
