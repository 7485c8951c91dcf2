"""Claims: a bank orders networks nearly as well as training each of them alone does, at a fraction of the epochs.

    OMP_NUM_THREADS=1 python benchmarks/sharing.py [digits|usps] [--networks 50] [--seeds 1] [--epochs 8] [--shared 40]
                                                   [--sampling fair] [--drawn 4] [--labels]

Networks of a MobileNet-like space (width, depth, kernel, expansion) are drawn, and each is trained alone in full with
three seeds. For each seed of a bank, the table shows Kendall's tau of the accuracy by the bank against the mean of
these, and the network-epochs of both. For comparison: the mean tau between two trainings alone, and the range of the
mean accuracies over the deviation between seeds, which says whether there is something to order.

Front: of the same networks, those that no other dominates in accuracy by the bank and multiply-adds are taken as
trained alone; against the front of the trainings alone, the table shows the hypervolume and the best accuracy. The
network-epochs of the bank and of training its front in full are counted together.

Targets: tau at least 0.70 and at least 0.9 of that between two trainings, hypervolume at least 0.98 and accuracy within
0.3 points, at one tenth of the epochs. USPS needs ../shared/data/usps.
"""

import sys
from argparse import ArgumentParser, Namespace
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import mean, stdev
from typing import Any

import fgspace
import torch
from fgspace_supernet.evaluator import SuperNet
from fgspace_vision.public import ImageClassification, Splits, make_fabric, measure, seeded, train
from scipy.stats import kendalltau

USPS = Path(__file__).parents[2] / "shared" / "data" / "usps" / "usps.npz"
DATA: dict[str, dict[str, Any]] = {
    "digits": {"type": "Digits"},
    "usps": {"type": "Npz", "path": str(USPS)},
}
SEEDS = 3
SPACE = {
    "type": "FineGrainedSpace",
    "hyper_parameters": {
        "stem.outchannel": {"choice": [2, 4, 8, 16]},
        "one.inner.kernel": {"choice": [3, 5]},
        "one.inner.expand_ratio": {"choice": [1, 2, 4]},
        "more": {
            "choice": [
                {"type": "Identity"},
                {"type": "InvertedResidual", "oup": 8, "kernel": {"choice": [3, 5]}, "expand_ratio": 2},
            ]
        },
        "two.oup": {"choice": [4, 8, 16]},
        "two.expand_ratio": {"choice": [1, 2, 4]},
    },
    "modules": ["stem", "one", "more", "two", "head"],
    "stem": {"type": "ConvNorm", "outchannel": 8, "kernel": 3},
    "one": {
        "type": "FineGrainedSpace",
        "modules": ["inner"],
        "inner": {"type": "InvertedResidual", "oup": 8, "kernel": 3, "expand_ratio": 2, "stride": 2},
    },
    "more": {"type": "Identity"},
    "two": {"type": "InvertedResidual", "oup": 8, "kernel": 3, "expand_ratio": 2, "stride": 2},
    "head": {"type": "LinearClassificationHead", "num_class": 10},
}


class OnSameParts(SuperNet):
    """A bank of any seed, on the parts of the data that seed 0 cuts."""

    def _splits(self) -> Splits:
        return ImageClassification(dataset=self.dataset, device="cpu").splits


def drawn(space: fgspace.Space, count: int) -> list[dict[str, Any]]:
    """Return so many different descriptions."""
    rng, found = Random(0), {}
    while len(found) < count:
        point = space.sample(rng)
        found.setdefault(space.key(point), space.at(point))
    return list(found.values())


def alone(data: Any, descriptions: list[dict[str, Any]], epochs: int) -> list[list[float]]:
    """Return the accuracies of the networks trained alone, a row a seed; the parts of the data are those of seed 0."""
    evaluator = ImageClassification(dataset=data, epochs=epochs, device="cpu")
    fabric, splits, rows = make_fabric(evaluator), evaluator.splits, []
    for seed in range(SEEDS):
        row = []
        for description in descriptions:
            with seeded(seed, fabric.device):
                network = evaluator.initial_network(description, trained=True)
                model = train(network, splits, evaluator, seed, fabric)
            row.append(measure(model, splits, "validation", fabric.device)["accuracy"])
        rows.append(row)
        print(f"trained alone with seed {seed}: from {min(row):.3f} to {max(row):.3f}", flush=True)
    return rows


def front(accuracies: list[float], macs: list[float]) -> list[int]:
    """Return the numbers of the networks that no other dominates."""
    values = list(zip(accuracies, macs, strict=True))
    return [
        number
        for number, (accuracy, cost) in enumerate(values)
        if not any(a >= accuracy and c <= cost and (a, c) != (accuracy, cost) for a, c in values)
    ]


def volume(members: list[int], accuracies: list[float], macs: list[float]) -> float:
    """Return the area that these networks dominate, up to accuracy 0 and the largest cost."""
    best, area, most = 0.0, 0.0, max(macs)
    for cost, accuracy in sorted((macs[number], accuracies[number]) for number in members):
        if accuracy > best:
            area += (accuracy - best) * (most - cost)
            best = accuracy
    return area


def tau(one: list[float], other: list[float]) -> float:
    return float(kendalltau(one, other).statistic)


def compare(given: Namespace, data: Any) -> bool:
    shape = ImageClassification(dataset=data, device="cpu").input_shape
    space = fgspace.space(SPACE, input_shape=shape)
    descriptions = drawn(space, given.networks)
    macs = [space.cost_of(description)["macs"] for description in descriptions]
    rows = alone(data, descriptions, given.epochs)
    means = [mean(column) for column in zip(*rows, strict=True)]
    noise = mean(stdev(column) for column in zip(*rows, strict=True))
    between = mean(tau(one, other) for one, other in combinations(rows, 2))
    print(
        f"{len(means)} networks alone, {given.epochs} epochs: range of accuracies {max(means) - min(means):.3f}, "
        f"{(max(means) - min(means)) / noise:.1f} times the deviation of seeds {noise:.4f}; "
        f"tau between two trainings {between:.3f}"
    )
    true_front = front(means, macs)
    held = []
    for seed in range(given.seeds):
        bank = OnSameParts(dataset=data, epochs=given.shared, device="cpu", seed=seed, space=space, **options(given))
        judged = [bank(description)["accuracy"] for description in descriptions]
        found = tau(judged, means)
        members = front(judged, macs)
        ratio = volume(members, means, macs) / volume(true_front, means, macs)
        gap = max(means[number] for number in true_front) - max(means[number] for number in members)
        nets = given.drawn + (2 if given.sampling == "sandwich" else 0)
        spent = given.shared * nets + len(members) * given.epochs
        share = spent / (len(descriptions) * given.epochs)
        print(
            f"bank, seed {seed}: tau {found:.3f}, {found / between:.2f} of that of two trainings; front of "
            f"{len(members)}: hypervolume {ratio:.4f} of the true one, best {100 * gap:.2f} points below it; "
            f"{spent} epochs, {share:.2f} of training all alone",
            flush=True,
        )
        held.append(found >= max(0.7, 0.9 * between) and ratio >= 0.98 and gap <= 0.003 and share <= 0.1)
    return all(held)


def options(given: Namespace) -> dict[str, Any]:
    return {"sampling": given.sampling, "networks": given.drawn, "learn_from_largest": not given.labels}


def main() -> int:
    parser = ArgumentParser(description="Compare a bank with training every network alone.")
    parser.add_argument("data", nargs="?", choices=[*DATA], default="digits")
    parser.add_argument("--networks", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--shared", type=int, default=40)
    parser.add_argument("--sampling", default="fair")
    parser.add_argument("--drawn", type=int, default=4)
    parser.add_argument("--labels", action="store_true", help="all networks learn from labels")
    given = parser.parse_args()
    if given.data == "usps" and not USPS.exists():
        print("usps: not run, it needs ../shared/data/usps")
        return 0
    torch.set_num_threads(1)
    return 0 if compare(given, DATA[given.data]) else 1


if __name__ == "__main__":
    sys.exit(main())
