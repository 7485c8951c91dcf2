"""Follows the trials of a store that another process may be writing: opens it, reads what is new, and closes it."""

from contextlib import closing
from pathlib import Path

from fgspace.study.storage.rows import SELECT, SELECT_UNCHECKED
from fgspace.study.storage.schema import closed_counts, has_checksums
from fgspace.study.storage.soundness import sound_trial
from fgspace.study.storage.study_file import explained, reconnected
from fgspace.study.trial import Trial


class Following:
    """Reads the trials of a store in the order of telling, each once.

    Between two looks the file is closed: who writes the store can close it at any time as if nobody had read it.

    Args:
        path: the file of a study that was found sound.
        paths: the hyper-parameters of its space, in order.
    """

    def __init__(self, path: Path, paths: tuple[str, ...]) -> None:
        self._path, self._paths = path, paths
        self._told = 0

    def look(self) -> tuple[list[Trial], list[int], bool]:
        """Return the trials told since the last look, the numbers of those that run, and whether nobody writes it.

        Raises:
            FgspaceError: the file is gone, or damaged.
        """
        with explained(self._path), closing(reconnected(self._path)) as connection:
            connection.execute("BEGIN")  # all of it at one moment
            checked = has_checksums(connection)
            select = SELECT if checked else SELECT_UNCHECKED
            rows = connection.execute(f"{select} WHERE told >= ? ORDER BY told", (self._told,)).fetchall()
            running = connection.execute("SELECT number FROM trials WHERE told IS NULL AND duplicate_of IS NULL")
            numbers = [number for (number,) in running.fetchall()]
            closed = not checked or closed_counts(connection) is not None
        trials = [sound_trial(row, self._paths, has_checksums=checked) for row in rows]
        self._told += len(trials)
        return trials, numbers, closed
