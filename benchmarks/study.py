"""Claim: the loop of a study takes little time, in memory and on disk, also after 100,000 trials.

    python benchmarks/study.py --peer-python ENV/bin/python       with peers (see below); about ten minutes
    python benchmarks/study.py --only memory                      or disk: one of the two parts
    python benchmarks/study.py --only disk --decisions 56         of 16, 56 and 464
    python benchmarks/study.py --peer-trials 5 --long 20000       faster and less precise
    python benchmarks/study.py --against TREE                     compared with another checkout: see below

Measures the CPU milliseconds of ask and tell per trial, without the objective, which is a table. In memory: 56 mixed
decisions (4 depths of 4, 4 widths of 4, and 16 each of a kernel of 3, an expansion of 3 and a type of 2), compared with
rustuna, Syne Tune and Optuna. On disk: 16, 56 and 464 such decisions, and 464 bits in one mask (`bits`), after 100
trials and after 100,000. The disk part compares with the two bare statements that write a trial, INSERT and UPDATE,
each committed, on the same disk in the same mode of SQLite (write-ahead log, synchronous = NORMAL), in turns with ours;
and with rustuna and Optuna with SQLite and with a journal file, in their default settings. Peers on disk are timed over
a few trials after `BEFORE`, since one of their trials takes up to seconds. They are not timed after 100,000 trials:
filling their files would take from an hour to days.

With --against, the trials on disk of this checkout and of another one, which has its environment in TREE/.venv, are
timed in turns, each in a process of its own, and must take at most 1.1 times as long here.

Only this script needs the peers. Install them in an environment of their own:
    python -m venv ENV && ENV/bin/pip install 'optuna==5.*' 'rustuna==0.2.*' 'syne-tune==0.16.*'
Without --peer-python they are looked for in this environment. A missing peer is skipped with a message.
"""

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import fgspace
from fgspace.study.storage.rows import COLUMNS, FINISH, INSERT, finish_row, to_row
from fgspace.study.trial import Trial
from fgspace_ea.regularized_evolution import RegularizedEvolution
from peers.loops import PEERS, Decision, Loop, decisions, milliseconds, table

SIZES = ("16", "56", "464", "bits")
MASK: Decision = ("mask", "bits", [464])
SAID = {"bits": "464 bits in one mask"}
BEFORE = {"16": 100, "56": 100, "464": 20}
"""The number of trials that peers on disk make before they are timed."""
ROUNDS, EACH = 15, 200
"""Sides that are compared are timed in turns: the number of turns, and of trials a turn."""
ROUNDS_AGAINST = 31
TURNS = """
import sys, tempfile
from pathlib import Path
name, size, each = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.argv[1:] = []
import study
from peers.loops import milliseconds
of, objective = study.problem(size)
with tempfile.TemporaryDirectory() as folder:
    asked = study.loop(study.study(name, of, Path(folder)))
    milliseconds(asked, objective, each)
    for line in sys.stdin:
        print(milliseconds(asked, objective, each), flush=True)
"""
"""A program that runs in the folder of a checkout's benchmarks, and prints the time of a turn for each line read."""
ALGORITHMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "RegularizedEvolution": (RegularizedEvolution, {"population_size": 64, "sample_size": 16}),
    "RandomSearch": ("RandomSearch", {}),
}
LOOPS = Path(__file__).parent / "peers/loops.py"


def space(of: Sequence[Decision]) -> fgspace.Space:
    forms: dict[str, Callable[[list[Any]], dict[str, Any]]] = {
        "int": lambda values: {"int": [values[0], values[-1]]},
        "choice": lambda values: {"choice": values},
        "bits": lambda values: {"bits": values[0]},
    }
    domains = {name: forms[kind](values) for name, kind, values in of}
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})


def study(name: str, of: Sequence[Decision], store: Path | None = None) -> fgspace.Study:
    algorithm, options = ALGORITHMS[name]
    return fgspace.Study(space(of), algorithm, {"loss": "min"}, store=store, **options)


def problem(size: str) -> tuple[list[Decision], Callable[[dict[str, Any]], float]]:
    """Return the decisions of a size, and the objective: the sum of their table entries, or the number of bits set."""
    if size == "bits":
        return [MASK], lambda point: float(sum(point["mask"]))
    of = decisions(int(size))
    return of, table(of)


def loop(of: fgspace.Study) -> Loop:
    def ask() -> tuple[Any, dict[str, Any]]:
        trial = of.ask()
        return trial, trial.point

    return ask, lambda trial, value: of.tell(trial, {"loss": value})


def bare(path: Path, of: Sequence[Decision]) -> Callable[[int], float]:
    """Return a function that makes a number of pairs of committed statements and returns the milliseconds per pair."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"CREATE TABLE trials ({COLUMNS})")
    trial = Trial(0, space(of).initial, lineage={"operator": "mutate", "parents": [77]})
    added = to_row(trial, tuple(trial.point), None)[1:]
    finished = finish_row(replace(trial, state="complete", metrics={"loss": 28.123456789}), 0)[:-1]
    numbers = count()

    def run(pairs: int) -> float:
        start = process_time()
        for number in islice(numbers, pairs):
            connection.execute(INSERT, (number, *added))
            connection.execute(FINISH, (*finished, number))
        return 1e3 * (process_time() - start) / pairs

    return run


def in_memory(python: str, trials: int) -> Iterator[tuple[str, float]]:
    """Yield the name and the milliseconds per trial of each loop in memory, after 100 trials."""
    of, objective = problem("56")
    loops = {name: loop(study(name, of)) for name in ALGORITHMS}
    for each in loops.values():
        milliseconds(each, objective, 100)
    for name, each in loops.items():
        yield name, median(milliseconds(each, objective, EACH) for _ in range(ROUNDS))
    for peer in PEERS:
        if (took := peers_time(python, peer, "memory", "56", 100, trials)) is not None:
            yield peer, took


def peers_time(python: str, peer: str, place: str, size: str, before: int, trials: int) -> float | None:
    """Return the milliseconds per trial of a peer; None if it is missing, after printing why."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(LOOPS), peer, place, size, str(before), str(trials), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {peer:22s} skipped: {done.stderr.strip().splitlines()[-1]}")
        return None
    return float(done.stdout.splitlines()[-1])


def on_disk(name: str, size: str, long: int) -> dict[str, float]:
    """Return the times of a study on disk, in this process alone."""
    of, objective = problem(size)
    with tempfile.TemporaryDirectory() as folder:
        ours, pair = study(name, of, Path(folder)), bare(Path(folder) / "bare.db", of)
        asked = loop(ours)
        found: dict[str, float] = {}
        for when, trials in (("early", 100), ("late", long)):
            while (missing := min(1000, trials - len(ours.trials))) > 0:
                milliseconds(asked, objective, missing)
                pair(missing)
            turns = [(milliseconds(asked, objective, EACH), pair(EACH)) for _ in range(ROUNDS)]
            found[when], found[f"bare {when}"] = (median(turn) for turn in zip(*turns, strict=True))
            found[f"ratio {when}"] = median(mine / two for mine, two in turns)
        found["file"] = (Path(folder) / "study.db").stat().st_size / 1e6
        ours.close()
        del ours, asked
        start = process_time()
        study(name, of, Path(folder)).close()
        found["resume"] = process_time() - start
    return found | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}


def alone(name: str, size: str, long: int) -> dict[str, float]:
    """Return the result of `on_disk` in a process of its own, whose memory use is that of the study."""
    command = [sys.executable, __file__, "--child", name, size, "--long", str(long)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def memory_part(python: str, trials: int) -> list[bool]:
    print("in memory, 56 decisions, after 100 trials: ms a trial")
    took = {}
    for name, each in in_memory(python, trials):
        took[name] = each
        print(f"  {name:22s} {each:9.4f}", flush=True)
    least = min((each for name, each in took.items() if name in PEERS), default=None)
    return [] if least is None else [verdict("in memory level with the quickest peer", took[next(iter(took))], least)]


def disk_part(python: str, sizes: Sequence[str], trials: int, long: int) -> list[bool]:
    kept = []
    for size in sizes:
        print(f"\non disk, {SAID.get(size, f'{size} decisions')}: ms a trial, times two bare commits; memory; resume")
        for name in ALGORITHMS:
            found = alone(name, size, long)
            print(
                f"  {name:22s} after 100 {found['early']:.4f} ({found['ratio early']:.2f} x {found['bare early']:.4f}),"
                f" after {long:,} {found['late']:.4f} ({found['ratio late']:.2f} x {found['bare late']:.4f});"
                f" {found['memory']:.0f} MB, file {found['file']:.0f} MB, resume {found['resume']:.1f} s",
                flush=True,
            )
            kept += [
                verdict("times two bare commits", found["ratio early"], 3),
                verdict("late against early", found["late"] / found["early"], 1.5),
                verdict("memory in MB", found["memory"], 1000),
                verdict("seconds to resume", found["resume"], 20),
            ]
        if size in BEFORE:
            kept += peers_on_disk(python, size, trials, found["early"])
    return kept


def peers_on_disk(python: str, size: str, trials: int, ours: float) -> list[bool]:
    kept = []
    for peer in ("rustuna random", "Optuna random"):
        for place in ("journal", "sqlite"):
            took = peers_time(python, peer, place, size, BEFORE[size], trials)
            if took is not None:
                told = f"after {BEFORE[size]}, over {trials}; RandomSearch above takes {took / ours:,.0f} times less"
                print(f"  {peer + ', ' + place:22s} {took:9.2f} ({told})", flush=True)
                if place == "sqlite":
                    least = 500 if size == "464" else 200
                    kept.append(verdict(f"{least} times the trial of ours", ours * least, took))
    return kept


def against_part(tree: Path, sizes: Sequence[str]) -> list[bool]:
    """Time trials on disk in turns with those of another checkout."""
    kept = []
    here = Path(__file__).parent
    for size in sizes:
        for name in ALGORITHMS:
            sides = [(sys.executable, here), (tree.absolute() / ".venv/bin/python", tree / "benchmarks")]
            turns = list(zip(*(map(float, side) for side in in_turns(sides, name, size)), strict=True))
            ours, theirs = (median(side) for side in zip(*turns, strict=True))
            print(f"  {SAID.get(size, f'{size} decisions')}, {name}: {ours:.4f} ms a trial, there {theirs:.4f}")
            kept.append(verdict("times a trial there", median(mine / other for mine, other in turns), 1.1))
    return kept


def in_turns(sides: Sequence[tuple[str | Path, Path]], name: str, size: str) -> list[list[str]]:
    """Return the lines that each side prints, a Python and a folder of benchmarks; they take turns."""
    processes = [
        subprocess.Popen(
            [python, "-c", TURNS, name, size, str(EACH)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for python, folder in sides
    ]
    lines: list[list[str]] = [[] for _ in sides]
    for _ in range(ROUNDS_AGAINST):
        for process, found in zip(processes, lines, strict=True):
            assert process.stdin is not None
            assert process.stdout is not None
            print(file=process.stdin, flush=True)
            found.append(process.stdout.readline())
    for process in processes:
        process.communicate()
    return lines


def verdict(what: str, value: float, most: float) -> bool:
    """Print whether a target is met."""
    print(f"      {'met   ' if value <= most else 'MISSED'} {what}: {value:.4g}, at most {most:.4g}", flush=True)
    return value <= most


def main() -> int:
    parser = argparse.ArgumentParser(description="What the loop of a study costs.")
    parser.add_argument("--peer-python", default=sys.executable, help="a Python that has the peers")
    parser.add_argument("--peer-trials", type=int, default=20, help="trials that peers on disk are timed over")
    parser.add_argument("--long", type=int, default=100_000, help="the number of trials of a long study")
    parser.add_argument("--only", choices=("memory", "disk"))
    parser.add_argument("--decisions", nargs="+", choices=SIZES, default=SIZES, help="the numbers of decisions on disk")
    parser.add_argument("--against", type=Path, metavar="TREE", help="time trials on disk beside another checkout's")
    parser.add_argument("--child", nargs=2, metavar=("ALGORITHM", "DECISIONS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(on_disk(*given.child, given.long)))
        return 0
    if given.against:
        return 0 if all(against_part(given.against, given.decisions)) else 1
    kept = [] if given.only == "disk" else memory_part(given.peer_python, 1000)
    kept += (
        [] if given.only == "memory" else disk_part(given.peer_python, given.decisions, given.peer_trials, given.long)
    )
    print(f"\n{sum(kept)} of {len(kept)} targets met")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
