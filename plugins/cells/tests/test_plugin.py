"""The plugin passes the conformance suite, and what its README shows is so."""

import contextlib
import io
from pathlib import Path

import fgspace
import pytest
import yaml

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """Return the blocks of a language in the README."""
    return [piece.partition("```")[0] for piece in README.split(f"```{language}\n")[1:]]


@pytest.mark.parametrize(("number", "size", "params"), [(0, 6, 94_898), (1, 1, 802_426), (2, 27, 11_394), (3, 3, 626)])
def test_a_space_of_the_readme_is_valid(number, size, params):
    space = fgspace.space(yaml.safe_load(blocks("yaml")[number]))
    assert (space.size, space.cost()["params"]) == (size, params)


def test_the_program_of_the_readme_prints_what_it_says():
    with contextlib.redirect_stdout(io.StringIO()) as written:
        exec(blocks("python")[0], {})
    assert written.getvalue() == blocks("text")[0]
