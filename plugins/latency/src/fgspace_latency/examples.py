"""An example of each cost, for the conformance suite: it writes the file that the cost reads."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SPACE: Mapping[str, Any] = {
    "type": "FineGrainedSpace",
    "input_shape": [3, 16, 16],
    "modules": ["stem", "body"],
    "stem": {"type": "Conv2d", "out_channels": {"choice": [4, 8, 16]}, "kernel_size": {"choice": [1, 3]}},
    "body": {"type": "Conv2d", "out_channels": {"choice": [4, 8]}, "kernel_size": 1},
}
"""A space of 12 networks."""


def latency_model(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return the options of a `LatencyModel`, whose file lies in the folder."""
    rng, file = random.Random(0), folder / "measured.csv"
    rows = ["stem.out_channels,stem.kernel_size,body.out_channels,latency_ms"]
    for width in (4, 8, 16):
        for reach in (1, 3):
            rows.append(
                f"{width},{reach},{rng.choice((4, 8))},{0.1 + 0.01 * width * reach**2 + 0.001 * rng.random():.5f}"
            )
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return [{"measured": str(file), "network": SPACE}]


def latency_table(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return the options of a `LatencyTable`, whose file lies in the folder."""
    file, layers = folder / "table.json", []
    for width in (4, 8, 16):
        layers += [layer(3, width, reach) for reach in (1, 3)]
        layers += [layer(width, narrow, 1, 16 - cut) for narrow in (4, 8) for cut in (0, 2)]
    settings = {"runtime": "torch", "threads": 1, "command": None}
    table = {"format": "fgspace latency table 1", "settings": settings, "overhead_ms": 0.01, "layers": layers}
    file.write_text(json.dumps(table), encoding="utf-8")
    return [{"file": str(file), "runtime": "torch", "network": SPACE}]


def layer(inside: int, outside: int, reach: int, size: int = 16) -> Mapping[str, Any]:
    """Return a convolution in a table, without padding."""
    left, weights = size - reach + 1, inside * reach**2 * outside
    shapes = {"in": [inside, size, size], "out": [outside, left, left]}
    macs = weights * left**2
    return {"type": "Conv2d", **shapes, "params": weights + outside, "macs": macs, "ms": macs / 1e6}
