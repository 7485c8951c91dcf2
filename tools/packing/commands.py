"""Runs a program and keeps what it prints for the report of a failure."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


class Failed(Exception):
    """A step that did not do what it should; the text is for the report."""


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Run a program in a folder and return what it prints on stdout.

    Nothing of the surrounding environment that steers Python or the choice of plugins reaches it.

    Raises:
        Failed: it ends with another status than 0; the text is the command and all that it printed.
    """
    words = [str(word) for word in command]
    steering = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "FGSPACE_PLUGINS", "FGSPACE_DISABLE_PLUGINS")
    environment = {name: value for name, value in os.environ.items() if name not in steering}
    ended = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise Failed(f"{' '.join(words)}\n{ended.stdout}{ended.stderr}".rstrip())
    return ended.stdout
