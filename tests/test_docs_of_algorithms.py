"""Every search algorithm has a page with all of its options, and a curve."""

import inspect
import re
from pathlib import Path

import pytest
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Type

PAGES = Path(__file__).parents[1] / "docs" / "algorithms"
ALGORITHMS = [
    pytest.param(one, id=one.short_name)
    for one in default_registry().types
    if one.kind == "algorithm" and one.origin.distribution.startswith("fgspace")
]


def page(one: Type) -> str:
    return (PAGES / f"{one.short_name}.md").read_text("utf-8")


def told(text: str) -> dict[str, str]:
    """Return the options of a page, with their defaults."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE))


@pytest.mark.parametrize("one", ALGORITHMS)
def test_a_page_tells_the_options_of_the_signature_in_order(one: Type) -> None:
    options = [name for name in inspect.signature(one.load()).parameters if name not in ("space", "objectives", "seed")]
    assert list(told(page(one))) == options


@pytest.mark.parametrize("one", ALGORITHMS)
def test_a_page_tells_the_defaults_of_the_signature(one: Type) -> None:
    signature = inspect.signature(one.load()).parameters
    for name, default in told(page(one)).items():
        in_words = signature[name].default in (None, inspect.Parameter.empty)  # None, or that it must be given
        assert (default == str(signature[name].default)) != in_words


@pytest.mark.parametrize("one", ALGORITHMS)
def test_a_page_has_a_heading_a_source_and_a_place_in_the_contents(one: Type) -> None:
    assert page(one).startswith(f"# {one.short_name}\n")
    assert re.search(r"^(Papers?: |After the algorithm|It has no paper|The rule, and)", page(one), re.MULTILINE)
    assert f"({one.short_name}.md)" in (PAGES / "README.md").read_text("utf-8")


def test_every_link_of_the_pages_leads_to_a_file() -> None:
    for file in sorted(PAGES.glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)", file.read_text("utf-8")):
            assert (PAGES / link).is_file(), (file.name, link)


def test_no_curve_is_larger_than_a_page_should_load() -> None:
    assert all(file.stat().st_size < 100_000 for file in PAGES.glob("curves/*"))
