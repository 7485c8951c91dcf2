"""The outcome of a search in words: its front, its files, and what to do next."""

from argparse import Namespace
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from fgspace.cli.arguments import imports
from fgspace.cli.display.table import explained, numbers
from fgspace.cli.printing import in_line
from fgspace.documents.descriptions import is_network
from fgspace.documents.numbers import in_short
from fgspace.documents.shell import command
from fgspace.runs.driver import Driver
from fgspace.study.measuring.drift import metric_names
from fgspace.study.trial import Trial


def report(
    driver: Driver,
    front: list[Trial],
    states: Mapping[str, int],
    arguments: Namespace,
    advice: str | None,
    *,
    interrupted: bool,
) -> Iterator[str]:
    """Yield the lines that say what a search has found, where it is, and what to do next.

    `advice` is what the next search should run, None where the file names an algorithm.
    """
    modules = imports(arguments)
    yield ""
    yield _counted(front, states)
    if advice:
        yield f"Auto: {advice}"
    if front:
        inner = metric_names(driver.experiment.measure, ("_drift", "_reference"))
        yield _front_table(front, list(driver.study.objectives.directions), inner)
    yield ""
    yield explained((str(driver.folder / name), what) for name, what in _FILES.items())
    if front:
        look = "build" if is_network(driver.experiment.space.tree) else "show"
        network = driver.folder / "front" / str(front[0].number) / "description.yaml"
        yield ""
        yield f"next: {command('fgspace', look, network, *modules)}"
    if interrupted:
        file, folder = Path(arguments.file), driver.folder
        yield f"go on: {command('fgspace', 'search', file, '--out', folder, '--resume', *_said(arguments), *modules)}"


def _said(arguments: Namespace) -> Iterator[str]:
    """Yield the options to repeat when the search is resumed."""
    for name in ("executor", "address", "seed", "workers", "trials"):
        if getattr(arguments, name) is not None:
            yield from (f"--{name}", str(getattr(arguments, name)))
    for name in arguments.log:
        yield from ("--log", name)
    yield from ["--deterministic"] * arguments.deterministic
    yield from ["--test"] * arguments.test


def _counted(front: list[Trial], states: Mapping[str, int]) -> str:
    """Return the size of the front, the number of stopped trials and, where the front is empty, of failed ones."""
    stopped = f"{states['stopped']} stopped early" if states.get("stopped") else ""
    wrong = "" if front else f"{states.get('failed', 0)} failed, {states.get('infeasible', 0)} infeasible"
    notes = "".join(f"; {note}" for note in (wrong, stopped) if note)
    return f"front: {len(front) or 'none'} of {sum(states.values())} trials{notes}"


_FILES = {
    "study.db": "every trial",
    "experiment.yaml": "the search as it was run, names and versions in full",
    "machines.json": "where it ran",
    "trials.csv": "every trial, as a table",
    "pareto_front.csv": "the front, as a table",
    "front": "for each trial of the front: description.yaml, metrics.json, weights.pt",
}


def _front_table(front: list[Trial], objectives: Sequence[str], hidden: Collection[str] = ()) -> str:
    """Return the front's table, the objectives first, without the metrics that are hidden."""
    shown = (name for trial in front for name in trial.metrics if name not in hidden)
    names = list(dict.fromkeys([*objectives, *shown]))
    header = ["TRIAL", *(in_line(name.upper()) for name in names)]
    rows = [[str(trial.number), *(in_short(trial.metrics.get(name)) for name in names)] for trial in front]
    return numbers(header, rows)
