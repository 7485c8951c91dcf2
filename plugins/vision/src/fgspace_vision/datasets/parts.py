"""Which folders are parts of a data set and which are classes, told from their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fgspace import FgspaceError

_WORDS = {
    "train": "train training trn trainval",
    "validation": "val valid validation validate dev devel development eval evaluation",
    "test": "test testing tests tst",
}
_PARTS = {word: part for part, words in _WORDS.items() for word in words.split()}
_FILLERS = frozenset(["set", "data", "dataset", "images", "image", "imgs", "img", "split", "part", "folder", "samples"])


@dataclass(frozen=True)
class Named:
    """The part that a folder names, the rest of its name, and whether the word for the part comes last."""

    part: str
    rest: str
    last: bool


def named(folder: str) -> Named | None:
    """Return the part that a folder's name holds a word for, in any case; None where it holds none, or several."""
    words = [_less_filler(word) for word in re.split(r"[\W\d_]+", _apart(folder).lower())]
    words = [word for word in words if word and word not in _FILLERS]
    found = [word for word in words if word in _PARTS]
    if len(found) != 1:
        return None
    rest = "-".join(word for word in words if word not in _PARTS)
    return Named(_PARTS[found[0]], rest, words[-1] in _PARTS)


def parts_among(name: str, folders: Iterable[str]) -> dict[str, str]:
    """Return the part that each folder is, or nothing where they are classes; `name` is for errors.

    Raises FgspaceError where some look like parts and others do not, or several like the same part.
    """
    listed = sorted(folders)
    known = {folder: found for folder in listed if (found := named(folder))}
    others = [folder for folder in listed if folder not in known]
    rests, parts = {found.rest for found in known.values()}, {found.part for found in known.values()}
    # A class may have such a word in its name, as test_tube has, or freight_train beside steam_train.
    if "" not in rests and len(parts) < 2 and not (others and any(found.last for found in known.values())):
        return {}
    if others:
        raise FgspaceError(
            f"{name}: {next(iter(known))!r} looks like a part of the data, and {others[0]!r} beside it does not; "
            f"expected parts alone or classes alone; rename or move one of them"
        )
    if len(rests) > 1 or len(parts) < len(known):
        raise FgspaceError(
            f"{name}: {', '.join(map(repr, known))} look like parts of the data, expected each part once, "
            "named alike, as 'train', 'val' and 'test'; rename or move one of them"
        )
    return {folder: found.part for folder, found in known.items()}


def _apart(folder: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folder)


def _less_filler(word: str) -> str:
    """Return "train" for "trainset", and any other word as it is."""
    shorter = (word.removesuffix(filler) for filler in sorted(_FILLERS) if word.endswith(filler))
    return next((short for short in shorter if short in _PARTS), word)
