"""Where the images of CIFAR lie in a folder that may hold other data: in folders and zips of their own names."""

import re
from contextlib import ExitStack
from pathlib import Path

from fgspace_vision.datasets.listing import Listing, joined, list_folder, list_zips
from fgspace_vision.datasets.parts import named


def list_own(name: str, path: Path, stack: ExitStack) -> Listing:
    """Return the images of the data set `name` at a path: a zip, a folder, or one in it that is named after the data.

    In a folder, the folders of the parts are read, else the zips named after the data, else the zips of the parts.
    Nothing else that lies there is looked at.
    """
    if path.is_file():
        return list_zips(name, [path], stack)
    inside = sorted(path.iterdir()) if path.is_dir() else []
    for folder in (path, *(entry for entry in inside if entry.is_dir() and _is_own(name, entry.name))):
        found = _list(name, folder, stack)
        if found.images:
            return found
    return Listing()


def _list(name: str, folder: Path, stack: ExitStack) -> Listing:
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    parts = [entry for entry in entries if entry.is_dir() and _is_part(entry.name)]
    if parts:
        return joined([list_folder(name, part).under(part.name) for part in parts])
    zips = [entry for entry in entries if entry.suffix.lower() == ".zip"]
    own = [entry for entry in zips if _is_own(name, entry.stem)]
    return list_zips(name, own or [entry for entry in zips if _is_part(entry.stem)], stack)


def _is_own(name: str, file: str) -> bool:
    return re.match(rf"{name.lower()}(?!\d)", re.sub(r"[\W_]+", "", file.lower())) is not None


def _is_part(file: str) -> bool:
    found = named(file)
    return found is not None and not found.rest
