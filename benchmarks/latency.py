"""Predicting latency from few measured networks: the rank correlation, beside that of a ridge regression.

Claim: from 10, 30 and 100 measured cells of NAS-Bench-201, `LatencyModel` orders other cells better than a ridge on the
counts of operations and the multiply-adds does, on each of five devices, wherever the ridge is below 0.95; elsewhere it
is at most 0.003 below.

The truth is a table of all cells on five devices, by default that of ../shared/data/nas-bench-201. Cells of
less than 0.2 ms were optimised away and are left out. Networks that are predicted are 1,500 drawn ones, the same for
all draws. The measured ones are drawn anew for each of the 20 draws.

    python benchmarks/latency.py [--draws 20] [--file FILE]
"""

import argparse
import csv
import gzip
import random
import re
from collections.abc import Sequence
from pathlib import Path

import fgspace
import numpy as np
from fgspace_latency.features import Features, features
from fgspace_latency.latency_model import Predictor
from scipy.stats import spearmanr

FILE = Path(__file__).parents[1] / ".." / "shared" / "data" / "nas-bench-201" / "devices.csv.gz"
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
DEVICES = ("edgegpu", "raspi4", "pixel3", "eyeriss", "fpga")
SIZES = (10, 30, 100)
TESTED = 1500
LEAST_MS = 0.2


def ridge(known: np.ndarray, measured: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return what a ridge regression of strength 1 on standardised features predicts."""
    mean, deviation = known.mean(0), known.std(0) + 1e-9
    inputs = (known - mean) / deviation
    weights = np.linalg.solve(inputs.T @ inputs + np.eye(inputs.shape[1]), inputs.T @ (measured - measured.mean()))
    found: np.ndarray = (others - mean) / deviation @ weights + measured.mean()
    return found


def cells(file: Path) -> list[tuple[list[str], dict[str, float]]]:
    """Return the operations of each cell, and its milliseconds by device."""
    with gzip.open(file, "rt") as text:
        rows = list(csv.DictReader(text))
    return [
        (re.findall(r"([a-z_0-9]+)~\d", row["arch"]), {one: float(row[f"{one}_latency"]) for one in DEVICES})
        for row in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--file", type=Path, default=FILE)
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        print(f"there is no {arguments.file}; name the table by --file")
        return
    space, known = fgspace.space({"type": "NasBench201Space"}), cells(arguments.file)
    rng = random.Random(0)
    tested = rng.sample(range(len(known)), TESTED)
    drawn = [rng.sample(range(len(known)), max(SIZES) * 2) for _ in range(arguments.draws)]
    wanted = sorted({*tested, *(index for some in drawn for index in some)})
    found: dict[int, Features] = {}
    simple: dict[int, list[float]] = {}
    for index in wanted:
        network = space.counted({f"network.cell.{edge}": name for edge, name in enumerate(known[index][0])})
        found[index] = features(network)
        simple[index] = [*(float(known[index][0].count(name)) for name in OPERATIONS), network.costs["macs"]]
    print(f"{'':10}" + "".join(f"{f'from {size}':>24}" for size in SIZES))
    print(f"{'':10}" + f"{'model':>8}{'worst':>8}{'ridge':>8}" * len(SIZES))
    for device in DEVICES:
        print(f"{device:10}" + "".join(_compared(device, size, known, tested, drawn, found, simple) for size in SIZES))


def _compared(
    device: str,
    size: int,
    known: Sequence[tuple[list[str], dict[str, float]]],
    tested: Sequence[int],
    drawn: Sequence[Sequence[int]],
    found: dict[int, Features],
    simple: dict[int, list[float]],
) -> str:
    """Return the mean rank correlation of the model, its worst, and that of the ridge."""
    others = [index for index in tested if known[index][1][device] >= LEAST_MS]
    truth = [known[index][1][device] for index in others]
    ours, theirs = [], []
    for some in drawn:
        chosen = [index for index in some if known[index][1][device] >= LEAST_MS][:size]
        measured = np.array([known[index][1][device] for index in chosen])
        model = Predictor([found[index] for index in chosen], measured.tolist())
        ours.append(spearmanr(model.predict([found[index] for index in others])[0], truth)[0])
        flat = np.array([simple[index] for index in chosen]), np.array([simple[index] for index in others])
        theirs.append(spearmanr(ridge(flat[0], measured, flat[1]), truth)[0])
    return f"{np.mean(ours):8.3f}{np.min(ours):8.3f}{np.mean(theirs):8.3f}"


if __name__ == "__main__":
    main()
