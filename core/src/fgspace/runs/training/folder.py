"""The folder of a network in training: what it is, how far it is, and what became of it."""

import csv
import io
import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fgspace.documents.reader import read
from fgspace.documents.writer import in_yaml
from fgspace.errors import DescriptionError, FgspaceError
from fgspace.runs.atomic_write import write_atomically
from fgspace.study.border.values import plain_metrics

CHECKPOINT = "checkpoint"
"""What an evaluator goes on from, a folder in the member's folder; removed when all is done."""
_LOG, _METRICS, _FILE = "log.csv", "metrics.json", "experiment.yaml"
_SAME = ("search_space", "evaluator", "seed")


@dataclass(frozen=True)
class EpochLog:
    """Writes log.csv: a row for every epoch, with its metrics. It is the `report` of a training, in any process."""

    folder: Path

    def __call__(self, epoch: int, metrics: Mapping[str, float], *, of: int | None = None) -> None:
        """Write the row of an epoch; an epoch that is told again has one row, and later ones go."""
        rows = [row for row in read_log(self.folder) if int(row["epoch"]) < epoch]
        row = {"epoch": epoch, "epochs": "" if of is None else of, **plain_metrics(metrics)}
        rows = [*rows, {name: str(value) for name, value in row.items()}]
        names = list(dict.fromkeys(name for one in rows for name in one))
        text = io.StringIO()
        table = csv.DictWriter(text, names, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        write_atomically(self.folder / _LOG, text.getvalue())


def read_log(folder: Path) -> list[dict[str, str]]:
    """Return the rows of log.csv, none where there is none yet."""
    with suppress(FileNotFoundError), (folder / _LOG).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
    return []


def is_done(folder: Path) -> bool:
    """Return whether the training in a folder has come to its end."""
    return (folder / _METRICS).is_file()


def begin(folder: Path, experiment: Mapping[str, Any], described: Mapping[str, Any]) -> None:
    """Write what is trained in a folder, where that is not there yet."""
    for name, sections in (("description.yaml", described), (_FILE, experiment)):
        if not (folder / name).is_file():
            write_atomically(folder / name, in_yaml(dict(sections)))


def check_same(folder: Path, sections: Mapping[str, Any]) -> None:
    """Check that what is trained in a folder, if anything, has these sections.

    Raises:
        FgspaceError: the folder holds another training.
    """
    file = folder / _FILE
    differing = list(_differing(_read(file), sections)) if file.is_file() else []
    if differing:
        raise FgspaceError(
            f"{str(folder)!r} holds a training with other settings: {'; '.join(differing)}; "
            "name another --out, or remove the folder"
        )


def finish(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Write the metrics, which says that the training has come to its end, and remove what it could go on from."""
    write_atomically(folder / _METRICS, json.dumps(metrics, indent=2) + "\n")
    shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)


def metrics_in(folder: Path) -> dict[str, float]:
    """Return the numbers in metrics.json."""
    held = json.loads((folder / _METRICS).read_text("utf-8"))
    return {name: value for name, value in held.items() if isinstance(value, int | float)}


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return read(file).data
    except DescriptionError as error:
        raise FgspaceError(f"{file} is damaged; remove the folder, or name another --out") from error


def _differing(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterable[str]:
    for section in _SAME:
        yield from _entries(section, there.get(section), here.get(section))


def _entries(name: str, there: Any, here: Any) -> Iterable[str]:
    if there == here:
        return
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in dict.fromkeys((*there, *here)):
            yield from _entries(f"{name}.{key}", there.get(key), here.get(key))
        return
    yield f"{name} is {json.dumps(there)} there, and {json.dumps(here)} here"
