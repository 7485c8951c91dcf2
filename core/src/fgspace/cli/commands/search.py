"""`fgspace search`: searches a space, and writes the front."""

import errno
import os
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fgspace.cli.arguments import whole
from fgspace.cli.changed import changed
from fgspace.cli.display.events import Events
from fgspace.cli.display.getting_ready import getting_ready
from fgspace.cli.display.lines import Lines, handed_over
from fgspace.cli.display.outcome import report
from fgspace.cli.interrupts import INTERRUPTED, Interrupts
from fgspace.cli.machine import Notices, tell_note
from fgspace.cli.printing import say
from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.plugins.registry import load_registry
from fgspace.runs.driver import Driver
from fgspace.runs.executor_choice import with_executor
from fgspace.runs.observing import observers_of
from fgspace.runs.watching.watching import Show, Watching
from fgspace.study.algorithms.next_time import next_time
from fgspace.study.executors.streams import silence
from fgspace.study.storage.differences import AnotherStudyError
from fgspace.study.trial import Trial

if TYPE_CHECKING:
    from fgspace.cli.display.live import Live

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
    parser.add_argument(
        "--log",
        metavar="NAME",
        action="append",
        default=[],
        help="tell an observer of every trial: tensorboard, mlflow, jsonl, ...; may be given again",
    )
    parser.add_argument(
        "--test",
        action="store_true",
        help="measure the front on held-out data; a network chosen by that is not as good as it says",
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
        if arguments.json:
            interrupts.display = Notices()
        registry = load_registry(arguments.no_plugin, arguments.modules)
        with getting_ready(tell_note if arguments.json else None):
            experiment = load(arguments.file, registry=registry)
            arguments.observers = observers_of(experiment, arguments.log)
            driver = _driver(experiment, arguments)
        search = _search_for_program if arguments.json else _search_for_people
        status, error = search(driver, arguments, interrupts)
        if error is not None and error.errno not in (errno.EPIPE, errno.EIO):  # no reader, or no terminal any more
            raise error
        return status


def _search_for_people(driver: Driver, arguments: Namespace, interrupts: Interrupts) -> tuple[int, OSError | None]:
    """Search, and return the exit status, and the error that the output broke with."""
    say(*(f"note: {note}" for note in driver.notes), sep="\n", end="\n" * bool(driver.notes), file=sys.stderr)
    error = _print(f"Auto: {driver.picked}") if driver.picked else None
    error = _search(driver, arguments, interrupts) or error
    states: Counter[str] = Counter(trial.state for trial in driver.study.trials)
    infeasible, advice = driver.study.nothing_feasible(), _advice(driver)
    front = driver.finish(test=arguments.test)
    if interrupts.heard:
        say("stopped; finished trials are kept", file=sys.stderr)
    error = _print("\n".join(report(driver, front, states, arguments, advice, interrupted=interrupts.heard)), error)
    if infeasible:
        say(infeasible, file=sys.stderr)
    return _status(interrupts, infeasible), error


def _advice(driver: Driver) -> str | None:
    """Return what the next search should run, if this one was left to choose and has told enough."""
    study = driver.study
    return next_time(study.algorithm, study.trials, study.objectives) if driver.picked else None


def _search_for_program(driver: Driver, arguments: Namespace, interrupts: Interrupts) -> tuple[int, OSError | None]:
    """Search, tell what happens as JSON, and return the exit status, and the error that the output broke with."""
    events = Events(driver.study)
    events.began(driver)
    with suppress(KeyboardInterrupt):
        _run(driver, arguments, events.show)
    interrupts.hold()
    counts: Counter[str] = Counter(trial.state for trial in driver.study.trials)
    infeasible = driver.study.nothing_feasible()
    front = driver.finish(test=arguments.test)
    status = _status(interrupts, infeasible)
    events.ended(driver, front, counts, infeasible, status)
    return status, events.error


def _status(interrupts: Interrupts, infeasible: str | None) -> int:
    return INTERRUPTED if interrupts.heard else NOTHING_FEASIBLE if infeasible else 0


def _run(driver: Driver, arguments: Namespace, on_trial: Callable[[Trial], None], show: Show | None = None) -> None:
    with Watching(driver.study, driver.folder, driver.trials, show) as watching:
        observers = [watching, *arguments.observers]
        driver.run(workers=arguments.workers, on_trial=on_trial, observers=observers, progress=watching.progress)


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
    with suppress(KeyboardInterrupt):
        _run(driver, arguments, lines.show)
    interrupts.hold()
    return lines.error


def _search_live(driver: Driver, arguments: Namespace, interrupts: Interrupts) -> OSError | None:
    from fgspace.cli.display.live import Live

    with Live(driver.study.objectives) as live:
        interrupts.display = live
        with suppress(KeyboardInterrupt):
            _run(driver, arguments, lambda trial: _note(live, handed_over(driver.study, trial)), live.show)
        interrupts.hold()
    interrupts.display = None
    return live.error


def _note(live: "Live", line: str | None) -> None:
    """Have a line shown, if there is one; the trials themselves are left to the display."""
    if line:
        live.note(f"{line}\n")


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
