"""Looks the metrics of a trial up in a table, in place of training."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Self

from fgspace import TrialError
from fgspace.errors import brief

from fgspace_tabular.table import Entry, Key, Wanted, entries, find, said
from fgspace_tabular.words import Template, word

Columns = dict[str, str | list[str]]


@dataclass(frozen=True, kw_only=True)
class TabularBenchmark:
    """Looks the metrics of a trial up in a table, in place of training.

    The table is read once in a process, and a trial takes well below a millisecond. A trial fails where the table has
    no row for it, or no finite number in its row.

    Args:
        file: a table with a row for each network: values separated by commas (.csv) or tabs (.tsv) below a line with
            the names of the columns, or a JSON object in each line (.jsonl); also compressed (.csv.gz). A relative path
            begins in the folder that you search from.
        key: how the row of a trial is found: column → what it holds. That is a dotted path in the description, such as
            `network.depth`, or a text with paths in braces: `'w{stem.width}-d{body.depth}'`. Numbers are compared as
            numbers; the column is empty where a path is not in the description.
        columns: metric → the column that it is read from. Of a list of columns, such as one for each seed of the
            training, one is drawn for each network.
        test_columns: the same for the metrics of the front on held-out data, which the search does not see.
        where: column → the value that it has in all rows that are used, for a table of several data sets.
        seed: draws among the columns of a list.
    """

    file: str
    key: dict[str, str]
    columns: Columns
    test_columns: Columns | None = None
    where: dict[str, str | bool | int | float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for options that make no sense whatever the table is."""
        for name in ("key", "columns"):
            if not getattr(self, name):
                raise ValueError(f"{name}: expected at least one column, got none")
        for option, columns in (("columns", self.columns), ("test_columns", self.test_columns or {})):
            for name, listed in columns.items():
                if not listed:
                    raise ValueError(f"{option}: {name}: expected at least one column, got none")
        if both := [name for name in self.columns if name in (self.test_columns or {})]:
            raise ValueError(f"test_columns: {both[0]!r} is a metric of columns too; call it test_{both[0]}")
        for column, text in self.key.items():
            try:
                Template(text)
            except ValueError as error:
                raise ValueError(f"key: {column}: {error}") from error

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that a search sees."""
        return tuple(self.columns)

    @property
    def data_digest(self) -> str:
        """16 hexadecimal digits, equal where the files are equal; reads the file."""
        with find(self.file).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]

    def prepare(self) -> None:
        """Read the table; raises FgspaceError where it is not there, or not as the options say."""
        self._entries()

    def __call__(self, description: Mapping[str, Any]) -> dict[str, float]:
        """Return the metrics in the row of a description.

        Raises:
            TrialError: there is no row for it, or it holds no finite number.
        """
        chosen = self._chosen(description)
        return chosen._looked_up(description, chosen.columns)

    def test(self, description: Mapping[str, Any]) -> dict[str, float]:
        """Return the metrics of `test_columns` in the row of a description; raises as a call does."""
        chosen = self._chosen(description)
        return chosen._looked_up(description, chosen.test_columns or {})

    def _chosen(self, description: Mapping[str, Any]) -> Self:
        """Return this evaluator with the options of a description over its own."""
        options = {name: value for name, value in description.get("evaluator", {}).items() if name != "type"}
        return replace(self, **options) if options else self

    def _looked_up(self, description: Mapping[str, Any], columns: Columns) -> dict[str, float]:
        key = tuple(Template(text).filled(description) for text in self.key.values())
        entry = self._entries().get(key)
        if entry is None:
            raise TrialError(self._no_row(key, description))
        return {name: self._value(entry, key, listed) for name, listed in columns.items()}

    def _value(self, entry: Entry, key: Key, listed: str | list[str]) -> float:
        """Return what a row holds in a column, or in one of several, the same for a network each time."""
        among = [listed] if isinstance(listed, str) else listed
        column = among[Random(f"{self.seed} {key}").randrange(len(among))]
        value = entry.values[self._wanted.values.index(column)]
        if isinstance(value, str):
            raise TrialError(
                f"{self.file}: line {entry.line}: expected a finite number in column {column!r}, got {brief(value)}"
            )
        return value

    def _no_row(self, key: Key, description: Mapping[str, Any]) -> str:
        missing = [path for text in self.key.values() for path in Template(text).missing(description)]
        hint = f"; the description has no {', '.join(map(repr, missing))}" if missing else ""
        return f"{self.file}: no row with {said(tuple(self.key), key)}{hint}"

    def _entries(self) -> Mapping[Key, Entry]:
        return entries(find(self.file), self._wanted)

    @property
    def _wanted(self) -> Wanted:
        listed = [*self.columns.values(), *(self.test_columns or {}).values()]
        values = dict.fromkeys(one for each in listed for one in ([each] if isinstance(each, str) else each))
        return Wanted(
            tuple(self.key), tuple((name, word(value)) for name, value in (self.where or {}).items()), tuple(values)
        )
