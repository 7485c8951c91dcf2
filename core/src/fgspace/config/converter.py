"""The contract of a converter, which turns files and studies of another tool into ours, and may write ours for it."""

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
    neither; `problem` then says why, and a converter of files of another kind reads `path`. `address` is what
    `--storage` named in place of a file, such as the URL of a database; `study` is the study in it that `--study`
    named.
    """

    path: FilePath
    data: Any = None
    places: Mapping[Path, Place] = field(default_factory=dict)
    problem: FgspaceError | None = None
    address: str = ""
    study: str | None = None

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
    `trials` are those of a study of the other tool, each a `fgspace.Trial` with a point of this space, numbered from 0.
    """

    sections: Mapping[str, Any]
    notes: tuple[ConversionNote, ...] = ()
    trials: tuple[Any, ...] = ()


@dataclass(frozen=True)
class WrittenStudy:
    """What became of a study for another tool: in words, such as "study 'pruning' of 40 trials", and what it lacks."""

    words: str
    notes: tuple[str, ...] = ()


class Converter(Protocol):
    """Turns files of another tool into experiment files: a class that is made without arguments.

    One with a method `write_study` also writes studies for its tool: see `StudyWriter`.
    """

    def recognises(self, file: ForeignFile) -> str | None:
        """Return what the file is, with its article ("a Vega experiment"), or None where it is none of this tool's.

        It is called for any file that is not an experiment, and returns for all of them.
        """

    def convert(self, file: ForeignFile) -> Converted:
        """Return the experiment of a file that it recognises.

        Raises:
            FgspaceError: nothing of the file can be carried over; the message says why.
        """


class StudyWriter(Converter, Protocol):
    """A converter that also writes studies for its tool."""

    def write_study(self, study: Any, experiment: Any, storage: str, name: str) -> WrittenStudy:
        """Write a study for the other tool.

        Args:
            study: its `fgspace.Results`.
            experiment: the experiment that it searches: its `space`, and `document.data` with the sections of its file.
            storage: where to write it, as the tool names such places.
            name: what to call it there.

        Raises:
            FgspaceError: it cannot be written there; the message says why.
        """
