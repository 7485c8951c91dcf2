"""The folder of shared weights: what they were trained for, how far the training is, and the weights."""

import csv
import fcntl
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fgspace import FgspaceError, progress

_IDENTITY, _LOG, _CHECKPOINT, _WEIGHTS, _LOCK = "training.json", "log.csv", "checkpoint.pt", "shared.pt", "lock"


@dataclass(frozen=True)
class SharedFolder:
    """A folder for one training of shared weights; shared.pt is there when it has come to its end."""

    place: Path

    @property
    def weights(self) -> Path:
        """The file of the trained weights."""
        return self.place / _WEIGHTS

    @property
    def checkpoint(self) -> Path:
        """The file that a training goes on from."""
        return self.place / _CHECKPOINT

    def check(self, identity: Mapping[str, Any]) -> None:
        """Check that the folder holds this training, or none.

        Raises:
            FgspaceError: it holds another one.
        """
        file = self.place / _IDENTITY
        if not file.is_file():
            return
        there = json.loads(file.read_text("utf-8"))
        differing = [
            _difference(name, there.get(name), one) for name, one in identity.items() if there.get(name) != one
        ]
        if differing:
            raise FgspaceError(
                f"weights: {str(self.place)!r} holds those of another training: {'; '.join(differing)}; "
                "name another folder"
            )

    def begin(self, identity: Mapping[str, Any]) -> None:
        """Write what is trained here."""
        if not (self.place / _IDENTITY).is_file():
            _replace(self.place / _IDENTITY, json.dumps(identity, indent=2) + "\n")

    def log(self, history: list[dict[str, float]]) -> None:
        """Write log.csv, a row for every epoch."""
        text = io.StringIO()
        table = csv.DictWriter(text, list(history[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(history)
        _replace(self.place / _LOG, text.getvalue())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other process trains here; the lock is free again when a process ends, however it does."""
        self.place.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("waiting for the shared weights")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _difference(name: str, there: Any, here: Any) -> str:
    if name in ("space", "data"):
        return f"the {name} {'is' if name == 'space' else 'are'} another" if name == "space" else "the data are others"
    return f"{name} was {there!r}, is {here!r}"


def _replace(file: Path, text: str) -> None:
    aside = file.with_name(f"{file.name}.aside")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)
