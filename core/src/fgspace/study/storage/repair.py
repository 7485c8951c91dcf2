"""Copies what is sound of a damaged store into a new one."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fgspace.errors import FgspaceError
from fgspace.study.identity import Identity
from fgspace.study.storage.header import mend
from fgspace.study.storage.lock import WriterLock
from fgspace.study.storage.log import damage_of_log, log_of
from fgspace.study.storage.rows import SELECT, SELECT_UNCHECKED, Row, to_trial
from fgspace.study.storage.schema import believed_count, has_checksums, held_out, read_identity, read_identity_again
from fgspace.study.storage.soundness import is_outcome_sound, is_proposal_sound, sound_trial
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.storage.study_file import FILE, explained, lacks_log, refuse_foreign
from fgspace.study.trial import Metrics, Trial

_GAP = 10_000
"""The number of missing rows, one after the other, after which no further row is looked for."""
_SMALLEST = 16
"""Bytes that a row has at least."""
_BEGUN: Mapping[str, Any] = {"state": "running", "metrics": {}, "error": None, "seconds": None, "curve": ()}


@dataclass(frozen=True)
class Salvage:
    """What is sound of a store, all of it by the numbers of the old store.

    `trials` holds a trial whose outcome is damaged as running, to be evaluated again: `again` has its number. `lost`
    has the numbers of the trials whose points are damaged or missing. `told` is the order of telling. `log` says in
    words what is wrong with the write-ahead log, which may have held further trials, or else with the file as a whole.
    """

    identity: Identity
    trials: Mapping[int, Trial]
    told: tuple[int, ...]
    held_out: Mapping[int, Metrics]
    again: tuple[int, ...]
    lost: tuple[int, ...]
    log: str | None

    @property
    def numbers(self) -> dict[int, int]:
        """The new number of each trial, by its old one: without gaps, in the same order."""
        return {old: new for new, old in enumerate(sorted(self.trials))}


def salvage(path: Path) -> Salvage:
    """Read what is sound of a store, which stays as it is.

    Raises:
        FgspaceError: there is no study, another process writes it, or the row that says what it searches is damaged.
    """
    if not path.is_file():
        raise FgspaceError(f"there is no study at {str(path)!r}; name the folder of one")
    with explained(path), closing(WriterLock(path, is_alone=path.name == FILE)), _copy(path) as copy:
        log = _state_of_log(copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA cell_size_check = ON")
            return _salvaged(connection, path, log)


def write_salvage(found: Salvage, place: Path) -> None:
    """Write what was salvaged to a new store, its trials numbered without gaps."""
    numbers = found.numbers
    with closing(SqliteStore(place, found.identity)) as store:
        for old in numbers:
            store.add(replace(_renumbered(found.trials[old], numbers), **_BEGUN))
        for old in found.told:
            store.finish(_renumbered(found.trials[old], numbers))
        for old, metrics in found.held_out.items():
            store.keep_held_out(numbers[old], metrics)


@contextmanager
def _copy(path: Path) -> Iterator[Path]:
    """Copy a store and the logs beside it: to open them changes them."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal", "-journal"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                shutil.copy(part, folder)
        copy = Path(folder) / path.name
        mend(copy, has_log=log_of(copy).exists())
        yield copy


def _state_of_log(path: Path) -> str | None:
    if (damage := damage_of_log(path)) is not None:
        return damage
    return f"its log, {log_of(path).name!r}, is missing" if lacks_log(path) else None


def _salvaged(connection: sqlite3.Connection, path: Path, log: str | None) -> Salvage:
    refuse_foreign(connection, path)
    checked, identity = _identified(connection, path)
    # No more than there is room for: the number itself may be damaged.
    room = path.stat().st_size // _SMALLEST
    most = max(0, min(believed_count(connection), room)) if checked else 0
    rows = dict(_rows(connection, SELECT if checked else SELECT_UNCHECKED, most))
    trials: dict[int, Trial] = {}
    told: dict[int, int] = {}
    for number, row in rows.items():
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            if checked and not is_outcome_sound(row) and is_proposal_sound(row):
                row = (*row[:1], "running", row[2], "{}", None, None, *row[6:8], None, None, *row[10:])
                trials[number] = to_trial(row, identity.paths)
            else:
                trials[number] = sound_trial(row, identity.paths, has_checksums=checked)
            if row[8] is not None:
                told[row[8]] = number
    given = {
        number: Trial(number, dict(point), lineage={"operator": "given", "parents": []})
        for number, point in enumerate(identity.initial_points[:most])
        if number not in trials
    }
    trials |= given
    again = [number for number, row in rows.items() if number in trials and row[1] != trials[number].state]
    return Salvage(
        identity,
        trials,
        tuple(number for _, number in sorted(told.items())),
        _held_out(connection, trials) if checked else {},
        tuple(sorted({*again, *given})),
        tuple(number for number in range(_end(most, rows, room)) if number not in trials),
        log,
    )


def _identified(connection: sqlite3.Connection, path: Path) -> tuple[bool, Identity]:
    """Return whether a store has checksums, and its identity, from either copy."""
    unreadable = (ValueError, TypeError, KeyError, AttributeError, sqlite3.DatabaseError)
    try:
        checked = has_checksums(connection, ("study", "trials"))
        with suppress(*unreadable):
            return checked, read_identity(connection, checked=checked)
        return checked, read_identity_again(connection)
    except unreadable as error:
        raise FgspaceError(
            f"{str(path)!r} cannot be repaired: what it says of the study as a whole is damaged; start anew"
        ) from error


def _rows(connection: sqlite3.Connection, select: str, most: int) -> Iterator[tuple[int, Row]]:
    """Yield the rows that SQLite can read, one by one: where a page is damaged, those on others are still found."""
    number, missing = 0, 0
    while number < most or missing < _GAP:
        row = None
        with suppress(sqlite3.DatabaseError):
            row = connection.execute(f"{select} WHERE number = ?", (number,)).fetchone()
        if row is not None:
            yield number, row
        missing = missing + 1 if row is None else 0
        number += 1


def _end(most: int, rows: Iterable[int], room: int) -> int:
    """Return the number of trials that a store had, as far as that is known."""
    return most or max((number + 1 for number in rows if number < room), default=0)


def _held_out(connection: sqlite3.Connection, trials: Mapping[int, Trial]) -> dict[int, Metrics]:
    found: dict[int, Metrics] = {}
    for number, trial in trials.items():
        with suppress(ValueError, TypeError, sqlite3.DatabaseError):
            if trial.state == "complete" and (metrics := held_out(connection, number)) is not None:
                found[number] = metrics
    return found


def _renumbered(trial: Trial, numbers: Mapping[int, int]) -> Trial:
    """Return the trial with the new numbers, without those of trials that are lost."""
    lineage = dict(trial.lineage)
    if "parents" in lineage:
        lineage["parents"] = [numbers[parent] for parent in lineage["parents"] if parent in numbers]
    original = None if trial.duplicate_of is None else numbers.get(trial.duplicate_of)
    return replace(trial, number=numbers[trial.number], lineage=lineage, duplicate_of=original)
