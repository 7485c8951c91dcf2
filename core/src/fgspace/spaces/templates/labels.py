"""The labels of the options of a choice: what a point says of each."""

from collections.abc import Mapping, Sequence
from typing import Any


def is_plain(option: Any) -> bool:
    """Return whether an option is a value, or a list of values, that a point holds as it is."""
    return all(map(is_plain, option)) if isinstance(option, list) else not isinstance(option, Mapping)


def labels(options: Sequence[Any]) -> tuple[Any, ...]:
    """Return the label of each option: a value itself, or the type of a mapping, numbered where it is not unique."""
    names = [option if is_plain(option) else _name(option) for option in options]
    texts = [name for name in names if isinstance(name, str)]
    return tuple(
        name if is_plain(option) or texts.count(name) == 1 else _numbered(f"{name}#{index}", texts)
        for index, (name, option) in enumerate(zip(names, options, strict=True))
    )


def _numbered(label: str, taken: Sequence[str]) -> str:
    while label in taken:
        label += "#"
    return label


def _name(option: Any) -> str:
    return str(option.get("type", "option")).rpartition("/")[2] if isinstance(option, Mapping) else "option"
