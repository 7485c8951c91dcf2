"""The distributions on the path, as their folders of metadata tell them, without reading more than is asked for."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from importlib_metadata import distributions

_NAME = re.compile(r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?")
"""What a distribution may be called. What pip removes it first renames to `~gspace`; interrupted, it leaves that."""


@dataclass(frozen=True)
class Distribution:
    """A distribution that is installed, or was.

    `folder` is that of its metadata, a path of `pathlib` or inside an archive; None where something else than the path
    finders of Python has found it. `found` is what importlib-metadata returned.
    """

    folder: Any
    found: Any

    @property
    def written(self) -> str:
        """What its folder is called, without the ending: "acme-0.3.1"; empty where that does not tell."""
        name = "" if self.folder is None else self.folder.name
        stem, dot, ending = name.rpartition(".")
        return stem if dot and ending.lower() in ("dist-info", "egg-info") else ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.header("Name") or self.written.partition("-")[0] or "a distribution without a name"

    @property
    def version(self) -> str:
        """Its version."""
        return self.header("Version") or self.written.partition("-")[2].partition("-py")[0] or "of no version"

    @property
    def key(self) -> str:
        """Its name as it is compared, of its folder where that tells: then nothing is read."""
        return normal(self.written.partition("-")[0] or self.name)

    def read(self, file: str) -> bytes | None:
        """Return what is in a file of the metadata, None where there is none.

        Raises:
            OSError: it is there, and cannot be read.
        """
        if self.folder is None:
            text = self.found.read_text(file)
            return None if text is None else text.encode()
        try:
            data: bytes = self.folder.joinpath(file).read_bytes()
        except (FileNotFoundError, KeyError):  # KeyError: in an archive
            return None
        except NotADirectoryError:
            if self.folder.name.endswith(".egg-info"):  # a file may be all that there is of old ones
                return None
            raise
        return data

    def read_or_none(self, file: str) -> bytes | None:
        """Return what is in a file of the metadata, None where there is none that can be read."""
        try:
            return self.read(file)
        except OSError:
            return None

    def header(self, header: str) -> str | None:
        """Return a header of the metadata, such as "Name", None where there is none."""
        data = self.read_or_none("METADATA") or self.read_or_none("PKG-INFO") or b""
        headers = data.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")[0].splitlines()
        found = (line.partition(":") for line in headers)
        return next((value.strip() for name, _, value in found if name.lower() == header.lower()), "") or None


def on_path() -> Iterator[Distribution]:
    """Yield what is on the path, in its order, but for what pip has left of what it removed.

    `importlib_metadata.entry_points` reads the entry points of every distribution and their names by `email`, and looks
    for archives that are not there: that is a quarter of what `fgspace list` costs.
    """
    for found in distributions(path=[entry for entry in sys.path if os.path.exists(entry or ".")]):
        one = Distribution(getattr(found, "_path", None), found)
        if not one.written or _NAME.fullmatch(one.written.partition("-")[0]):
            yield one


def normal(name: str) -> str:
    """Return the name of a distribution in the normal form of the packaging rules (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def real(path: Any) -> PurePath:
    """Return a path with its symbolic links followed; of a path inside an archive, the archive's are."""
    return PurePath(os.path.realpath(str(path)))
