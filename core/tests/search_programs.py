"""Programs that the tests of stores and workers run in other processes: faulty evaluations, and a search to kill."""

import ctypes
import math
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fgspace import Comparison, EarlyStopping, register
from fgspace.api import space
from fgspace.documents.digest import digest
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.study.study import Study

SPACE = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 99]}, "mask": {"bits": 12}}})


class Climb(RandomSearch):
    """Mutates the best trial so far, so that every point depends on all earlier trials."""

    best = None

    def propose(self, rng):
        if self.best is None or rng.random() < 0.1:
            return super().propose(rng)
        self.because("mutate", [self.best])
        return self.fresh(lambda: self.space.mutate(self.best.point, rng))

    def learn(self, trial, rng):
        if trial.state == "complete" and (self.best is None or self.objectives.dominates(trial, self.best)):
            self.best = trial


def loss(description):
    if description["a"] % 17 == 3:
        raise ValueError("odd one out")
    return {"loss": abs(description["a"] - 40) + sum(description["mask"])}


def loss_of_a(description):
    return {"loss": description["a"]}


def slow_loss(description):
    time.sleep(0.001)
    return loss(description)


def study(folder, **options):
    return Study(SPACE, Climb, {"loss": "min"}, seed=11, store=folder, **options)


def die(description):
    """Fail in the way that the value of `a` selects."""
    match description["a"]:
        case 0:
            os._exit(3)
        case 1:
            ctypes.string_at(0)
        case 2:
            time.sleep(60)
        case 3:
            raise KeyError("gone")
        case 4:
            sys.exit(5)
        case 5:
            return lambda: None
        case 6:
            os.kill(os.getpid(), signal.SIGKILL)
        case 7:
            raise Unsayable
        case 8:
            return {"loss": Unreadable()}
        case 9:
            resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
            return {"loss": len(bytearray(2**32))}
    return {"loss": description["a"], "pid": os.getpid(), "threads": int(os.environ["OMP_NUM_THREADS"])}


class Unsayable(Exception):
    """Can be neither printed nor pickled."""

    def __str__(self):
        raise ValueError

    __reduce__ = __str__


class Loads:
    """Loads its data in `prepare`, and logs the process id each time."""

    def __init__(self, log):
        self.log = log

    def prepare(self):
        with self.log.open("a") as log:
            log.write(f"{os.getpid()}\n")

    def __call__(self, description):
        while len(self.log.read_text().split()) < 2:  # so that neither worker is left without a trial
            time.sleep(0.001)
        return {"loss": description["a"], "pid": os.getpid()}


class LoadsLong:
    """Takes a given number of seconds to load."""

    def __init__(self, seconds):
        self.seconds = seconds

    def prepare(self):
        time.sleep(self.seconds)

    def __call__(self, description):
        return {"loss": description["a"]}


def signal_itself_and_a_child(folder):
    """Send SIGINT and SIGTERM to this process; return the exit codes of two children that get SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    forked = os.fork()
    if not forked:
        (folder / "forked").touch()
        signal.pause()
    while not (folder / "forked").exists():
        pass
    os.kill(forked, signal.SIGTERM)
    ended = os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])
    with subprocess.Popen(["sleep", "60"]) as spawned:
        spawned.terminate()
    return [ended, spawned.returncode]


class Unreadable:
    """Can be pickled, but not unpickled."""

    def __reduce__(self):
        return int, ("not a number",)


class Table:
    """An evaluator without training: its weights are the accuracy itself."""

    metrics = ("accuracy", "train_seconds")
    input_shape = None

    def __init__(self, seed=0, folder=None):
        self.seed = seed
        self.folder = folder

    def __call__(self, description):
        accuracy = Random(f"{self.seed} {digest(description)}").random()
        if self.folder is not None:
            (self.folder / f"{digest(description)}.pt").write_text(str(accuracy))
        return {"accuracy": accuracy, "train_seconds": time.perf_counter()}

    def test(self, description):
        return {"accuracy": float((self.folder / f"{digest(description)}.pt").read_text())}


class Climber(Table):
    """A table that reaches its accuracy in three epochs, and reports after each."""

    def __call__(self, description, report=None):
        metrics = {}
        for epoch in (1, 2, 3):
            metrics = {"accuracy": Random(f"{self.seed} {digest(description)}").random() * epoch / 3}
            if report:
                report(epoch, metrics, of=3)
        super().__call__(description)
        return {**metrics, "train_seconds": time.perf_counter()}


def main(folder, trials, workers, deterministic=None):
    """Search slowly enough to be killed on the way."""
    with ProcessExecutor(workers) as executor:
        study(folder, deterministic=deterministic).run(slow_loss, trials, executor if workers > 1 else None)


def start(folder, trials, workers=1, deterministic=None):
    program = f"from search_programs import main; main({str(folder)!r}, {trials}, {workers}, {deterministic})"
    return subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parent)


def kill_when(process, folder, trials):
    """Kill the process when its store has this number of trials, unless it ends before."""
    database = folder / "study.db"
    while process.poll() is None:
        try:
            with sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True) as connection:
                (count,) = connection.execute("SELECT count(*) FROM trials").fetchone()
        except sqlite3.Error:
            count = 0
        if count >= trials:
            process.send_signal(signal.SIGKILL)
    return process.wait()


def loss_at(point, epoch):
    """Return the loss of a point after an epoch: it falls towards `loss`, for some points faster than for others."""
    return abs(point["a"] - 40) + sum(point["mask"]) + (10 + point["a"] % 7) / epoch


def climb(description, report):
    """Report nine epochs."""
    for epoch in range(1, 10):
        report(epoch, {"loss": loss_at(description, epoch)}, of=9)
    return {"loss": loss_at(description, 9)}


@register
class Halves(EarlyStopping):
    """At epochs 1, 2, 4 and 8, continues only the better half of the trials so far, or a smaller share."""

    def __init__(self, objectives, *, metric: str | None = None, share: int = 2):
        super().__init__(objectives, metric=metric)
        if share < 2:
            raise ValueError(f"share must be at least 2, got {share}")
        self.share = share
        self.values = {epoch: [] for epoch in (1, 2, 4, 8)}

    def check(self, trial):
        places = {epoch: (len(values) + 1) // self.share for epoch, values in self.values.items()}
        return Bounds(
            self.comparison,
            {epoch: sorted(self.values[epoch])[place - 1] for epoch, place in places.items() if place},
        )

    def learn(self, trial):
        for epoch, metrics in trial.curve if trial.measured else ():
            if epoch in self.values:
                self.values[epoch].append(self.comparison.value(metrics))


@dataclass(frozen=True)
class Bounds:
    """Stops a trial that is worse than the bound of its epoch."""

    comparison: Comparison
    bounds: dict[int, float]

    def __call__(self, curve):
        epoch, metrics = curve[-1]
        bound = self.bounds.get(epoch, math.inf)
        return self.comparison.in_words(metrics, bound) if self.comparison.value(metrics) > bound else None


def stopping(folder, share=2, **options):
    return study(folder, early_stopping={"type": Halves, "share": share}, **options)


def slow_climb(description, report):
    time.sleep(0.001)
    return climb(description, report)


def erratic_climb(description, report):
    time.sleep(Random().random() * 0.004)
    return climb(description, report)


def main_stopping(folder, trials):
    """Search with early stopping, slowly enough to be killed on the way."""
    stopping(folder).run(slow_climb, trials)


def start_another(description):
    """Start a process that goes on for a minute, write down its number, and do what the value of a says."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with Path(description["log"]).open("a") as log:
        log.write(f"{child.pid}\n")
    if description["a"] == 0:
        time.sleep(60)
    if description["a"] == 1:
        os._exit(3)
    return {"loss": description["a"]}


def start_far_away(description):
    """Start a process that leaves the group and session of the worker, and do what the value of a says."""
    if description["how"] == "session":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True).pid
    else:  # as daemons are started; what is forked twice has another parent at once
        reader, writer = os.pipe()
        if not os.fork():
            os.setsid()
            if not os.fork():
                os.write(writer, str(os.getpid()).encode())
                if description["how"] == "daemon that runs a program":
                    os.execvp("sleep", ["sleep", "60"])
                time.sleep(60)
            os._exit(0)
        os.wait()
        child = int(os.read(reader, 20))
    with Path(description["log"]).open("a") as log:
        log.write(f"{child}\n")
    if description["a"] == 0:
        time.sleep(60)
    if description["a"] == 1:
        os._exit(3)
    if description["a"] == 3:  # without letting other threads run
        ctypes.PyDLL(None).sleep(60)
    return {"loss": description["a"]}


def print_much(description):
    """Print more than a pipe holds."""
    print("z" * 10**6, flush=True)
    print("e" * 10**6, file=sys.stderr, flush=True)
    return {"loss": description["a"]}


def main_starting_others(log, a, how=""):
    """Run one call of `start_another`, or of `start_far_away`, in a worker."""
    with ProcessExecutor(1) as executor:
        start = start_far_away if how else start_another
        executor.submit(start, {"log": log, "a": a, "how": how}).result()
        time.sleep(60)


def main_printing_much(log):
    """Run calls of `print_much` in workers; write down what came of them."""
    with ProcessExecutor(2) as executor:
        found = [executor.submit(print_much, {"a": a}) for a in range(4)]
        Path(log).write_text(str([future.exception(60) or future.result()["loss"] for future in found]))


def without_descriptors(log, seconds):
    """Run calls in workers while no file descriptor is left for `seconds`; write down what came of the first."""
    executor = ProcessExecutor(1)
    with executor:
        most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")), hard))
        future = executor.submit(len, "four")
        try:
            future.exception(seconds)
        except TimeoutError:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        error = future.exception(60)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        log.write_text(f"{type(error).__name__}: {error}" if error else str(future.result()))


def go_on(curve):
    """Stop no trial."""


def odd(description):
    """Return or do something odd, the last time metrics."""
    match description["a"]:
        case 6:
            sys.exit(5)
        case 7:
            sys.exit()
        case 9:
            raise ValueError("file \udcff.png")
    return [
        None,
        {"loss": 10**400},
        {"loss": 10**5000},
        {"loss": "0.5"},
        "0.5",
        {"loss": 1, "other": [1]},
        None,
        None,
        {"loss": math.nan},
        None,
        {"loss": None},
        {"loss": 1 + 2j},
        {"loss": 1},
    ][description["a"]]


def odd_reporting(description, report):
    return odd(description)
