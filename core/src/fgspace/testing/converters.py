"""The conformance suite of converters."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from fgspace.config.converter import Converted, ForeignFile
from fgspace.config.foreign_files import read_foreign
from fgspace.config.loading import SECTIONS
from fgspace.documents.laid_out import laid_out
from fgspace.documents.plain import plain
from fgspace.documents.reader import read_values
from fgspace.plugins.registry import Type
from fgspace.testing.kit.examples import Example

_Files = dict[Path, tuple[ForeignFile, Converted]]
_OTHERS = {
    "experiment.yaml": b"search_space: {depth: {int: [1, 9]}}\nobjectives: {params: min}\n",
    "broken.yaml": b"a: [1\n",
    "empty.yaml": b"",
    "list.json": b"[1, [2, null], {}]",
    "mapping.json": b'{"a": {"b": [true]}, "c": 1.5}',
    "text.txt": b"text",
    "binary.db": b"SQLite format 3\x00\xff\xfe",
}
"""Files that no converter takes for one of its tool."""


class ConverterSuite:
    """What every converter must do: subclass it in a test module, with `converter` and `files`.

        class TestMyConverter(ConverterSuite):
            converter = MyConverter
            files = sorted(Path(__file__).parent.glob("files/*.json"))

    Attributes:
        converter: the class.
        files: files of its tool, each of which it can convert.
    """

    converter: Any = None
    files: Sequence[Path] = ()
    promises: ClassVar[int] = 6

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type; the entry `file` of an example is a file of its tool."""
        suite = cls()
        suite.converter = found.load()
        suite.files = (Path(example.options["file"]),) if "file" in example.options else ()
        return suite

    def given(self, name: str) -> Any:
        """Return what the tests call `converted`: the files, each with what is made of it."""
        return self._converted

    @pytest.fixture
    def converted(self) -> _Files:
        """Convert the files."""
        return self._converted

    @cached_property
    def _converted(self) -> _Files:
        if self.converter is None or not self.files:
            raise NotImplementedError("converter is the class to test, files are files of its tool")
        read = [read_foreign(Path(file)) for file in self.files]
        return {file.path: (file, self.converter().convert(file)) for file in read}

    def test_it_says_what_its_files_are(self, converted: _Files) -> None:
        """The words are on one line, and go on a sentence that begins "it is"."""
        for file, _ in converted.values():
            words = self.converter().recognises(file)
            assert isinstance(words, str), f"{file.path} is not recognised"
            assert words.startswith(("a ", "an ")), words
            assert len(words.splitlines()) == 1

    def test_it_recognises_no_other_file(self, tmp_path: Path) -> None:
        """Experiments of fgspace, broken and empty files, and other text or bytes are none of its tool."""
        for name, data in _OTHERS.items():
            (tmp_path / name).write_bytes(data)
            assert self.converter().recognises(read_foreign(tmp_path / name)) is None, name

    def test_its_sections_are_those_of_an_experiment(self, converted: _Files) -> None:
        """They are plain data, `search_space` among them."""
        for file, made in converted.values():
            assert set(made.sections) <= set(SECTIONS), file.path
            assert "search_space" in made.sections, file.path
            assert plain(made.sections) == made.sections, file.path

    def test_its_notes_name_lines_of_the_file(self, converted: _Files) -> None:
        """Every message is one line without a full stop, and every line is one of the file."""
        for file, made in converted.values():
            lines = len(file.path.read_bytes().splitlines())
            for note in made.notes:
                assert 1 <= note.line <= max(1, lines), note
                assert len(note.message.splitlines()) == 1, note
                assert not note.message.endswith("."), note

    def test_what_is_written_reads_back_the_same(self, converted: _Files) -> None:
        """The text of the new file, with the notes as comments, holds the sections."""
        for file, made in converted.values():
            text = laid_out(plain(made.sections), [(note.at, note.message) for note in made.notes])
            assert read_values(text, str(file.path))[0] == plain(made.sections), file.path

    def test_a_file_is_converted_the_same_twice(self, converted: _Files) -> None:
        """Converting changes neither the file nor the converter."""
        for file, made in converted.values():
            before = file.path.read_bytes()
            assert self.converter().convert(read_foreign(file.path)) == made
            assert file.path.read_bytes() == before
