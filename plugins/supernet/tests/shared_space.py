"""A small space of networks for the digits, and evaluators over it."""

from pathlib import Path
from typing import Any

import fgspace
from fgspace_supernet.evaluator import SuperNet

TREE = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {
        "stem.outchannel": {"choice": [4, 8, 12]},
        "one.kernel": {"choice": [3, 5]},
        "one.expand_ratio": {"choice": [1, 2, 4]},
    },
    "modules": ["stem", "one", "head"],
    "stem": {"type": "ConvNorm", "outchannel": 8, "kernel": 3, "stride": 2},
    "one": {"type": "InvertedResidual", "oup": 12, "kernel": 3, "expand_ratio": 2, "stride": 2},
    "head": {"type": "LinearClassificationHead", "num_class": 10},
}
SPACE = fgspace.space(TREE, input_shape=(1, 8, 8))
LARGEST = {"stem.outchannel": 12, "one.kernel": 5, "one.expand_ratio": 4}
SMALLEST = {"stem.outchannel": 4, "one.kernel": 3, "one.expand_ratio": 1}


def supernet(weights: Path | None = None, **options: Any) -> SuperNet:
    given = {"epochs": 2, "device": "cpu", "space": SPACE, **options}
    return SuperNet(weights=None if weights is None else str(weights), **given)
