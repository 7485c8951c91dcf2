"""Mistakes in sections and in what -p names: the message holds the cure."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from fgspace import DescriptionError, FgspaceError
from fgspace.config.loading import load
from fgspace.documents.reader import read_text
from fgspace.plugins.program import import_modules
from fgspace.signatures.annotations import misfit


def test_a_name_where_a_mapping_is_taken_is_answered_with_the_mapping():
    message = "expected a mapping or null, got 'Adam'; write {type: Adam}"
    assert misfit("Adam", Mapping[str, Any] | None) == ((), message)
    assert misfit("Adam", dict[str, Any]) == ((), "expected a mapping, got 'Adam'; write {type: Adam}")
    assert misfit(3, Mapping[str, Any]) == ((), "expected a mapping, got 3")


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (list[int | Literal["full"]], "list[int or 'full']"),
        (dict[str, float | None], "dict[str, float or null]"),
        (list[dict[str, int | str]] | None, "list[dict[str, int or str]] or null"),
        (tuple[int, ...], "tuple[int, ...]"),
    ],
)
def test_the_types_inside_a_list_or_a_mapping_are_told_in_words(annotation, words):
    assert misfit(0.5, annotation) == ((), f"expected {words}, got 0.5")


@pytest.mark.parametrize("side", ["min", "max"])
def test_a_bound_that_is_no_number_is_an_error(side):
    with pytest.raises(DescriptionError) as raised:
        load(read_text(f"search_space: {{k: {{int: [1, 2]}}}}\nconstraints: {{params: {{{side}: .nan}}}}\n", "a.yaml"))
    assert str(raised.value) == f"a.yaml:2:23: constraints.params: expected a number as {side}, got nan"


def test_words_of_yaml_1_1_name_parts():
    file = "search_space:\n  modules: [on, off]\n  on: {type: ReLU}\n  off: {type: ReLU}\n"
    assert load(read_text(file, "a.yaml")).space.at({})["modules"] == ["on", "off"]


@pytest.mark.parametrize(
    ("module", "text", "message"),
    [
        (
            "./silent_one.py",
            "x = 1\n",
            "-p ./silent_one.py: registers nothing, and defines no nn.Module; "
            "write @fgspace.register above a class or function",
        ),
        ("./raising_one.py", "x = 1\nint('a')\n", "-p ./raising_one.py: raising_one.py:2: ValueError: invalid literal"),
        (
            "./",
            None,
            "-p ./: expected a module, as in my_blocks, or a file, as in ./my_blocks.py; got a folder",
        ),
        (
            "./my_blocks",
            None,
            "-p ./my_blocks: expected a module, as in my_blocks, or a file, as in ./my_blocks.py; got neither",
        ),
    ],
)
def test_what_p_cannot_import_is_told_with_the_cure(module, text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    if text is not None:
        (tmp_path / module).write_text(text)
    with pytest.raises(FgspaceError) as raised:
        import_modules([module])
    assert str(raised.value).partition(" for int()")[0] == message
