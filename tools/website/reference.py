"""Makes the reference of all installed types, a page for each plugin, with drawings of the networks of families."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import fgspace
from fgspace import plot
from fgspace.cli.showing.show_type import as_data
from fgspace.plugins.hookspecs import KIND_WORDS
from fgspace.plugins.registry import Registry, Type, load_registry

IMAGE, SMALL = [3, 224, 224], [3, 32, 32]
DRAWN: Mapping[str, Sequence[tuple[Any, Mapping[str, Any]]]] = MappingProxyType(
    {
        "cells": [(SMALL, {"type": "NasBench201Space"}), (SMALL, {"type": "DartsCellSpace"})],
        "convnext": [(IMAGE, {"type": "ConvNeXt"}), (IMAGE, {"type": "ConvNeXt", "version": 2, "size": "pico"})],
        "inception": [(SMALL, {"type": "InceptionABlockSpace", "block_mask": [0, 1, 0, 1], "num_class": 10})],
        "mobilenet": [(IMAGE, {"type": name}) for name in ("MobileNetV1", "MobileNetV2", "MobileNetV3")],
        "resnet": [
            (SMALL, {"type": "ResNet", "depth": 20, "small_input": True}),
            (IMAGE, {"type": "ResNet", "depth": 50}),
            (IMAGE, {"type": "ResNeXt", "name": "resnext50_32x4d"}),
        ],
        "transformer": [
            (IMAGE, {"type": "VisionTransformer"}),
            ({"shape": [64], "dtype": "int64", "below": 54}, {"type": "CausalLanguageModel", "vocabulary": 54}),
        ],
    }
)
"""Plugin → networks of its family that are drawn, with their inputs."""


def write(target: Path) -> None:
    """Write a page for each plugin below a folder, and one that names all types."""
    registry = load_registry()
    plugins = sorted({one.plugin for one in registry.types if one.plugin != "program"})
    target.mkdir(parents=True, exist_ok=True)
    for plugin in plugins:
        text = "\n".join(_page(plugin, [one for one in registry.types if one.plugin == plugin], target))
        (target / f"{plugin}.md").write_text(text + "\n", encoding="utf-8")
    (target / "index.md").write_text("\n".join(_index(registry, plugins)) + "\n", encoding="utf-8")


def _index(registry: Registry, plugins: Sequence[str]) -> Iterator[str]:
    yield from ("# Every type", "")
    yield "Made from what is installed, as `fgspace list` and `fgspace show TYPE` print it."
    for plugin in plugins:
        yield from ("", f"## [{plugin}]({plugin}.md)", "")
        yield from ("| name | kind | what it is |", "|---|---|---|")
        for one in registry.types:
            if one.plugin == plugin and one.kind != "cost_rule":
                where = f"`{one.short_name}`" if _is_torch(one) else f"[`{one.short_name}`]({plugin}.md#{_anchor(one)})"
                yield f"| {where} | {KIND_WORDS[one.kind]} | {one.summary} |"


def _page(plugin: str, types: Sequence[Type], folder: Path) -> Iterator[str]:
    yield from (f"# {plugin}", "")
    yield f"{types[0].origin}: `pip install {types[0].origin.distribution}`."
    for number, (shape, description) in enumerate(DRAWN.get(plugin, ())):
        name = f"{plugin}_{number}.svg"
        (folder / name).write_text(drawing(description, shape), encoding="utf-8")
        written = ", ".join(f"{key}: {value}" for key, value in description.items())
        yield from ("", f"`{{{written}}}`:", "", f"![The blocks of {description['type']}]({name})")
    for one in types:
        if one.kind != "cost_rule" and not _is_torch(one):
            yield from _type(one)
    rules = [one.short_name for one in types if one.kind == "cost_rule"]
    if rules:
        yield from ("", "## Cost rules", "", f"For {', '.join(f'`{name}`' for name in rules)}.")
    if any(map(_is_torch, types)):
        yield from ("", "## Modules of torch.nn", "", "Each is a module type with the parameters that torch gives it.")


def drawing(description: Mapping[str, Any], shape: Any) -> str:
    """Return the SVG of a network."""
    whole = {"modules": ["net"], "net": description} if "Space" not in description["type"] else description
    return plot.network(fgspace.space(whole, input_shape=shape)).svg


def _type(one: Type) -> Iterator[str]:
    told = as_data(one)
    yield from ("", f"## {one.short_name} {{ #{_anchor(one)} }}", "")
    also = f", also called {', '.join(f'`{name}`' for name in one.aliases)}" if one.aliases else ""
    process = " (process)" if "process" in one.tags else ""
    yield f"{KIND_WORDS[one.kind]}{process} `{one.name}`{also}: {one.summary}"
    if told["parameters"]:
        yield from ("", "| parameter | type | default | |", "|---|---|---|---|")
        for row in told["parameters"]:
            yield f"| `{row['name']}` | {_code(row['type'])} | {_code(row['default'])} | {_cell(row['note'])} |"
    if told["documentation"]:
        yield from ("", "```text", inspect.cleandoc(told["documentation"]), "```")


def _anchor(one: Type) -> str:
    return f"{one.kind}-{one.short_name}".replace("_", "-").lower()


def _is_torch(one: Type) -> bool:
    return "torch" in one.tags


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
