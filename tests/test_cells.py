"""Cells with other packages: every algorithm searches them, and processes compress them."""

from collections.abc import Mapping
from typing import Any

import fgspace
import pytest
import torch
from fgspace.plugins.registry import load_registry

SHAPE = (3, 16, 16)
ALGORITHMS = sorted(found.short_name for found in load_registry().types if found.kind == "algorithm")
SPACES: Mapping[str, Mapping[str, Any]] = {
    "DartsSpace": {"type": "DartsSpace"},
    "DartsCellSpace": {"type": "DartsCellSpace", "channels": 4, "layers": 3},
    "NasBench201Space": {"type": "NasBench201Space", "channels": 4, "cells": 1},
}
CELL = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "NAS-Bench-201": {"type": "NasBench201", "cell": CELL, "channels": 8, "cells": 2},
    "a cell without operations": {"type": "NasBench201", "cell": ["none"] * 6, "channels": 8, "cells": 1},
    "DARTS": {"type": "DartsNetwork", "channels": 8, "layers": 3},
}
OPTIONS = {
    "Auto": {"trials": 8},
    "Relay": {"stages": [{"type": "RandomSearch", "trials": 4}, {"type": "RandomSearch"}]},
}
PROCESSES = {"Quant": {"nbit_w_list": 4, "nbit_a_list": 4}, "Prune": {"ratios": 0.5}}


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_searches_the_spaces(name: str, algorithm: str) -> None:
    space = fgspace.space(SPACES[name], input_shape=SHAPE)
    options = OPTIONS.get(algorithm, {})
    study = fgspace.Study(space, algorithm, {"params": "min"}, seed=0, **options)
    study.run(lambda description: {}, trials=8)
    assert {trial.state for trial in study.trials} == {"complete"}
    assert [trial.metrics["params"] for trial in study.trials] == [
        space.cost(one.point)["params"] for one in study.trials
    ]
    assert len({str(trial.point) for trial in study.trials}) == 8


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_process_compresses_a_network_of_cells(name: str, process: str) -> None:
    network = {"type": "FineGrainedSpace", "input_shape": list(SHAPE), "modules": ["net", "process"]}
    space = fgspace.space({**network, "net": NETWORKS[name], "process": {"type": process, **PROCESSES[process]}})
    plain = fgspace.space({**network, "modules": ["net"], "net": NETWORKS[name]})
    model = space.build().eval()
    assert model(torch.rand(2, *SHAPE)).shape == (2, 10)
    assert space.cost()["params"] == sum(parameter.numel() for parameter in model.parameters())
    before, after = plain.cost(), space.cost()
    saved = (
        8 * after["weight_bytes"] / (32 * before["params"]) if process == "Quant" else after["macs"] / before["macs"]
    )
    assert saved < 0.5
