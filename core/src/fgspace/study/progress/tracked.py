"""Writes the progress of trials to a folder while they run, wherever that is: one small file for each."""

import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fgspace.study.progress.progress import Listener, Progress, heard_by, listener_of_context

_BURST, _EVERY = 4, 0.5
"""A file is written this often at once, and then every so many seconds."""


class Tracked:
    """Evaluates with an evaluator, and keeps a file in a folder that says what it is at.

    The files are `trial-NUMBER.json`, and `process-HOST-PID.json` while a worker gets ready. Where the folder is not
    there, as on a machine that does not share it, nothing is written. Called with the number of the trial first.
    """

    def __init__(self, evaluate: Callable[..., Any], folder: Path) -> None:
        self._evaluate = evaluate
        self._folder = str(folder)

    def prepare(self) -> None:
        """Call the evaluator's `prepare`, if it has one."""
        if hasattr(self._evaluate, "prepare"):
            file = _ProgressFile(self._folder, f"process-{socket.gethostname()}-{os.getpid()}")
            try:
                with heard_by(file):
                    self._evaluate.prepare()
            finally:
                file.remove()

    def __call__(self, number: int, description: Mapping[str, Any], *rest: Any) -> Any:
        """Evaluate the description of the trial of this number."""
        # As `heard_by` does, which takes longer than all else in a fast study: the listener of a thread stays, and
        # hears of no trial between two calls; and there is a file only for trials that say something.
        heard = listener_of_context.get()
        if not isinstance(heard, _Heard) or heard.number is not None or heard.folder is not self._folder:
            heard = _Heard(self._folder, heard)
            listener_of_context.set(heard)
        heard.number = number
        try:
            return self._evaluate(description, *rest)
        finally:
            heard.number = None
            if heard.file is not None:
                heard.file.remove()
                heard.file = None


class _Heard:
    """Hears the progress of the trials that a thread evaluates, one after the other."""

    __slots__ = ("file", "folder", "number", "outside")

    def __init__(self, folder: str, outside: Listener | None) -> None:
        self.folder, self.outside = folder, outside
        self.number: int | None = None
        self.file: _ProgressFile | None = None

    def __call__(self, told: Progress) -> None:
        if self.outside is not None:
            self.outside(told)
        if self.number is None:
            return
        if self.file is None:
            self.file = _ProgressFile(self.folder, f"trial-{self.number}")
        self.file(told)


class _ProgressFile:
    """Writes the progress that it hears to a file, a few times a second at most."""

    def __init__(self, folder: str, name: str) -> None:
        self._path = f"{folder}/{name}.json"
        self._reports: list[tuple[int, Mapping[str, float]]] = []
        self._allowed, self._since = float(_BURST), time.monotonic()

    def remove(self) -> None:
        """Remove the file, if it was written."""
        with suppress(OSError):
            os.unlink(self._path)

    def __call__(self, told: Progress) -> None:
        if told.metrics is not None:
            self._reports.append((told.done or 0, told.metrics))
        now = time.monotonic()
        self._allowed = min(_BURST, self._allowed + (now - self._since) / _EVERY)
        self._since = now
        if self._allowed < 1:
            return
        self._allowed -= 1
        with suppress(OSError):  # no trial fails because nobody can read what it is at
            replace_file(self._path, json.dumps(self._content(told)))

    def _content(self, told: Progress) -> dict[str, Any]:
        at = {"pid": os.getpid(), "at": time.time(), "what": told.what, "done": told.done, "of": told.of}
        return {**at, "reports": self._reports}


def replace_file(path: str | Path, text: str) -> None:
    """Write a small file so that it is read whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    part = f"{path}.{os.getpid()}"
    try:
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            os.unlink(part)
        raise
