"""Studies for the tests of reports: real searches with evaluators that take no time, each made once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fgspace as fg

NETWORK = {
    "type": "FineGrainedSpace",
    "modules": ["stem", "act", "body", "pool", "flatten", "head"],
    "stem": {"type": "Conv2d", "out_channels": {"int": [8, 64, 8]}, "kernel_size": {"choice": [1, 3, 5]}, "padding": 2},
    "act": {"choice": [{"type": "ReLU"}, {"type": "PReLU", "init": {"float": [0.01, 0.5], "log": True}}]},
    "body": {"type": "Conv2d", "out_channels": {"int": [8, 128, 8]}, "kernel_size": 3, "stride": {"choice": [1, 2]}},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


def evaluate(description: Mapping[str, Any], report: Any = None) -> dict[str, float]:
    """Return metrics that depend on the widths; some trials fail, and text in the reasons is hostile."""
    stem, body = description["stem"], description["body"]
    if stem["kernel_size"] == 5 and body["stride"] == 1 and stem["out_channels"] > 40:
        raise ValueError(f"out of memory at {stem['out_channels']} channels: {HOSTILE}")
    best = 1 - 1 / stem["out_channels"] - 1 / body["out_channels"] - 0.05 * (body["stride"] == 2)
    metrics = {"accuracy": best}
    for epoch in range(1, 10):
        metrics = {"accuracy": best * (1 - 0.5**epoch), "loss": 0.5**epoch}
        if report is not None:
            report(epoch, metrics)
    return metrics


def search(folder: Path, *, trials: int = 80, seed: int = 0, algorithm: Any = "RandomSearch", **given: Any) -> Path:
    """Make a study in a folder, and return the folder."""
    study = fg.Study(
        fg.space(NETWORK, (3, 16, 16)),
        algorithm,
        given.pop("objectives", {"accuracy": "max", "macs": "min"}),
        given.pop("constraints", {"params": {"max": 90_000}}),
        seed,
        folder,
        **given,
    )
    study.run(evaluate, trials)
    study.close()
    return folder
