"""The contract of a converter, which turns a file of another tool into an experiment file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Protocol

from fgspace.documents.document import Path
from fgspace.errors import FgspaceError, Place


@dataclass(frozen=True)
class ForeignFile:
    """A file that another tool may have written.

    `data` is what it holds as YAML or JSON, read safely: mappings, lists and scalars. It is None where the file is
    neither; `problem` then says why, and a converter of files of another kind reads `path`.
    """

    path: FilePath
    data: Any = None
    places: Mapping[Path, Place] = field(default_factory=dict)
    problem: FgspaceError | None = None

    def line(self, at: Path) -> int:
        """Return the line of a value, or of the nearest value around it, from 1."""
        while at and at not in self.places:
            at = at[:-1]
        return self.places[at].line if at in self.places else 1


@dataclass(frozen=True)
class ConversionNote:
    """Something of a file that was not carried over as it stands, and why.

    `line` is its line in that file, `at` the path of the value in the experiment above which a comment says so.
    """

    message: str
    line: int
    at: Path = ()


@dataclass(frozen=True)
class Converted:
    """What became of a file: the sections of an experiment as plain JSON, and what was not carried over.

    A mapping that stands in several places is written as an anchor with aliases: a domain there is one hyper-parameter.
    """

    sections: Mapping[str, Any]
    notes: tuple[ConversionNote, ...] = ()


class Converter(Protocol):
    """Turns files of another tool into experiment files: a class that is made without arguments."""

    def recognises(self, file: ForeignFile) -> str | None:
        """Return what the file is, with its article ("a Vega experiment"), or None where it is none of this tool's.

        It is called for any file that is not an experiment, and returns for all of them.
        """

    def convert(self, file: ForeignFile) -> Converted:
        """Return the experiment of a file that it recognises.

        Raises:
            FgspaceError: nothing of the file can be carried over; the message says why.
        """
