"""`fgspace search`: searches a space, and writes the front."""

import errno
import os
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from fgspace.cli.arguments import imports, whole
from fgspace.cli.changed import changed
from fgspace.cli.display.getting_ready import getting_ready
from fgspace.cli.display.lines import Lines
from fgspace.cli.display.table import explained, numbers
from fgspace.cli.interrupts import INTERRUPTED, Interrupts
from fgspace.cli.printing import in_line, say
from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.documents.descriptions import is_network
from fgspace.documents.numbers import in_short
from fgspace.documents.shell import command
from fgspace.plugins.registry import load_registry
from fgspace.runs.driver import Driver
from fgspace.runs.executor_choice import with_executor
from fgspace.runs.watching.watching import Watching
from fgspace.study.executors.streams import silence
from fgspace.study.storage.differences import AnotherStudyError
from fgspace.study.trial import Trial

NOTHING_FEASIBLE = 3
"""The exit status of a search of which no trial is feasible."""
_LOOK_BACK = 8


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace search`."""
    parser.add_argument("file", metavar="FILE", help="the file that describes the search")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder of the results (default: runs/NAME)")
    parser.add_argument("--trials", type=whole(1), metavar="N", help="trials to evaluate (default: the file's budget)")
    parser.add_argument(
        "--workers",
        type=whole(1),
        metavar="K",
        help="how many processes evaluate (default: the file's executor's, or 1)",
    )
    parser.add_argument("--executor", metavar="NAME", help="where trials run, for instance ray (default: the file's)")
    parser.add_argument("--address", metavar="ADDR", help="the address of the executor's cluster (default: the file's)")
    parser.add_argument(
        "--deterministic",
        action="store_true",
        help="propose the same points whatever the number of workers: look back as many trials as the file's"
        f" deterministic says, or {_LOOK_BACK}",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the study in the folder")
    parser.add_argument(
        "--from",
        type=Path,
        metavar="DIR",
        dest="seeded_from",
        help="begin with the front of the study in this folder, evaluated anew",
    )
    parser.add_argument("--seed", type=whole(0), metavar="S", help="the seed of everything drawn (default: the file's)")


def run(arguments: Namespace) -> int:
    """Search, show the trials as they end, and print the front and the files of the results."""
    # Threads that spin while they wait slow down a search on a shared machine; read when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if arguments.no_plugin:
        # Worker processes load the plugins themselves, by this variable.
        left_out = [os.environ.get("FGSPACE_DISABLE_PLUGINS", ""), *arguments.no_plugin]
        os.environ["FGSPACE_DISABLE_PLUGINS"] = ",".join(filter(None, left_out))
    with Interrupts() as interrupts:
        registry = load_registry(arguments.no_plugin, arguments.modules)
        with getting_ready():
            experiment = load(arguments.file, registry=registry)
            driver = _driver(experiment, arguments)
        say(*(f"note: {note}" for note in driver.notes), sep="\n", end="\n" * bool(driver.notes), file=sys.stderr)
        error = _print(f"Auto: {driver.picked}") if driver.picked else None
        error = _search(driver, arguments, interrupts) or error
        states: Counter[str] = Counter(trial.state for trial in driver.study.trials)
        infeasible = driver.study.nothing_feasible()
        front = driver.finish()
        report = "\n".join(_report(driver, front, states, arguments, interrupted=interrupts.heard))
        error = _print(report, error)
        if infeasible:
            say(infeasible, file=sys.stderr)
        if error is not None and error.errno not in (errno.EPIPE, errno.EIO):  # no reader, or no terminal any more
            raise error
        return INTERRUPTED if interrupts.heard else NOTHING_FEASIBLE if infeasible else 0


def _driver(experiment: Experiment, arguments: Namespace) -> Driver:
    folder = arguments.out or _folder(Path(arguments.file), arguments.resume)
    experiment = with_executor(experiment, arguments.executor, address=arguments.address)
    try:
        return Driver(
            experiment,
            folder,
            seed=arguments.seed,
            trials=arguments.trials,
            deterministic=_LOOK_BACK if arguments.deterministic else None,
            resume=arguments.resume,
            modules=arguments.modules,
            seeded_from=arguments.seeded_from,
        )
    except AnotherStudyError as error:
        raise changed(error, experiment, folder, arguments) from error


def _search(driver: Driver, arguments: Namespace, interrupts: Interrupts) -> OSError | None:
    """Run the search to its end or to the first signal; after that, only a second signal interrupts.

    It goes on where its output cannot be written; the error is returned.
    """
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return _search_live(driver, arguments, interrupts)
    lines = Lines(driver.study)
    with suppress(KeyboardInterrupt), Watching(driver.study, driver.folder, driver.trials) as watching:
        driver.run(workers=arguments.workers, on_trial=lines.show, observers=[watching], progress=watching.progress)
    interrupts.hold()
    return lines.error


def _search_live(driver: Driver, arguments: Namespace, interrupts: Interrupts) -> OSError | None:
    from fgspace.cli.display.live import Live

    with Live(driver.study.objectives) as live:
        interrupts.display = live
        watching = Watching(driver.study, driver.folder, driver.trials, live.show)
        with suppress(KeyboardInterrupt), watching:
            driver.run(workers=arguments.workers, on_trial=_ignore, observers=[watching], progress=watching.progress)
        interrupts.hold()
    interrupts.display = None
    return live.error


def _ignore(trial: Trial) -> None:
    """Leave a finished trial to the display."""


def _print(text: str, before: OSError | None = None) -> OSError | None:
    """Print text; return the error of an output that cannot be written, or the one that it broke with before."""
    try:
        say(text, flush=True)
    except OSError as error:
        silence(sys.stdout)
        return before or error
    return before


def _folder(file: Path, resume: bool) -> Path:
    """Return runs/NAME, with a number where that holds a study; to resume, the last of these that holds one."""
    folders = [Path("runs") / (file.stem + suffix) for suffix in ("", *(f"-{number}" for number in range(2, 10_000)))]
    free = next(index for index, folder in enumerate(folders) if not (folder / "study.db").exists())
    return folders[max(free - 1, 0)] if resume else folders[free]


def _report(
    driver: Driver, front: list[Trial], states: Mapping[str, int], arguments: Namespace, *, interrupted: bool
) -> Iterator[str]:
    modules = imports(arguments)
    yield ""
    yield _counted(front, states)
    if front:
        yield _front_table(front, list(driver.study.objectives.directions))
    yield ""
    yield explained((str(driver.folder / name), what) for name, what in _FILES.items())
    if front:
        look = "build" if is_network(driver.experiment.space.tree) else "show"
        network = driver.folder / "front" / str(front[0].number) / "description.yaml"
        yield ""
        yield f"next: {command('fgspace', look, network, *modules)}"
    if interrupted:
        say("stopped; finished trials are kept", file=sys.stderr)
        file, folder = Path(arguments.file), driver.folder
        yield f"go on: {command('fgspace', 'search', file, '--out', folder, '--resume', *_said(arguments), *modules)}"


def _said(arguments: Namespace) -> Iterator[str]:
    """Yield the options to repeat when the search is resumed."""
    for name in ("executor", "address", "seed", "workers", "trials"):
        if getattr(arguments, name) is not None:
            yield from (f"--{name}", str(getattr(arguments, name)))
    yield from ["--deterministic"] * arguments.deterministic


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


def _front_table(front: list[Trial], objectives: Sequence[str]) -> str:
    """Return the front's table, the objectives first."""
    names = list(dict.fromkeys([*objectives, *(name for trial in front for name in trial.metrics)]))
    header = ["TRIAL", *(in_line(name.upper()) for name in names)]
    rows = [[str(trial.number), *(in_short(trial.metrics.get(name)) for name in names)] for trial in front]
    return numbers(header, rows)
