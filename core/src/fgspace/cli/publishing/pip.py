"""Runs pip in the environment of this program, says what it changed, and explains its errors."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import invalidate_caches
from importlib.metadata import distributions
from importlib.util import find_spec

from fgspace.documents.shell import command
from fgspace.errors import FgspaceError

PREFIX = "fgspace-plugin-"
_UNREACHABLE = re.compile(r"NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError|SSLError|Max retries")
_ABSENT = re.compile(r"No matching distribution found for (\S+)")
_MANAGED = "externally-managed-environment"
_VENV = "python3 -m venv .venv"


def distribution_of(name: str) -> str:
    """Return what pip is asked for by a short name: "acme[onnx]>=2" becomes "fgspace-plugin-acme[onnx]>=2".

    Raises:
        FgspaceError: it is no name.
    """
    match = re.fullmatch(r"([A-Za-z][\w.-]*)((?:\[[\w ,.-]+\])?)((?:\s*[<>=!~]=?.+)?)", name)
    if match is None:
        raise FgspaceError(
            f"{name!r} is no name of a plugin: expected one such as 'acme', 'acme[extra]' or 'acme>=1.2'"
        )
    plain, extras, versions = match.groups()
    full = plain if plain == "fgspace" or plain.startswith(PREFIX) else f"{PREFIX}{plain}"
    return f"{full}{extras}{versions}"


def changed_by(arguments: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Run pip, and return a line for each distribution that it has installed, changed or removed.

    Args:
        arguments: those of pip.
        wanted: the distributions that are asked for, for the error where there is no pip.

    Raises:
        FgspaceError: there is no pip, or it fails.
    """
    if find_spec("pip") is None:
        by_hand = command("uv", "pip", arguments[0], "--python", sys.executable, *wanted)
        raise FgspaceError(
            f"{sys.executable} has no pip; {command(sys.executable, '-m', 'ensurepip')} makes it, or: {by_hand}"
        )
    before = _versions()
    options = ["--disable-pip-version-check", "--no-input", "--quiet"]
    words = [sys.executable, "-m", "pip", arguments[0], *options, *arguments[1:]]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", env=_environment())
    if done.returncode:
        raise FgspaceError(_explained(f"{done.stdout}{done.stderr}", arguments[0]))
    return [*_differences(before, _versions())]


def _environment() -> dict[str, str]:
    return {**os.environ, "PIP_RETRIES": os.environ.get("PIP_RETRIES", "1")}


def _versions() -> Mapping[str, str]:
    invalidate_caches()
    return {one.metadata["Name"]: one.version for one in distributions() if one.metadata["Name"]}


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after}, key=lambda name: (not name.startswith("fgspace"), name)):
        old, new = before.get(name), after.get(name)
        if old is None:
            yield f"installed {name} {new}"
        elif new is None:
            yield f"removed {name} {old}"
        elif old != new:
            yield f"changed {name} from {old} to {new}"


def _explained(said: str, what: str) -> str:
    """Return in one sentence why pip failed."""
    if _MANAGED in said:
        return f"{sys.executable} belongs to the system, and pip changes nothing there; make an environment: {_VENV}"
    absent = _ABSENT.search(said)
    if absent and _UNREACHABLE.search(said):
        return f"the package index cannot be reached, so {absent[1]} is not found; --from DIR takes wheels of a folder"
    if absent:
        return f"there is no {absent[1]} where pip looks; fgspace search-plugins lists plugins by what they are for"
    lines = [line.partition("ERROR: ")[2] or line.partition("error: ")[2] for line in said.splitlines()]
    told = next((line for line in lines if line), said.strip().splitlines()[-1] if said.strip() else "it says nothing")
    return f"pip {what} failed: {told}"
