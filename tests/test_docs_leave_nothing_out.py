"""Every block and command of every page can be read, and every hook, command, option and type has its place."""

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import fgspace
import pytest
import yaml
from fgspace.cli import COMMANDS, parser_for
from fgspace.plugins.hookspecs import HOOKS
from fgspace.plugins.registry import load_registry

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tools"))

PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("plugins/*/README.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "core/README.md")),
]
FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"", "python", "yaml", "toml", "console", "text", "json", "bash"}
INLINE = re.compile(r"(?<!`)`(fgspace [a-z][^`]*)`(?!`)")


def blocks(language: str) -> list[object]:
    found = (
        (page, text) for page in PAGES for kind, text in FENCE.findall(page.read_text("utf-8")) if kind == language
    )
    return [pytest.param(text, id=f"{page.relative_to(ROOT)} {number}") for number, (page, text) in enumerate(found)]


def test_every_block_is_of_a_language_that_a_test_reads() -> None:
    kinds = {kind for page in PAGES for kind, _ in FENCE.findall(page.read_text("utf-8"))}
    assert kinds <= LANGUAGES


@pytest.mark.parametrize("text", blocks("python"))
def test_a_block_of_python_can_be_compiled_and_names_what_is_public(text: str) -> None:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "fgspace":
            assert [one.name for one in node.names if not hasattr(fgspace, one.name)] == []
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "fgspace":
            assert hasattr(fgspace, node.attr)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_block_of_yaml_can_be_read(text: str) -> None:
    comments = all(line.startswith("#") for line in text.splitlines())
    assert comments or yaml.safe_load(text) is not None


def commands() -> Iterator[tuple[str, str]]:
    """Return page and command, for those in blocks and for those within a line."""
    for page in PAGES:
        text, name = page.read_text("utf-8"), str(page.relative_to(ROOT))
        for _, block in FENCE.findall(text):
            lines = (line.strip().removeprefix("$ ") for line in block.replace("\\\n", " ").splitlines())
            yield from ((name, line) for line in lines if line.startswith("fgspace "))
        without = FENCE.sub("", text)
        yield from ((name, found.replace("\n", " ")) for found in INLINE.findall(without))


@cache
def known(command: str) -> frozenset[str]:
    """Return the options of a command."""
    from website.written import options

    return frozenset(one for action in options(command) for one in action.option_strings)


def test_every_command_of_the_pages_is_one_with_options_that_it_has() -> None:
    found, wrong = 0, []
    for page, line in commands():
        words = shlex.split(line.partition(" #")[0].partition(" | ")[0], posix=False)[1:]
        if not words or not words[0].islower() or words[0].startswith("-"):
            continue
        found += 1
        options = {word.partition("=")[0] for word in words[1:] if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)}
        if words[0] not in COMMANDS or options - known(words[0]) - {"--help", "-h"}:
            wrong.append(f"{page}: {line}")
    assert wrong == []
    assert found > 80


def test_every_hook_is_in_the_guide_and_in_the_example_of_each_kind() -> None:
    from website.written import kinds

    guide, examples = (ROOT / "docs" / "writing_a_plugin.md").read_text("utf-8"), "\n".join(kinds())
    assert [hook for hook in HOOKS if hook not in guide or hook not in examples] == []


def test_every_command_and_option_is_on_the_page_of_commands() -> None:
    from website import written

    text = "\n".join(written.commands())
    missing = [
        (name, option)
        for name in COMMANDS
        for option in known(name)
        if not re.search(rf"## fgspace {name}\n(?:(?!##).)*{re.escape(option)}\b", text, re.DOTALL)
    ]
    assert missing == []
    assert parser_for(["search"]) is not None


def test_every_plugin_has_its_pages_on_the_site_and_every_page_is_there(tmp_path: Path) -> None:
    import docs  # of tools

    docs.main(tmp_path)
    site = tmp_path / "docs"
    listed = re.findall(r"[\w/]+\.md", (tmp_path / "mkdocs.yml").read_text("utf-8"))
    assert [page for page in listed if not (site / page).is_file()] == []
    plugins = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
    assert [name for name in plugins if not {f"reference/{name}.md", f"plugins/{name}.md"} <= set(listed)] == []
    pages = (page.relative_to(site) for page in site.rglob("*.md"))
    assert [page for page in pages if page.parts[0] != "decisions" and str(page) not in listed] == []
    for one in load_registry().types:
        if one.plugin != "program" and one.kind != "cost_rule" and "torch" not in one.tags:
            assert f"## {one.short_name} " in (site / "reference" / f"{one.plugin}.md").read_text("utf-8")


def test_every_link_between_pages_leads_somewhere(tmp_path: Path) -> None:
    from website.copied import copy

    copy(tmp_path)
    made = {"commands.md", "kinds.md", "decisions.md"}
    for page in tmp_path.rglob("*.md"):
        for address in re.findall(r"(?<!`)\]\((?!https?:)([^)#\s]+)", FENCE.sub("", page.read_text("utf-8"))):
            there = (page.parent / address).resolve()
            assert there.exists() or there.name in made, f"{page.name}: {address}"
