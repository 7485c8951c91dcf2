"""The characters of text files as integers, in three parts: for training, validation and test."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace import FgspaceError


def read(files: Sequence[str]) -> str:
    """Return the text of files, one after the other; raise FgspaceError for one that is no text in UTF-8."""
    try:
        return "\n".join(Path(file := one).read_text(encoding="utf-8") for one in files)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise FgspaceError(f"evaluator: files: {file!r} cannot be read: {why}") from None


def characters(text: str) -> str:
    """Return all different characters, in order; the token of each is its place."""
    return "".join(sorted(set(text)))


def tokens(text: str, part: str) -> list[int]:
    """Return the tokens of the `training`, `validation` or `test` part: the last two tenths are for the latter."""
    tenth = len(text) // 10
    cut = {"training": slice(-2 * tenth), "validation": slice(-2 * tenth, -tenth), "test": slice(-tenth, None)}
    token = {character: index for index, character in enumerate(characters(text))}
    return [token[character] for character in text[cut[part]]]


def small_text(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return an example of `CharacterModelling` for the conformance suite, whose file lies in the folder."""
    file = folder / "text.txt"
    file.write_text("the quick brown fox jumps over the lazy dog\n" * 40, encoding="utf-8")
    network = {"type": "CausalLanguageModel", "vocabulary": 28, "width": 8, "depth": 1, "heads": 2}
    small = {"context": 16, "epochs": 2, "steps": 3, "batch_size": 4}
    return [{"files": [str(file)], **small, "network": network}]
