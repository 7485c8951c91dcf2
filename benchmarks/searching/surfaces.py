"""Functions from the literature and surfaces of hyper-parameters, each as its domains and its value, to be maximised.

The optimum of each is 0 unless its docstring says otherwise, so the value is minus the regret. The seed shifts the
functions, so that no optimum is at the middle or at an end of a range.
"""

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import numpy as np

Surface = tuple[dict[str, Any], Callable[[Mapping[str, Any]], float]]


def branin(seed: int) -> Surface:
    """Return the function of Branin (1972), 2 floats, with the first turned around a circle by the seed."""
    turn = Random(f"branin {seed}").random()

    def worth(point: Mapping[str, Any]) -> float:
        x, y = 15 * ((point["x"] + turn) % 1.0) - 5, 15 * point["y"]
        found = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
        return 0.397887 - (found + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)

    return {"x": {"float": [0.0, 1.0]}, "y": {"float": [0.0, 1.0]}}, worth


_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_STEEP = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(seed: int) -> Surface:
    """Return the Hartmann function of 6 floats (1973); the seed changes nothing but the searches."""

    def worth(point: Mapping[str, Any]) -> float:
        x = np.array([point[f"x{index}"] for index in range(6)])
        return float(_HEIGHTS @ np.exp(-(_STEEP * (x - _CENTRES) ** 2).sum(1))) - 3.32237

    return {f"x{index}": {"float": [0.0, 1.0]} for index in range(6)}, worth


def ackley(seed: int) -> Surface:
    """Return the function of Ackley (1987) of 10 floats, with its optimum at a random place."""
    rng = Random(f"ackley {seed}")
    goal = np.array([rng.uniform(-16, 16) for _ in range(10)])

    def worth(point: Mapping[str, Any]) -> float:
        z = np.array([point[f"x{index}"] for index in range(10)]) - goal
        far = 20 * math.exp(-0.2 * math.sqrt((z**2).mean()))
        return far + math.exp(np.cos(2 * math.pi * z).mean()) - 20 - math.e

    return {f"x{index}": {"float": [-32.768, 32.768]} for index in range(10)}, worth


def network(seed: int) -> Surface:
    """Return 28 mixed dimensions, some of them conditional: blocks of four kinds, widths, and numbers of their own."""
    rng = Random(f"network {seed}")
    domains: dict[str, Any] = {}
    for block in range(4):
        domains[f"kind{block}"] = {
            "choice": [
                {"type": "Identity"},
                {"type": "a", "slope": {"float": [0.0, 1.0]}},
                {"type": "b", "groups": {"int": [1, 8]}},
                {"type": "c", "rate": {"float": [0.001, 1.0], "log": True}},
            ]
        }
        domains[f"act{block}"] = {"choice": ["relu", "gelu", "silu", "tanh"]}
        domains[f"width{block}"] = {"int": [8, 128]}
    domains |= {f"drop{index}": {"float": [0.0, 0.6]} for index in range(4)}
    kinds, acts = ([[0.0, *sorted(rng.uniform(-0.8, -0.1) for _ in range(3))] for _ in range(4)] for _ in range(2))
    for worths in (*kinds, *acts):
        rng.shuffle(worths)
    goals = {name: rng.uniform(0.1, 0.9) for name in ("slope", "groups", "rate")}
    wide, dropped = [rng.uniform(20, 120) for _ in range(4)], [rng.uniform(0.05, 0.5) for _ in range(4)]
    names = ["relu", "gelu", "silu", "tanh"]
    own_kinds, own = ["Identity", "a", "b", "c"], ["", "slope", "groups", "rate"]

    def worth(point: Mapping[str, Any]) -> float:
        found = 0.0
        for block in range(4):
            path = f"kind{block}"
            kind = own_kinds.index(point[path])
            found += kinds[block][kind] + acts[block][names.index(point[f"act{block}"])]
            if kind:
                its = point[f"{path}.{point[path]}.{own[kind]}"]
                share = its if kind == 1 else (its - 1) / 7 if kind == 2 else 1 + math.log10(its) / 3
                found -= min((share - goals[own[kind]]) ** 2, 0.5)
            found -= 0.5 * math.log(point[f"width{block}"] / wide[block]) ** 2 / (1 + block)
            found -= 2 * (point[f"drop{block}"] - dropped[block]) ** 2
        return found

    return domains, worth


def training(seed: int) -> Surface:
    """Return the accuracy over the hyper-parameters of training, on logarithmic scales, some under an optimiser."""
    rng = Random(f"training {seed}")
    sgd, adam = 10 ** rng.uniform(-2, -0.7), 10 ** rng.uniform(-3.7, -2.3)
    decay, smooth, mixup = 10 ** rng.uniform(-4.5, -3), rng.uniform(0, 0.2), rng.uniform(0, 0.6)
    leads, batch = rng.choice([-0.01, 0.01]), rng.choice([64, 128, 256])

    def worth(point: Mapping[str, Any]) -> float:
        kind = point["optimizer"]
        rate = point[f"optimizer.{kind}.rate"]
        scale = point["batch"] / batch
        if kind == "SGD":
            best = sgd * scale * (1 - point["optimizer.SGD.momentum"]) / 0.1
            found = max(leads, 0)
        else:
            best = adam * math.sqrt(scale) * (1 + 2 * abs(point["optimizer.Adam.beta"] - 0.95))
            found = max(-leads, 0)
        off = math.log10(rate / best)
        found -= 0.25 * (1 - math.exp(-(max(off, 0) ** 2) * 4 - min(off, 0) ** 2))
        found -= 0.03 * (1 - math.exp(-(math.log10(point["decay"] * rate / best / decay) ** 2)))
        found -= 0.05 * (point["smoothing"] - smooth) ** 2 / 0.04 + 0.01 * (point["mixup"] - mixup) ** 2
        found -= {"cosine": 0.0, "linear": 0.002, "step": 0.008, "constant": 0.02}[point["schedule"]]
        return found - 0.004 * (1 - math.exp(-((math.log2(point["batch"] / batch)) ** 2))) - max(leads, -leads)

    domains = {
        "optimizer": {
            "choice": [
                {
                    "type": "SGD",
                    "rate": {"float": [1e-4, 10.0], "log": True},
                    "momentum": {"float": [0.0, 0.99]},
                },
                {"type": "Adam", "rate": {"float": [1e-5, 0.1], "log": True}, "beta": {"float": [0.8, 0.999]}},
            ]
        },
        "batch": {"choice": [32, 64, 128, 256, 512]},
        "decay": {"float": [1e-6, 1e-1], "log": True},
        "smoothing": {"float": [0.0, 0.3]},
        "mixup": {"float": [0.0, 1.0]},
        "schedule": {"choice": ["cosine", "linear", "step", "constant"]},
    }
    return domains, worth


def choices(seed: int) -> Surface:
    """Return six choices of five operations, as in a cell: single worths, pairs of neighbours, and a ceiling."""
    rng = Random(f"choices {seed}")
    single = [[rng.gauss(0, 1) for _ in range(5)] for _ in range(6)]
    pairs = [[[rng.gauss(0, 0.7) for _ in range(5)] for _ in range(5)] for _ in range(6)]

    def worth(point: Mapping[str, Any]) -> float:
        at = [int(point[f"edge{index}"][-1]) for index in range(6)]
        found = sum(single[index][one] for index, one in enumerate(at))
        found += sum(pairs[index][at[index]][at[(index + 1) % 6]] for index in range(6))
        return 10 * (1 - math.exp(-(found + 10) / 10))

    return {f"edge{index}": {"choice": [f"op{one}" for one in range(5)]} for index in range(6)}, worth
