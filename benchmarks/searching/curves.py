"""The curves of the algorithms' pages: one small drawing for each, with the other algorithms in grey."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

from searching.contenders import rows
from searching.measure import figure
from searching.records import Records, Run
from searching.table import MASKS, Problem

PANELS = (
    (Problem("cifar100", "free", "valid"), "test accuracy, %"),
    (Problem("cifar100", "limit", "valid"), "test accuracy, % (47.15 M MACs)"),
    (Problem("cifar100", "front", "valid"), "hypervolume, %"),
)
MASK_PANELS = ((Problem("resnet20", MASKS, "costs"), "hypervolume, % of all shares"),)


def draw_pages(records: Records, seeds: int, folder: Path) -> list[Path]:
    """Draw a file for each of our algorithms that has runs. The same runs give the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fgspace", "font.size": 8})
    made = []
    for name in [name for name, members in rows().items() if not members[0].peer and MASKS not in members[0].parts]:
        panels = MASK_PANELS if name == "PruneEA" else PANELS
        canvas, places = pyplot.subplots(1, len(panels), figsize=(3.2 * len(panels), 2.4), squeeze=False)
        shown = [
            _panel(place, one, unit, name, records, seeds) for place, (one, unit) in zip(places[0], panels, strict=True)
        ]
        if any(shown):
            canvas.tight_layout()
            canvas.savefig(folder / f"{name}.svg", metadata={"Date": None})
            made.append(folder / f"{name}.svg")
        pyplot.close(canvas)
    return made


def _panel(place: Axes, problem: Problem, unit: str, name: str, records: Records, seeds: int) -> bool:
    """Draw all algorithms on a problem, one of them highlighted; return whether that one has runs."""
    suffix = " on masks" if problem.part == MASKS else ""
    shown, floor = False, None
    for row, members in rows().items():
        runs = records.of(members[-1], problem, seeds)
        if not runs or problem.part not in members[-1].parts:
            continue
        is_it, is_random = row == name + suffix, row == "RandomSearch" + suffix
        shown = shown or is_it
        at, means, errors = _curve(problem, runs, bool(members[-1].peer))
        color, width = ("tab:blue", 2.0) if is_it else ("black", 0.8) if is_random else ("lightgrey", 0.6)
        label = row.removesuffix(" on masks") if is_it or is_random else None
        place.plot(at, means, color=color, linewidth=width, zorder=2 + is_it, label=label)
        floor = min(means) - max(errors) if is_random and name != "GridSearch" else floor
        if is_it:
            low, high = ([mean + sign * error for mean, error in zip(means, errors, strict=True)] for sign in (-1, 1))
            place.fill_between(at, low, high, color=color, alpha=0.2, linewidth=0)
    place.set_xlabel("evaluations")
    place.set_ylim(bottom=floor)  # an algorithm worse than random, such as a grid, would fill the plot
    place.set_title(unit, fontsize=8)
    if place.lines:
        place.legend(fontsize=7, loc="lower right", frameon=False)
    return shown


def _curve(problem: Problem, runs: Sequence[Run], charged: bool) -> tuple[range, list[float], list[float]]:
    step = problem.budgets[-1] // 20
    at = range(step * 2, problem.budgets[-1] + 1, step)
    told = [figure(problem, runs, count, charged) for count in at]
    return at, [one.mean for one in told], [one.error for one in told]
