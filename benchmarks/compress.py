"""Claim: PruneEA halves the MACs, and QuantEA quarters the 8-bit BOPs, for at most 1 % less accuracy.

The searches are examples/prune_ea.yaml and examples/quant_ea.yaml as they stand, on the digits of scikit-learn, each in
less than five minutes on two cores. They are repeated on USPS, 7,291 images of 16×16, where the whole network is more
accurate: there, candidates must reach 0.95, and the budget is 300 trials. A network is trained once; candidates are
measured on the validation part. The output shows the cheapest candidate whose validation accuracy is at most 0.01 below
that of the whole network, with its test accuracy, measured once. USPS needs ../shared/data/usps, and is skipped without
it.

    python benchmarks/compress.py                       all four
    python benchmarks/compress.py prune_ea usps         one of them
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.documents.reader import read
from fgspace.runs.driver import Driver
from fgspace.study.trial import Trial

ROOT = Path(__file__).parents[1]
USPS = ROOT.parent / "shared" / "data" / "usps" / "usps.npz"
CHANGES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "digits": {},
    "usps": {
        "evaluator": {"dataset": {"type": "Npz", "path": str(USPS)}, "epochs": 4},
        "constraints": {"accuracy": {"min": 0.95}},
        "budget": {"trials": 300},
    },
}
"""The changes to the examples, by data set and section."""
TARGETS = {"prune_ea": ("macs", 0.5), "quant_ea": ("bops", 0.25)}
WITHIN = 0.01


def experiment(name: str, data: str) -> Experiment:
    """Return the example, changed for other data."""
    described = dict(read(ROOT / "examples" / f"{name}.yaml").data)
    return load(described | {section: described[section] | said for section, said in CHANGES[data].items()})


def cheapest(front: Sequence[Trial], cost: str) -> Trial:
    """Return the cheapest trial within 1 % of the accuracy of the whole network."""
    near = [trial for trial in front if trial.metrics["accuracy"] >= trial.metrics["full_accuracy"] - WITHIN]
    return min(near, key=lambda trial: trial.metrics[cost])


def compare(name: str, data: str) -> bool:
    """Search, print the cost and the accuracy of the chosen candidate, and print whether the claim holds."""
    cost, target = TARGETS[name]
    found, start = experiment(name, data), (time.perf_counter(), time.process_time())
    whole = found.space.cost()[cost]  # the initial point: all channels, 8 bits
    with tempfile.TemporaryDirectory() as folder:
        driver = Driver(found, Path(folder))
        with closing(driver.study):
            driver.run(on_trial=lambda trial: print(f"trial {trial.number}", end="\r", file=sys.stderr, flush=True))
            spent = time.perf_counter() - start[0], time.process_time() - start[1]
            trial = cheapest(driver.study.front(), cost)
            test = driver.evaluator.test(found.space.at(trial.point))["test_accuracy"]
    share, metrics = trial.metrics[cost] / whole, trial.metrics
    print(
        f"{name} {data}: {share:.3f} of {whole:,} {cost} (target at most {target}), validation accuracy "
        f"{metrics['accuracy']:.4f} beside {metrics['full_accuracy']:.4f}, test accuracy {test:.4f}; "
        f"{len(driver.study.trials)} trials in {spent[0]:.0f} s, {spent[1]:.0f} s of CPU",
        flush=True,
    )
    return share <= target


def main(arguments: Sequence[str]) -> int:
    torch.set_num_threads(1)
    held = True
    for data in CHANGES:
        for name in TARGETS:
            if arguments and {name, data} != set(arguments):
                continue
            if data == "usps" and not USPS.exists():
                print(f"{name} usps: not run, it needs ../shared/data/usps")
                continue
            held = compare(name, data) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
