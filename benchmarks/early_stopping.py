"""What early stopping saves, and what it loses: the same points on real images of digits, with and without each rule.

First, 40 small networks with learning rates from useless to good are trained on Digits for nine epochs each, in one
order, with each rule. The table shows the epochs and CPU seconds, including the measurement after every epoch. Then the
recorded curves replace training (a trial that is not stopped is the same with and without a rule, bit for bit), so that
every rule sees the same networks in 60 random orders. The table shows the epochs spent, the best accuracy found, and
the hypervolume of accuracy against multiply-adds, as means with standard errors.
"""

import time
from collections.abc import Callable
from functools import partial
from random import Random
from statistics import mean, stdev
from typing import Any

import fgspace
import torch
from fgspace import Algorithm, Study
from fgspace.documents.digest import digest
from fgspace_vision.evaluator import ImageClassification

EPOCHS = 9
TRIALS = 40
ORDERS = 60
RULES: dict[str, dict[str, Any] | None] = {
    "none": None,
    "SuccessiveHalving": {"type": "SuccessiveHalving"},
    "Hyperband": {"type": "Hyperband", "max_epochs": EPOCHS},
    "MedianStop": {"type": "MedianStop"},
}
SPACE = fgspace.space(
    {
        "search_space": {
            "type": "FineGrainedSpace",
            "hyper_parameters": {"evaluator.optimizer.lr": {"float": [0.001, 1.0], "log": True}},
            "modules": ["first", "norm", "relu", "second", "renorm", "again", "pool", "flatten", "head"],
            "first": {
                "type": "Conv2d",
                "out_channels": {"int": [4, 24, 4]},
                "kernel_size": {"choice": [1, 3]},
                "padding": 1,
                "bias": False,
            },
            "norm": {"type": "BatchNorm2d"},
            "relu": {"type": "ReLU"},
            "second": {"type": "Conv2d", "out_channels": {"int": [4, 48, 4]}, "kernel_size": 3, "stride": 2},
            "renorm": {"type": "BatchNorm2d"},
            "again": {"type": "ReLU"},
            "pool": {"type": "AdaptiveAvgPool2d", "output_size": {"choice": [1, 2]}},
            "flatten": {"type": "Flatten"},
            "head": {"type": "Linear", "out_features": 10},
        },
        "evaluator": {
            "type": "ImageClassification",
            "epochs": EPOCHS,
            "optimizer": {"type": "SGD", "lr": 0.1, "momentum": 0.9},
        },
    }
)


class InOrder(Algorithm):
    """Proposes the same points, in an order drawn from the seed."""

    def __init__(self, space, objectives, *, seed: int = 0) -> None:
        super().__init__(space, objectives, seed=seed)
        rng = Random(0)
        self.points = [space.sample(rng) for _ in range(TRIALS)]
        Random(seed).shuffle(self.points)

    def propose(self, rng):
        """Return the next point."""
        return self.points[self._next]


def searched(
    evaluate: Callable[..., Any], rule: dict[str, Any] | None, objectives: dict[str, str], order: int
) -> Study:
    study = Study(SPACE, InOrder, objectives, seed=order, early_stopping=rule)
    study.run(evaluate, TRIALS)
    return study


def epochs(study: Study) -> int:
    return sum(len(trial.curve) if study.early_stopping else EPOCHS for trial in study.trials)


def measured(table: dict[str, list[dict[str, float]]], description, report=None) -> dict[str, float]:
    """Report the recorded metrics of this network."""
    curve = table[digest(description)]
    for epoch, metrics in enumerate(curve, 1):
        if report:
            report(epoch, metrics, of=EPOCHS)
    return curve[-1]


def hypervolume(study: Study, most: float) -> float:
    """Return the area that the front dominates, up to an error of 1/2 and the largest multiply-adds."""
    front = sorted((trial.metrics["macs"] / most, 1 - trial.metrics["accuracy"]) for trial in study.front())
    area, height = 0.0, 0.5
    for macs, error in front:
        if error < height:
            area += (1 - macs) * (height - error)
            height = error
    return 2 * area


def trained() -> dict[str, list[dict[str, float]]]:
    """Train in one order with each rule, print the time of each, and return the metrics measured without a rule."""
    table: dict[str, list[dict[str, float]]] = {}
    evaluate = ImageClassification(device="cpu", epochs=EPOCHS)
    evaluate(SPACE.at(SPACE.initial))  # the first run loads the data and warms up

    def recorded(description):
        curve = table.setdefault(digest(description), [])
        return evaluate(description, report=lambda epoch, metrics, of: curve.append(metrics))

    print(f"{TRIALS} networks, {EPOCHS} epochs, one thread; trained with each rule\n")
    print(f"{'rule':<18}{'epochs':>8}{'CPU s':>8}{'of none':>9}{'stopped':>9}{'best accuracy':>15}", flush=True)
    whole = 0.0
    arms = [(name, evaluate, rule) for name, rule in RULES.items()]
    for name, called, rule in [*arms, ("none, but measured", recorded, None)]:
        start = time.process_time()
        study = searched(called, rule, {"accuracy": "max"}, order=0)
        seconds = time.process_time() - start
        whole = whole or seconds
        stopped = sum(trial.state == "stopped" for trial in study.trials)
        spent = f"{epochs(study):>7}{seconds:>8.1f}{seconds / whole:>9.0%}"
        print(f"{name:<19}{spent}{stopped:>9}{study.best.metrics['accuracy']:>15.4f}", flush=True)
    return table


def told(values: list[float]) -> str:
    return f"{mean(values):.4f} ± {stdev(values) / len(values) ** 0.5:.4f}"


def replayed(table: dict[str, list[dict[str, float]]]) -> None:
    """Print the epochs that each rule spends and the results it finds, over many orders."""
    evaluate = partial(measured, table)
    most = max(SPACE.cost(point)["macs"] for point in InOrder(SPACE, fgspace.Objectives({"accuracy": "max"})).points)
    print(f"\nthe same networks in {ORDERS} orders: share of all epochs spent, and what was found\n")
    head = f"{'rule':<18}{'epochs':>8}{'best accuracy':>20}{'epochs':>10}{'hypervolume':>20}"
    print(f"{'':<18}{'accuracy alone':>28}{'accuracy and macs':>30}\n{head}")
    for name, rule in RULES.items():
        alone = [searched(evaluate, rule, {"accuracy": "max"}, order) for order in range(ORDERS)]
        both = [searched(evaluate, rule, {"accuracy": "max", "macs": "min"}, order) for order in range(ORDERS)]
        best = told([study.best.metrics["accuracy"] for study in alone])
        volume = told([hypervolume(study, most) for study in both])
        shares = [mean(map(epochs, studies)) / (TRIALS * EPOCHS) for studies in (alone, both)]
        print(f"{name:<18}{shares[0]:>8.0%}{best:>20}{shares[1]:>10.0%}{volume:>20}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    replayed(trained())
