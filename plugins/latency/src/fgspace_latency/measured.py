"""Reads the networks that were measured on a device: a table with a row a network, its point and its milliseconds."""

import csv
import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fgspace import FgspaceError, Space
from fgspace.errors import did_you_mean

Row = Mapping[str, str]


def read(file: str, space: Space, key: Mapping[str, str] | None, column: str) -> list[tuple[dict[str, Any], float]]:
    """Return point and milliseconds of each row.

    Args:
        file: a CSV, also compressed by gzip, with a line of names.
        space: the space that the networks are of.
        key: column → what it holds, with the paths of hyper-parameters in braces, such as "|{cell.0}~0|{cell.1}~0|";
            left out, each hyper-parameter has a column of its path.
        column: the column of the milliseconds.

    Raises:
        FgspaceError: the file cannot be read, lacks a column, or a row is no network of the space or no number.
    """
    rows = list(_rows(Path(file).expanduser(), file))
    values = {path: _texts(one) for path, one in space.hyper_parameters.items()}
    patterns = {name: _pattern(template, name, values) for name, template in (key or {}).items()}
    _check_columns(file, rows[0][1] if rows else {}, [column, *(patterns or values)])
    return [(_point(file, line, row, patterns, values), _number(file, line, row, column)) for line, row in rows]


def _rows(path: Path, file: str) -> Iterator[tuple[int, Row]]:
    if not path.is_file():
        raise FgspaceError(f"measured: there is no file {file!r}; a relative path begins in the folder you search from")
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as text:
            reader = csv.DictReader(text)
            for row in reader:
                yield reader.line_num, {name: value or "" for name, value in row.items() if name is not None}
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise FgspaceError(f"measured: {file!r} cannot be read: {error}") from error


def _check_columns(file: str, row: Row, wanted: list[str]) -> None:
    for name in wanted:
        if name not in row:
            near = did_you_mean(name, row) or f"; it has {', '.join(row) or 'no rows'}"
            raise FgspaceError(f"measured: {file!r} has no column {name!r}{near}")


def _pattern(template: str, column: str, paths: Mapping[str, Any]) -> "_Pattern":
    """Return what finds the values of hyper-parameters in a text that was made by a template."""
    pieces = re.split(r"\{([^{}]+)\}", template)
    for path in pieces[1::2]:
        if path not in paths:
            raise FgspaceError(f"key.{column}: there is no hyper-parameter {path!r}{did_you_mean(path, paths)}")
    parts = [re.escape(piece) if index % 2 == 0 else "(.+?)" for index, piece in enumerate(pieces)]
    return _Pattern("".join(parts), tuple(pieces[1::2]))


class _Pattern:
    """A pattern with the path that each of its groups is of."""

    def __init__(self, pattern: str, paths: tuple[str, ...]) -> None:
        self._pattern, self._paths = re.compile(pattern), paths

    def values(self, text: str) -> dict[str, str] | None:
        """Return path → text; None where the text does not have this form."""
        found = self._pattern.fullmatch(text)
        return None if found is None else dict(zip(self._paths, found.groups(), strict=True))


def _point(
    file: str, line: int, row: Row, patterns: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    written = {path: row[path] for path in values} if not patterns else {}
    for column, pattern in patterns.items():
        found = pattern.values(row[column])
        if found is None:
            raise FgspaceError(
                f"measured: line {line} of {file!r}: {column} is {row[column]!r}, not of the form of key"
            )
        written |= found
    return {path: _value(file, line, path, text, values[path]) for path, text in written.items()}


def _value(file: str, line: int, path: str, text: str, known: Mapping[str, Any]) -> Any:
    if text in known:
        return known[text]
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        near = did_you_mean(text, known)
        raise FgspaceError(f"measured: line {line} of {file!r}: {path} has no value {text!r}{near}") from None


def _number(file: str, line: int, row: Row, column: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise FgspaceError(
            f"measured: line {line} of {file!r}: expected milliseconds above 0 in {column}, got {row[column]!r}"
        )
    return number


def _texts(domain: Any) -> dict[str, Any]:
    """Return text → option of the options of a choice; nothing for another domain."""
    return {_written(option): option for option in getattr(domain, "options", ())}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
