"""The images below a folder or in zips: what is there, what is left out, and how each is read."""

import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath

from fgspace import FgspaceError

from fgspace_vision.datasets.archives import unpack
from fgspace_vision.datasets.files import reading
from fgspace_vision.datasets.parts import named, parts_among

# Formats that Pillow opens, but cannot decode by itself, or that are no pictures.
_NO_IMAGES = frozenset(["EPS", "BUFR", "GRIB", "HDF5", "IPTC", "MPEG", "WMF", "FITS"])
_LITTER = frozenset(["thumbs.db", "desktop.ini"])


@dataclass(frozen=True)
class Found:
    """One image: its name for errors, its folders and file name, how its bytes are read, and what changes with them."""

    name: str
    path: tuple[str, ...]
    read: Callable[[], bytes]
    state: Callable[[], object] = str


@dataclass(frozen=True)
class Listing:
    """The images, the folders (each as its path), and the other files that lie in a folder."""

    images: tuple[Found, ...] = ()
    folders: tuple[tuple[str, ...], ...] = ()
    others: tuple[str, ...] = ()

    def under(self, folder: str) -> "Listing":
        """Return the same with one more folder around everything."""
        images = tuple(Found(image.name, (folder, *image.path), image.read, image.state) for image in self.images)
        return Listing(images, ((folder,), *((folder, *inner) for inner in self.folders)), self.others)

    @property
    def empty(self) -> list[tuple[str, ...]]:
        """The folders that hold no image at any depth."""
        full = {image.path[:depth] for image in self.images for depth in range(len(image.path))}
        return [folder for folder in self.folders if folder not in full]


@cache
def formats() -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the formats that are read here, by Pillow's names, and the suffixes of their files."""
    from PIL import Image

    suffixes = Image.registered_extensions()
    names = tuple(sorted(Image.OPEN.keys() - _NO_IMAGES))
    return names, frozenset(suffix for suffix, form in suffixes.items() if form in names)


def list_images(name: str, path: Path, stack: ExitStack) -> Listing:
    """Return what a folder, a zip, or a folder of zips holds, sorted; `stack` keeps the zips open."""
    if not path.is_dir():
        return list_zips(name, [path] if path.is_file() else [], stack)
    inside = list_folder(name, path)
    zips = sorted(file for file in path.iterdir() if file.suffix.lower() == ".zip" and _is_shown(file.name))
    if not inside.images:
        return list_zips(name, zips, stack) if zips else inside
    return Listing(inside.images, inside.folders, (*inside.others, *(file.name for file in zips)))


def list_folder(name: str, path: Path) -> Listing:
    """Return what a folder holds, links followed. Raises FgspaceError for a loop and for a link to nothing."""
    with reading(name, path):
        entries = sorted(_walk(name, path, (), ()))
    files = [inner for inner, is_folder in entries if not is_folder]
    return Listing(
        tuple(_in_folder(path, file) for file in files if _is_image(file)),
        tuple(inner for inner, is_folder in entries if is_folder),
        tuple("/".join(file) for file in files if len(file) > 1 and not _is_image(file)),
    )


def _in_folder(root: Path, file: tuple[str, ...]) -> Found:
    place = "/".join((str(root), *file))
    return Found("/".join(file), file, partial(_bytes_of, place), partial(_state_of, place))


def _bytes_of(place: str) -> bytes:
    with open(place, "rb") as opened:
        return opened.read()


def _state_of(place: str) -> object:
    status = os.stat(place)
    return place, status.st_size, status.st_mtime_ns


def _crc_of(entry: zipfile.ZipInfo) -> object:
    return entry.CRC, entry.file_size


def _walk(
    name: str, root: Path, inner: tuple[str, ...], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the path of each file and folder below, and whether it is a folder."""
    folder = root.joinpath(*inner)
    real = os.path.realpath(folder)
    if real in above:
        raise FgspaceError(f"{name}: {str(folder)!r} is a link to {real!r}, which it lies in; remove the link")
    with os.scandir(folder) as opened:
        entries = list(opened)
    for entry in entries:
        if not _is_shown(entry.name):
            continue
        if entry.is_symlink() and not os.path.exists(entry.path):
            raise FgspaceError(f"{name}: {entry.path!r} is a link to nothing; remove it, or make it anew")
        path = (*inner, entry.name)
        yield path, entry.is_dir()
        if entry.is_dir():
            yield from _walk(name, root, path, (*above, real))


def list_zips(name: str, archives: Sequence[Path], stack: ExitStack) -> Listing:
    """Return what zips hold together; zips that are named as parts, and hold none, are these parts."""
    held = {archive: _list_zip(name, archive, stack, len(archives) > 1) for archive in archives}
    if len(archives) > 1 and not any(map(_holds_parts, held.values())):
        parts = parts_among(name, [archive.stem for archive in archives])
        held = {archive: inside.under(archive.stem) if parts else inside for archive, inside in held.items()}
    return joined(held.values())


def joined(listings: Iterable[Listing]) -> Listing:
    """Return what several listings hold together, the images sorted by their names."""
    together = list(listings)
    images = [image for inside in together for image in inside.images]
    return Listing(
        tuple(sorted(images, key=lambda image: "/".join(image.path))),
        tuple(folder for inside in together for folder in inside.folders),
        tuple(file for inside in together for file in inside.others),
    )


def _holds_parts(inside: Listing) -> bool:
    folders = {folder for image in inside.images for folder in image.path[:-1]}
    return any(not found.rest for folder in folders if (found := named(folder)))


def _list_zip(name: str, archive: Path, stack: ExitStack, several: bool) -> Listing:
    with reading(name, archive):
        opened = stack.enter_context(zipfile.ZipFile(archive))
    entries = {PurePosixPath(entry.filename).parts: entry for entry in opened.infolist()}
    entries = {path: entry for path, entry in entries.items() if path and all(map(_is_shown, path))}
    files = [path for path, entry in entries.items() if not entry.is_dir()]
    folders = {file[:depth] for file in files for depth in range(1, len(file))}
    folders |= {path for path, entry in entries.items() if entry.is_dir()}
    label = f"{archive.name}/" if several else ""
    return Listing(
        tuple(
            Found(
                label + "/".join(file),
                file,
                partial(unpack, name, archive, opened, entries[file]),
                partial(_crc_of, entries[file]),
            )
            for file in files
            if _is_image(file)
        ),
        tuple(sorted(folders)),
        tuple(label + "/".join(file) for file in files if len(file) > 1 and not _is_image(file)),
    )


def _is_shown(entry: str) -> bool:
    return not entry.startswith((".", "__MACOSX")) and entry.lower() not in _LITTER


def _is_image(file: tuple[str, ...]) -> bool:
    return PurePosixPath(file[-1]).suffix.lower() in formats()[1]
