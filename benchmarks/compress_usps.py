"""Claim: on USPS, PruneEA halves the MACs, and QuantEA quarters the 8-bit BOPs, within 1 % of validation accuracy.

The searches are those of examples/prune_ea.yaml and examples/quant_ea.yaml, on 7,291 images of 16×16 and with another
budget. The network is trained once for each; candidates are judged on the validation part. Of the cheapest candidate
within 1 % of the whole network's accuracy, the test accuracy is measured, once. Needs ../shared/data/usps, and says so
where it is not there.
"""

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import torch
from fgspace.description.reader import read
from fgspace.experiment import Experiment, load
from fgspace.search.driver import Driver
from fgspace.search.trial import Trial

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "usps" / "usps.npz"
TRIALS = 120
WITHIN = 0.01


def experiment(name: str) -> Experiment:
    data = dict(read(ROOT / "examples" / f"{name}.yaml").data)
    evaluator = {**data["evaluator"], "dataset": {"type": "Npz", "path": str(DATA)}, "epochs": 4}
    return load({**data, "evaluator": evaluator})


def cheapest(front: list[Trial], cost: str) -> Trial:
    """Return the cheapest trial within 1 % of the accuracy of the whole network."""
    near = [trial for trial in front if trial.metrics["accuracy"] >= trial.metrics["full_accuracy"] - WITHIN]
    return min(near, key=lambda trial: trial.metrics[cost])


def compare(name: str, cost: str, target: float) -> bool:
    """Search, print what the chosen candidate costs and how accurate it is, and say whether the claim holds."""
    found = experiment(name)
    whole = found.space.cost()[cost]  # the initial point: all channels, 8 bits
    with tempfile.TemporaryDirectory() as folder:
        driver = Driver(found, Path(folder), trials=TRIALS)
        with closing(driver.study):
            driver.run(on_trial=lambda trial: print(f"trial {trial.number}", end="\r", file=sys.stderr))
            trial = cheapest(driver.study.front(), cost)
            test = driver.evaluator.test(found.space.at(trial.point))["test_accuracy"]
    share, metrics = trial.metrics[cost] / whole, trial.metrics
    print(
        f"{name}: {share:.3f} of {whole:,} {cost} (target at most {target}), validation accuracy "
        f"{metrics['accuracy']:.4f} beside {metrics['full_accuracy']:.4f}, test accuracy {test:.4f}"
    )
    return share <= target


def main() -> int:
    if not DATA.exists():
        print("not run: it needs ../shared/data/usps")
        return 0
    torch.set_num_threads(1)
    pruned = compare("prune_ea", "macs", 0.5)
    quantised = compare("quant_ea", "bops", 0.25)
    return 0 if pruned and quantised else 1


if __name__ == "__main__":
    sys.exit(main())
