"""ResNet-20 pruned by PruneEA, then trained in full, compared with the published accuracies at 30, 19 and 6 M MACs.

ResNet-20 with a 3×3 stem (40.81 M multiply-adds) is trained. PruneEA searches its masks: candidates are sliced from the
trained weights, and their batch norms are estimated again. The trials of the front nearest to 30.11, 19.14 and 6.14 M
multiply-adds are trained in full from the kept slices, and measured once on the test part. The published figures are
for the original CIFAR-10; here the images are JPEG copies, and a tenth of the training part is held out for the search.

Every step is saved in the folder `--out`; run again, the script continues after the last finished step. Needs a GPU and
../shared/data/cifar10-jpeg; without them, the script prints this and ends. `--toy` runs every step on the digits of
scikit-learn, on the CPU, in a minute, at the same fractions of the multiply-adds.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fgspace.config.loading import load
from fgspace.runs.atomic_write import write_atomically
from fgspace.runs.driver import Driver
from fgspace.study.trial import Trial
from fgspace_vision.evaluator import ImageClassification

DATA = Path(__file__).parents[2] / "shared" / "data" / "cifar10-jpeg"
FULL_MACS = 40_813_184
PUBLISHED = {30.11: 91.22, 19.14: 90.9, 6.14: 87.61}
"""Multiply-adds, in millions, and accuracy in percent: Vega's documentation of PruneEA."""
PUBLISHED_FULL = 91.45
NET = {"type": "ResNet", "depth": 20, "small_input": True}


@dataclass(frozen=True)
class Scale:
    """The size of the run: the data, the training, and the search."""

    dataset: dict[str, Any]
    training: dict[str, Any]
    search: dict[str, Any]
    trials: int


CIFAR = Scale(
    {"type": "ImageFolder", "path": str(DATA)},
    {"epochs": 200, "batch_size": 128, "crop_padding": 4, "flip": True},
    {"num_individual": 32, "random_models": 64},
    1024,
)
TOY = Scale(
    {"type": "Digits"}, {"epochs": 2, "batch_size": 64, "device": "cpu"}, {"num_individual": 4, "random_models": 8}, 16
)


def described(**processes: Any) -> dict[str, Any]:
    return {"type": "FineGrainedSpace", "modules": ["net", *processes], "net": NET, **processes}


def trained(name: str, description: dict[str, Any], scale: Scale, out: Path) -> dict[str, float]:
    """Train a network in full, measure it on the test part and save both; return the saved result if there is one."""
    file = out / f"{name}.json"
    if not file.exists():
        folder = out / "training" / name
        evaluate = ImageClassification(dataset=scale.dataset, folder=folder, **scale.training)
        metrics = {**evaluate(description), **evaluate.test(description)}
        (weights,) = folder.glob("*.pt")
        weights.replace(out / f"{name}.pt")
        write_atomically(file, json.dumps(metrics))
    return json.loads(file.read_text())


def searched(scale: Scale, out: Path) -> tuple[Sequence[Trial], int]:
    """Search the masks, or resume an earlier search; return the front, and the multiply-adds of the whole network."""
    experiment = load(
        {
            "search_space": {**described(prune={"type": "Prune"}), "hyper_parameters": {"prune.masks": None}},
            "search_algorithm": {"type": "PruneEA", **scale.search},
            "evaluator": {
                "type": "CompressedClassification",
                "dataset": scale.dataset,
                "weights": str(out / "full.pt"),
                **scale.training,
            },
            "objectives": {"accuracy": "max", "macs": "min"},
        }
    )
    folder = out / "search"
    driver = Driver(experiment, folder, trials=scale.trials, resume=(folder / "study.db").exists())
    with closing(driver.study):
        driver.run(on_trial=lambda trial: print(f"trial {trial.number}", end="\r", file=sys.stderr))
        return driver.study.front(), experiment.space.cost()["macs"]


def nearest(front: Sequence[Trial], macs: float) -> Trial:
    return min(front, key=lambda trial: abs(trial.metrics["macs"] - macs))


def rows(scale: Scale, out: Path) -> Iterator[tuple[str, ...]]:
    full = trained("full", described(), scale, out)
    front, whole = searched(scale, out)
    yield "full", f"{whole / 1e6:.2f}", f"{100 * full['test_accuracy']:.2f}", "40.81", f"{PUBLISHED_FULL:.2f}"
    for target, published in PUBLISHED.items():
        trial = nearest(front, target * 1e6 * whole / FULL_MACS)
        prune = {"type": "Prune", "init_model_file": str(out / "full.pt"), "masks": masks(trial)}
        metrics = trained(f"trial{trial.number}", described(prune=prune), scale, out)
        macs, accuracy = trial.metrics["macs"] / 1e6, 100 * metrics["test_accuracy"]
        yield f"trial {trial.number}", f"{macs:.2f}", f"{accuracy:.2f}", f"{target:.2f}", f"{published:.2f}"


def masks(trial: Trial) -> dict[str, list[int]]:
    return {path.removeprefix("prune.masks."): row for path, row in trial.point.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--toy", action="store_true", help="digits and the CPU: shows that the script runs")
    parser.add_argument("--out", type=Path, default=None, help="where every step is kept")
    given = parser.parse_args(arguments)
    if not given.toy and not (torch.cuda.is_available() and DATA.is_dir()):
        print("not run: it needs a GPU and ../shared/data/cifar10-jpeg; --toy shows the steps on the CPU")
        return 0
    out = given.out or Path("runs") / ("prune_resnet20_toy" if given.toy else "prune_resnet20")
    out.mkdir(parents=True, exist_ok=True)
    data = "scikit-learn's digits, a toy" if given.toy else "CIFAR-10 as JPEG images, which lose something"
    print(f"ours: {data}; published: CIFAR-10 itself")
    print("| network | M MACs | test accuracy % | published M MACs | published % |\n|---|---|---|---|---|")
    for row in rows(TOY if given.toy else CIFAR, out):
        print(f"| {' | '.join(row)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
