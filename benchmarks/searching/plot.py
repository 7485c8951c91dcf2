"""The plots: the score of each algorithm over evaluations, with its standard error."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

from searching.contenders import rows
from searching.measure import figure
from searching.records import Records
from searching.table import BUDGETS, DATA, EVALUATIONS, Problem

AT = range(10, EVALUATIONS + 1, 10)


def draw(part: str, on: str, records: Records, seeds: int, only: Sequence[str], file: Path) -> None:
    """Draw a part of the benchmark, one panel for each data set; peers are dashed."""
    canvas, panels = pyplot.subplots(1, len(DATA), figsize=(18, 7))
    for panel, data in zip(panels, DATA, strict=True):
        problem, floor, ceiling = Problem(data, part, on), None, 0.0
        panel.set_prop_cycle(color=pyplot.get_cmap("tab20").colors)
        for name, contenders in rows().items():
            runs = records.of(contenders[-1], problem, seeds)
            if not runs or part not in contenders[-1].parts or (only and name not in only):
                continue
            told = [figure(problem, runs, at, charged=bool(contenders[-1].peer)) for at in AT]
            means = [one.mean for one in told]
            style = "--" if contenders[-1].peer else "-"
            (line,) = panel.plot(AT, means, style, label=name, linewidth=2.5 if name == "Predictor" else 1.2)
            low, high = ([one.mean + sign * one.error for one in told] for sign in (-1, 1))
            panel.fill_between(AT, low, high, color=line.get_color(), alpha=0.12)
            floor = min(low) if name == "RandomSearch" else floor
            ceiling = max(ceiling, *high)
        # Algorithms worse than random at first, and the grid, would fill the plot.
        panel.set_ylim(bottom=floor, top=ceiling + 0.05 * (ceiling - (floor or 0.0)) if ceiling else None)
        panel.set_title(data)
        panel.set_xlabel("evaluations")
        panel.set_xticks(BUDGETS)
    panels[0].set_ylabel("hypervolume, % of the true front's" if part == "front" else "test accuracy, %")
    if panels[-1].lines:
        panels[-1].legend(fontsize=8)
    canvas.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    canvas.savefig(file, dpi=80)
    pyplot.close(canvas)
