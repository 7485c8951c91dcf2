"""Reads a table from a file: comma or tab separated values, or one JSON object a line, also compressed by gzip."""

import csv
import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from fgspace import FgspaceError
from fgspace.errors import brief, did_you_mean

from fgspace_tabular.words import word

NAME = "TabularBenchmark"
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_OBJECTS = (".jsonl", ".ndjson")
_DAMAGE = (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error)

_SHOWN = 4
"""Values that an error about `where` shows."""

Row = tuple[int, Mapping[str, Any]]
"""The line of a row, and its values by column."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row holds in the columns that are looked up; what is no finite number stays as it is."""

    line: int
    values: tuple[float | str, ...]


@dataclass(frozen=True)
class Wanted:
    """The columns by which rows are found, what other columns must hold, and the columns that are looked up."""

    key: Key
    where: tuple[tuple[str, str], ...]
    values: Key


def find(file: str) -> Path:
    """Return the file; raises FgspaceError where there is none, or it is none of the known kinds."""
    path = Path(file).expanduser()
    if _kind(path) not in (*_SEPARATORS, *_OBJECTS):
        known = ", ".join((*_SEPARATORS, *_OBJECTS))
        raise FgspaceError(f"{NAME}: cannot tell how to read {file!r}; expected the ending {known}, and .gz behind it")
    if not path.is_file():
        what = "which is a folder" if path.exists() else "which is not there"
        advice = "write in file: where the table is; a relative path begins in the folder that you search from"
        raise FgspaceError(f"{NAME}: looked for {str(path.absolute())!r}, {what}; {advice}")
    return path


def entries(path: Path, wanted: Wanted) -> Mapping[Key, Entry]:
    """Return the rows of a table by their keys, read once in this process while the file stays as it is.

    Raises:
        FgspaceError: a column is missing or holds no number, two rows have one key and different values, no row is as
            `where` says, or the file is damaged.
    """
    status = path.stat()
    return _read(path, wanted, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, wanted: Wanted, changed: int, size: int) -> Mapping[Key, Entry]:
    found: dict[Key, Entry] = {}
    columns: set[str] = set()
    others: set[Key] = set()
    try:
        for line, row in _rows(path):
            columns.update(row)
            held = tuple(word(row.get(column)) for column, _ in wanted.where)
            if held == tuple(value for _, value in wanted.where):
                _add(found, path, wanted, line, row)
            elif len(others) < _SHOWN:
                others.add(held)
    except _DAMAGE as error:
        cause = str(error) or type(error).__name__
        raise FgspaceError(f"{NAME}: {str(path)!r} is truncated or damaged ({cause}); fetch it again") from error
    _check_columns(path, wanted, columns)
    _check_found(path, wanted, found, others)
    return found


def _add(found: dict[Key, Entry], path: Path, wanted: Wanted, line: int, row: Mapping[str, Any]) -> None:
    key = tuple(word(row.get(column)) for column in wanted.key)
    entry = Entry(line, tuple(_number(row.get(column)) for column in wanted.values))
    before = found.setdefault(key, entry)
    for column, one, other in zip(wanted.values, before.values, entry.values, strict=True):
        if one != other:
            raise FgspaceError(
                f"{NAME}: {str(path)!r}: lines {before.line} and {line} have the same {said(wanted.key, key)}, and"
                f" {column} {one} and {other}; add the column that tells them apart to key, or to where"
            )


def said(columns: Key, key: Key) -> str:
    """Return a key for a message: "arch 'a', depth '3'"."""
    return ", ".join(f"{column} {brief(value)}" for column, value in zip(columns, key, strict=True))


def _number(value: Any) -> float | str:
    """Return a value as a finite number, else as a text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return word(value)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return str(value)
    return number if math.isfinite(number) else str(value)


def _check_columns(path: Path, wanted: Wanted, columns: set[str]) -> None:
    if not columns:
        raise FgspaceError(f"{NAME}: {str(path)!r} holds no rows")
    for column in (*wanted.key, *(column for column, _ in wanted.where), *wanted.values):
        if column not in columns:
            near = did_you_mean(column, columns) or f"; there are {', '.join(sorted(columns))}"
            raise FgspaceError(f"{NAME}: {str(path)!r} has no column {column!r}{near}")


def _check_found(path: Path, wanted: Wanted, found: Mapping[Key, Entry], others: set[Key]) -> None:
    if not found:
        columns, values = zip(*wanted.where, strict=True)
        there = " and ".join(said(columns, held) for held in sorted(others))
        raise FgspaceError(f"{NAME}: {str(path)!r}: no row has {said(columns, values)}, as where says, but {there}")
    for index, column in enumerate(wanted.values):
        if not any(isinstance(entry.values[index], float) for entry in found.values()):
            first = next(iter(found.values())).values[index]
            raise FgspaceError(f"{NAME}: {str(path)!r}: column {column!r} holds no number, but {brief(first)}")


def _kind(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _rows(path: Path) -> Iterator[Row]:
    with _opened(path) as file:
        yield from _objects(path, file) if _kind(path) in _OBJECTS else _separated(path, file)


def _opened(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _separated(path: Path, file: TextIO) -> Iterator[Row]:
    reader = csv.reader(file, delimiter=_SEPARATORS[_kind(path)], strict=True)
    header = [column.strip() for column in next(reader, [])]
    if twice := [column for index, column in enumerate(header) if column in header[:index]]:
        raise FgspaceError(f"{NAME}: {str(path)!r} has two columns {twice[0]!r}; rename one")
    for values in reader:
        if len(values) != len(header) and values:
            raise FgspaceError(
                f"{NAME}: {str(path)!r}: line {reader.line_num} has {len(values)} values, but there are {len(header)}"
                " columns"
            )
        if values:
            yield reader.line_num, dict(zip(header, values, strict=True))


def _objects(path: Path, file: TextIO) -> Iterator[Row]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise FgspaceError(f"{NAME}: {str(path)!r}: line {line} is no JSON object, but {brief(text.strip())}")
        yield line, row
