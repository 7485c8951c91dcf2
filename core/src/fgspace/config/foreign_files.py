"""Finds the converter of a file of another tool, and tells users of other commands to convert it first."""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from fgspace.config.converter import ForeignFile
from fgspace.documents.reader import read_values
from fgspace.documents.shell import command as in_shell
from fgspace.errors import DescriptionError, FgspaceError, Place, Problem, nearest
from fgspace.plugins.official_names import KNOWN_PLUGINS
from fgspace.plugins.registry import Registry, Type

_PLUGIN = "migrate"
"""The plugin of this project that has converters."""


def read_foreign(path: FilePath) -> ForeignFile:
    """Read a file as far as it is YAML or JSON.

    Raises:
        FgspaceError: there is no such file, or it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FgspaceError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    try:
        text = data.decode("utf-8-sig")
        # Tabs may stand between the values of JSON, but not in YAML; inside text, JSON writes them as \t.
        spaced = text.replace("\t", " ") if text.lstrip()[:1] in ("[", "{") else text
        return ForeignFile(path, *read_values(spaced, str(path)))
    except UnicodeDecodeError:
        return ForeignFile(path, problem=FgspaceError(f"{path}: expected text in UTF-8"))
    except FgspaceError as error:
        return ForeignFile(path, problem=error)


def read_storage(address: str, study: str | None) -> ForeignFile:
    """Return what `--storage` names: a file, read as far as it is text, or an address that only its converter reads.

    Raises:
        FgspaceError: there is no such file, or it cannot be read.
    """
    if "://" not in address:
        return replace(read_foreign(FilePath(address)), study=study)
    nothing = FgspaceError(f"{address}: no converter knows such an address")
    return ForeignFile(FilePath(address.rpartition("/")[2]), problem=nothing, address=address, study=study)


def recognised(file: ForeignFile, registry: Registry) -> dict[str, tuple[Type, str]]:
    """Return name → converter, and what it takes the file for, of all converters that recognise it."""
    found: dict[str, tuple[Type, str]] = {}
    for one in registry.types:
        if one.kind == "converter" and (words := _recognised_by(one, file)) is not None:
            found[registry.shortest(one)] = one, words
    return found


def advised(error: FgspaceError, path: FilePath, registry: Registry, sections: Collection[str]) -> FgspaceError:
    """Return the error of reading a file as an experiment; if it is a file of another tool, one on how to convert it.

    Where it may be one, having others than the sections of an experiment, and the converters of this project are
    missing, the error also says how to get them.
    """
    try:
        file = read_foreign(path)
    except FgspaceError:
        return error
    for _, words in recognised(file, registry).values():
        return FgspaceError(f"{path}: is {words}; convert it by: {command(path)}")
    lacking = lacks_converters(registry)
    if lacking is None or not _is_foreign(file.data, sections):
        return error
    told = f"a file of another tool is converted by {command(path)}, {lacking}"
    problems = error.problems if isinstance(error, DescriptionError) else (Problem("", str(error)),)
    return DescriptionError([*problems, Problem("", told, Place(str(path), 1, 1))])


def lacks_converters(registry: Registry) -> str | None:
    """Return what is to be done before the converters of this project can be used; None if nothing is."""
    for record in registry.plugins:
        if record.name == _PLUGIN:
            return None if record.state == "ok" else f"once a plugin works: {record}"
    return f"after pip install {KNOWN_PLUGINS[_PLUGIN]}"


def command(path: FilePath) -> str:
    """Return the command that converts a file."""
    return in_shell("fgspace", "convert", path)


def _recognised_by(one: Type, file: ForeignFile) -> str | None:
    try:
        words: str | None = one.load()().recognises(file)
    except Exception as error:  # code of a plugin: it loses only itself
        warnings.warn(f"converter {one.name!r} ({one.origin}) failed: {error}", stacklevel=2)
        return None
    return words


def _is_foreign(data: Any, sections: Collection[str]) -> bool:
    """Return whether what a file holds is unlike an experiment, rather than one with a mistake."""
    if isinstance(data, Mapping):
        return nearest("search_space", data) is None and not set(data) <= set(sections)
    return isinstance(data, list)
