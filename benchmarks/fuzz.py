"""Claim: mutants of the examples raise nothing but `FgspaceError`, and none takes more than 5 s.

    python benchmarks/fuzz.py                         5,000 mutants of the examples and the reference files
    python benchmarks/fuzz.py --seed 3 FILE FOLDER    of these files
    python benchmarks/fuzz.py --seed 3 --only 1729    one mutant: its text, and what becomes of it

Each mutant is a file with a few changes: of its lines and words, or of the tree of values in it. It is read, checked as
`fgspace check` does at some points, counted, and its points are sampled, encoded, decoded and mixed. Exit status 1 says
that something was found; each kind of finding is printed once, with the lines of the mutant that it takes.
"""

import argparse
import io
import multiprocessing
import multiprocessing.connection
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from fgspace.config.loading import load
from fgspace.config.reachable_points import check_points
from fgspace.documents.plain import plain
from fgspace.documents.reader import read_text
from fgspace.errors import FgspaceError
from fgspace.plugins.hookspecs import NAMED_KINDS
from fgspace.plugins.registry import Registry, load_registry
from fgspace.signatures.parameters import parameters
from fuzzing.mutants import mutant

ROOT = Path(__file__).parents[1]
CORPUS = [ROOT / "examples", ROOT / "tests" / "reference", ROOT.parent / "shared" / "reference" / "configs"]
SECONDS = 5.0
"""CPU seconds that a mutant may take."""
HANGS = 120.0
"""Seconds after which a worker is ended that does not answer, since it is in code that no signal reaches."""
MEMORY = 5 * 2**30
"""Bytes that a worker may have; more is an error of memory in it, and not the end of other processes."""
POINTS = 4
SHRINKING = 150
"""The most runs that it takes to shrink a mutant."""


class SlowError(BaseException):
    """A mutant took longer than it may."""


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: "in order", "refused", or the kind of finding, with its traceback."""

    kind: str
    told: str = ""
    seconds: float = 0.0

    @property
    def is_finding(self) -> bool:
        """Whether it is neither in order nor an error of the user."""
        return self.kind not in ("in order", "refused")


def outcome(text: str, registry: Registry) -> Outcome:
    """Run a mutant through everything, and return what became of it."""
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            use(text, registry)
        found = Outcome("in order")
    except FgspaceError as error:
        str(error).encode("utf-8", "backslashreplace")
        found = Outcome("refused")
    except SlowError:
        found = Outcome(f"slow: {place(sys.exc_info()[1])}", traceback.format_exc())
    except Exception as error:
        found = Outcome(f"{type(error).__name__}: {place(error)}", traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return Outcome(found.kind, found.told, time.process_time() - start)


def use(text: str, registry: Registry) -> None:
    """Read a file, and do with its space what a search and its commands do."""
    experiment = load(read_text(text, "mutant.yaml"), registry=registry)
    space, rng = experiment.space, Random(0)
    check_points(experiment, POINTS)
    points = [space.initial, *(space.sample(rng) for _ in range(4))]
    for point in points:
        assert plain(point) == point
        assert space.contains(point)
        assert space.key(space.decode(space.encode(point))) == space.key(point)
        for other in (space.mutate(point, rng), space.crossover(point, points[0], rng)):
            assert space.contains(other)
    repr(space), space.to_json(), space.digest


def place(error: BaseException | None) -> str:
    """Return the innermost line of this project that an exception went through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__ if error else None)]
    ours = [frame for frame in frames if "fgspace" in frame.filename and "site-packages" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def shrunk(text: str, kind: str, registry: Registry) -> str:
    """Return the text without the lines that its finding does not take."""
    lines, left = text.splitlines(), SHRINKING
    size = max(1, len(lines) // 2)
    while size and left:
        at = 0
        while at < len(lines) and left:
            fewer, left = lines[:at] + lines[at + size :], left - 1
            if outcome("\n".join(fewer), registry).kind == kind:
                lines = fewer
            else:
                at += size
        size //= 2
    return "\n".join(lines)


def parameters_of(registry: Registry) -> dict[str, list[str]]:
    """Return type → names of its parameters, of every type that a file can name."""
    found = {}
    for one in registry.types:
        if one.kind in NAMED_KINDS:
            with suppress(Exception):
                found[one.short_name] = list(parameters(one.load()))
    return found


def worker(connection: Any, corpus: Sequence[str], seed: int) -> None:
    """Answer the number of a mutant with its outcome, until there is no more."""
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def too_slow(*_: Any) -> None:
        raise SlowError

    signal.signal(signal.SIGPROF, too_slow)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    registry = load_registry()
    known = parameters_of(registry)
    while (number := connection.recv()) is not None:
        text = mutant(corpus, known, seed, number)
        found = outcome(text, registry)
        connection.send((found, shrunk(text, found.kind, registry) if found.is_finding else ""))


def outcomes(corpus: Sequence[str], seed: int, count: int, workers: int) -> Iterator[tuple[int, Outcome, str]]:
    """Yield the number, the outcome and the shrunk text of every mutant; a worker that hangs is ended."""
    fork = multiprocessing.get_context("fork")
    numbers = iter(range(count))
    busy: dict[Any, tuple[Any, int, float]] = {}

    def begin() -> tuple[Any, Any]:
        ours, theirs = fork.Pipe()
        process = fork.Process(target=worker, args=(theirs, corpus, seed), daemon=True)
        process.start()
        theirs.close()
        return ours, process

    def give(connection: Any, process: Any) -> None:
        number = next(numbers, None)
        connection.send(number)
        if number is not None:
            busy[connection] = process, number, time.monotonic()

    for _ in range(workers):
        give(*begin())
    while busy:
        ready = multiprocessing.connection.wait(list(busy), timeout=1)
        for connection in [one for one, (_, _, since) in busy.items() if time.monotonic() - since > HANGS]:
            process, number, _ = busy.pop(connection)
            process.kill()
            yield number, Outcome("hangs", seconds=HANGS), ""
            give(*begin())
        for connection in ready:
            if connection not in busy:
                continue
            process, number, _ = busy.pop(connection)
            try:
                yield number, *connection.recv()
            except EOFError:
                yield number, Outcome("the process died"), ""
                connection, process = begin()
            give(connection, process)


def files(paths: Sequence[str]) -> list[Path]:
    """Return the files to mutate, those of other folders included where these are."""
    given = [Path(path) for path in paths] or CORPUS
    return [one for path in given for one in (sorted(path.glob("*.yaml")) if path.is_dir() else [path]) if one.exists()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutants of files.")
    parser.add_argument("paths", nargs="*", metavar="FILE|FOLDER")
    parser.add_argument("--mutants", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="print this mutant, and what becomes of it")
    arguments = parser.parse_args()
    paths = files(arguments.paths)
    corpus = list(dict.fromkeys(path.read_text("utf-8") for path in paths))
    if arguments.only is not None:
        registry = load_registry()
        text = mutant(corpus, parameters_of(registry), arguments.seed, arguments.only)
        print(text, "\n")
        use(text, registry)
        return 0
    kinds: dict[str, int] = {}
    slowest, findings = 0.0, dict[str, str]()
    for number, found, text in outcomes(corpus, arguments.seed, arguments.mutants, arguments.workers):
        kinds[found.kind] = kinds.get(found.kind, 0) + 1
        slowest = max(slowest, found.seconds)
        if found.is_finding and found.kind not in findings:
            findings[found.kind] = text
            print(f"== mutant {number}: {found.kind}\n{text}\n{found.told}", flush=True)
    refused, sound = kinds.pop("refused", 0), kinds.pop("in order", 0)
    print(
        f"{arguments.mutants:,} mutants of {len(corpus)} files, seed {arguments.seed}: {sound:,} in order,"
        f" {refused:,} refused, {sum(kinds.values()):,} findings of {len(findings)} kinds; slowest {slowest:.1f} s CPU"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
