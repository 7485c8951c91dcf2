"""Claim: `fgspace list` with every installed plugin takes at most 8 times the CPU time of `python -c pass`.

    python benchmarks/startup.py                the time of each command, compared with `python -c pass` in the same run
    python benchmarks/startup.py --importtime   the modules that take longest while `fgspace list` starts

CPU time is the user and system time of a whole process, the least of many runs. The commands take turns, so that other
work on the machine affects all of them equally. Each first runs once without timing, which compiles its modules into a
folder of this run, as an installation does.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile

LIMIT = 8.0
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import pluggy, importlib_metadata": ["-c", "import pluggy, importlib_metadata"],
    "import fgspace": ["-c", "import fgspace"],
    "fgspace --version": ["-m", "fgspace", "--version"],
    "fgspace plugins": ["-m", "fgspace", "plugins"],
    "fgspace list": ["-m", "fgspace", "list"],
    "fgspace list --json": ["-m", "fgspace", "list", "--json"],
}


def cpu_seconds(arguments: list[str], environ: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compiling(folder: str) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environ | {"PYTHONPYCACHEPREFIX": folder}


def least(rounds: int, environ: dict[str, str]) -> dict[str, float]:
    _, *turns = [
        {name: cpu_seconds(arguments, environ) for name, arguments in COMMANDS.items()} for _ in range(rounds + 1)
    ]
    return {name: min(turn[name] for turn in turns) for name in COMMANDS}


def heaviest(environ: dict[str, str], count: int = 25) -> list[str]:
    command = [sys.executable, "-X", "importtime", "-m", "fgspace", "list"]
    cpu_seconds(command[1:], environ)
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in told if line.startswith("import time:")]
    own = [(int(row[0]), row[2].strip()) for row in rows if row[0].strip().isdigit()]
    return [f"{microseconds:8d} us  {module}" for microseconds, module in sorted(own, reverse=True)[:count]]


def main() -> int:
    parser = argparse.ArgumentParser(description="Cold start of the fgspace command.")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--importtime", action="store_true", help="show which modules cost most")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.importtime:
            print("\n".join(heaviest(compiling(folder))))
            return 0
        seconds = least(arguments.rounds, compiling(folder))
    one = seconds["python -c pass"]
    for name, cost in seconds.items():
        print(f"{name:36s} {cost * 1000:7.1f} ms  {cost / one:5.2f} x")
    ratio = seconds["fgspace list"] / one
    print(f"fgspace list: {ratio:.2f} times `python -c pass`; the target is at most {LIMIT:g}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
