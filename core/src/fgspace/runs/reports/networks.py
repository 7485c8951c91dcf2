"""The networks of a study's front, as blocks to draw."""

from collections.abc import Sequence
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.network.costs import Shape, is_many
from fgspace.network.count.blocks import Block
from fgspace.network.inputs import as_shape
from fgspace.network.network import network_of
from fgspace.plugins.registry import Registry
from fgspace.runs.reports.columns import metric_names
from fgspace.runs.reports.descriptions import description_at
from fgspace.runs.reports.source import Source
from fgspace.study.trial import Trial

MOST = 10
"""The most networks that are drawn side by side."""
_COSTS = ("bops", "macs", "params")


def networks(source: Source) -> dict[str, Any]:
    """Return the networks of the front, the cheapest first, or why one cannot be drawn; of many, some spread evenly."""
    front = sorted(source.front, key=lambda trial: _order(source, trial))
    shown = spread(front, MOST)
    return {"front": len(front), "networks": [network(source, trial) for trial in shown]}


def network(source: Source, trial: Trial) -> dict[str, Any]:
    """Return the blocks of one trial's network, or the reason why they cannot be told."""
    space = source.identity.space
    figures = {name: trial.metrics[name] for name in metric_names(source) if name in trial.metrics}
    try:
        description = description_at(space, trial.point)
        found = drawn(description, as_shape(space["input_shape"]), source.registry)
    except (FgspaceError, ImportError) as error:
        return {"trial": trial.number, "metrics": figures, "blocks": [], "error": str(error)}
    return {"trial": trial.number, "metrics": figures, "blocks": found}


def drawn(description: Any, shape: Shape, registry: Registry) -> list[dict[str, Any]]:
    """Return the blocks of a network as plain data; equal ones that follow each other are one, with their number."""
    network = network_of(registry)
    boxes: list[dict[str, Any]] = []
    for block in network.blocks(network.without_weights(description), shape):
        box = _box(block)
        if boxes and _look(boxes[-1]) == _look(box) and box["in"] == box["out"]:
            boxes[-1]["times"] += 1
            boxes[-1]["params"] += box["params"]
            boxes[-1]["macs"] += box["macs"]
            boxes[-1]["last"] = box["path"]
        else:
            boxes.append(box)
    return boxes


def spread(items: Sequence[Any], most: int) -> list[Any]:
    """Return at most so many items, the first and the last among them, evenly spread."""
    if len(items) <= most:
        return list(items)
    return [items[round(index * (len(items) - 1) / (most - 1))] for index in range(most)]


def _box(block: Block) -> dict[str, Any]:
    return {
        "path": block.path,
        "last": block.path,
        "type": block.type,
        "in": _width(block.in_shape),
        "out": _width(block.out_shape),
        "size": _size(block.out_shape),
        "stride": _stride(block.in_shape, block.out_shape),
        "contents": [str(content) for content in block.contents],
        "kept": None if block.kept is None else list(block.kept),
        "bits": [list(pair) for pair in block.bits],
        "params": block.params,
        "macs": block.macs,
        "times": 1,
    }


def _look(box: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(str(box[name]) for name in ("type", "in", "out", "size", "contents", "kept", "bits"))


def _width(shape: Shape) -> int | None:
    """Return the channels of a map, the features of a token, or the length of a vector."""
    if not shape or is_many(shape):
        return None
    return int(shape[-1] if len(shape) == 2 else shape[0])


def _size(shape: Shape) -> str | None:
    """Return the height and width of a map, or the number of tokens."""
    if is_many(shape) or len(shape) < 2:
        return None
    return "×".join(map(str, shape[1:] if len(shape) != 2 else shape[:1]))


def _stride(before: Shape, after: Shape) -> int:
    """Return by how much a block shrinks a map, where that is a whole number; else 1."""
    if is_many(before) or is_many(after) or len(before) != len(after) or len(before) < 3:
        return 1
    return max(1, round(int(before[-1]) / int(after[-1])))


def _order(source: Source, trial: Trial) -> tuple[float, int]:
    """Return what networks are ordered by: a cost, else an objective to be minimised, else the first objective."""
    directions = source.objectives.directions
    names: list[str] = [name for name in _COSTS if name in trial.metrics] + [
        name for name in directions if directions[name] == "min"
    ]
    return float(trial.metrics[names[0] if names else next(iter(directions))]), trial.number
