"""Drives a whole search by the `--json` of the command alone, as a program in any language could.

    python examples/drive.py examples/backbone_nas.yaml runs/driven

Checks the file, searches, follows the trials, asks for the status from outside while the search runs, and builds the
network of the front with the best value of the first objective.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

FGSPACE = [sys.executable, "-m", "fgspace"]


def one(*arguments: str) -> dict[str, Any]:
    """Run a command that prints one object, and return it; exit with its error where it fails."""
    done = subprocess.run([*FGSPACE, *arguments, "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(error_in(done.stderr))
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def events(*arguments: str) -> Iterator[dict[str, Any]]:
    """Run a command that prints an object an event, and yield them as they come."""
    with subprocess.Popen([*FGSPACE, *arguments, "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from map(json.loads, process.stdout)
    if process.returncode not in (0, 3, 130):
        sys.exit(process.returncode)


def error_in(errors: str) -> str:
    """Return the message of an error; other lines are warnings, or what types have printed."""
    for line in errors.splitlines():
        if line.startswith('{"schema": "error/1"'):
            message: str = json.loads(line)["message"]
            return message
    return errors


def main(file: str, folder: str, *options: str) -> None:
    """Check, search, follow, and build what was found."""
    checked = one("check", file, "--points", "20", *options)
    print(f"{checked['points']} points checked, costs {checked['costs']}")
    objectives: dict[str, str] = {}
    for event in events("search", file, "--out", folder, *options):
        if event["event"] == "began":
            objectives = event["objectives"]
            print(f"{event['algorithm']} goes for {event['trials']} trials")
        elif event["event"] == "trial":
            status = one("status", folder)
            said = event["error"] or event["metrics"]
            print(f"trial {event['trial']} {event['state']}: {said}; {status['evaluated']} done, {status['state']}")
        else:
            name, direction = next(iter(objectives.items()))
            front = sorted(event["front"], key=lambda trial: trial["metrics"][name], reverse=direction == "max")
            print(f"front of {len(front)}, exit status {event['exit_status']}")
    print(f"finally {one('status', folder)['state']}")
    if front:
        built = one("build", f"{front[0]['folder']}/description.yaml", *options)
        print(f"best {name} {front[0]['metrics'][name]}: {built['params']} parameters in {len(built['parts'])} parts")


if __name__ == "__main__":
    main(*sys.argv[1:])
