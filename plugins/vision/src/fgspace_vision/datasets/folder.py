"""Images in folders, one a class, as they are or in zips, with or without parts named train, val and test."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from fgspace import FgspaceError

from fgspace_vision.datasets.files import missing, reading, root_of
from fgspace_vision.splits import Part, Splits, cut

_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
_PARTS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}
_ADVICE = "give the folder, or a zip of it, as path"


@dataclass(frozen=True)
class ImageFolder:
    """Images in one folder a class, (3, H, W), or (1, H, W) where `grey`; `path` is the folder, or a zip of it.

    Folders `train`, `val` (or `validation`) and `test` around the class folders are those parts; where there is no
    `test` or no `val`, that fraction is cut from the rest, class by class. `resize: S` scales the shorter side and
    crops the middle, to S×S; without it all images must be of one size. A folder of zips is read as their union.
    """

    path: str
    resize: int | None = None
    grey: bool = False
    validation: float = 0.1
    test: float = 0.1

    @property
    def input_shape(self) -> tuple[int, int, int] | None:
        """(C, H, W), where the options say it."""
        return None if self.resize is None else (1 if self.grey else 3, self.resize, self.resize)

    def load(self, seed: int) -> Splits:
        """Return the three parts, where they are cut from one another by this seed."""
        if self.resize is not None and self.resize < 1:
            raise FgspaceError(f"ImageFolder: resize is {self.resize!r}, expected 1 or more pixels")
        parts, classes = read_images("ImageFolder", self.path, self.resize, self.grey)
        if "train" not in parts:
            raise missing("ImageFolder", self.path, "a 'train' folder beside 'test' or 'val'", _ADVICE)
        test, validation = parts.get("test", self.test), parts.get("validation", self.validation)
        return cut(parts["train"], test, validation, classes, seed, "ImageFolder")


def read_images(
    name: str, path: str, resize: int | None = None, grey: bool = False
) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Return the parts found ("train", "validation", "test") and the class names, sorted; `name` is for errors.

    Images (N, C, H, W) uint8. Raises FgspaceError where there are no images, one is damaged, or sizes differ.
    """
    with ExitStack() as stack:
        files = _list(name, root_of(path), stack)
        if not files:
            raise missing(name, path, "images in one folder a class, there or in zips", _ADVICE)
        placed = [_place(name, file) for file in _without_wrapper(list(files))]
        classes = tuple(sorted({label for _, label in placed}))
        pixels = _read_all(name, files, resize, grey)
    labels = np.array([classes.index(label) for _, label in placed], dtype=np.int64)
    owners = np.array([part for part, _ in placed])
    return {str(part): Part(pixels, labels).take(owners == part) for part in np.unique(owners)}, classes


def _list(name: str, path: Path, stack: ExitStack) -> dict[str, Callable[[], bytes]]:
    """Return how to read each image of a folder, a zip, or a folder of zips, by its name in there, sorted."""
    if path.is_dir():
        inside = sorted(path.rglob("*"))
        files = {file.relative_to(path).as_posix(): file.read_bytes for file in inside if file.is_file()}
        if images := {file: read for file, read in files.items() if _is_image(file)}:
            return images
    images = {}
    for archive in sorted(path.glob("*.zip")) if path.is_dir() else [path] if path.is_file() else []:
        with reading(name, archive):
            opened = stack.enter_context(zipfile.ZipFile(archive))
        images |= {entry: partial(opened.read, entry) for entry in opened.namelist() if _is_image(entry)}
    return dict(sorted(images.items()))


def _is_image(file: str) -> bool:
    path = PurePosixPath(file)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in _SUFFIXES and not hidden


def _without_wrapper(files: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the names as parts, less the folders around everything: one folder alone cannot be a class."""
    parts = [PurePosixPath(file).parts for file in files]
    while min(map(len, parts)) > 1 and len(first := {names[0] for names in parts}) == 1 and not first & _PARTS.keys():
        parts = [names[1:] for names in parts]
    return parts


def _place(name: str, names: tuple[str, ...]) -> tuple[str, str]:
    """Return the part and the class that a file's folders name."""
    part, names = (_PARTS[names[0]], names[1:]) if names[0] in _PARTS else ("train", names)
    if len(names) < 2:
        raise FgspaceError(f"{name}: {names[-1]!r} stands in no class folder; expected one folder of images a class")
    return part, names[0]


def _read_all(name: str, files: Mapping[str, Callable[[], bytes]], resize: int | None, grey: bool) -> np.ndarray:
    pixels: list[np.ndarray] = []
    for file, read in files.items():
        with reading(name, file):
            pixels.append(_decode(read(), resize, grey))
        if pixels[-1].shape != pixels[0].shape:
            (_, height, width), (_, first_height, first_width) = pixels[-1].shape, pixels[0].shape
            raise FgspaceError(
                f"{name}: {file!r} is {height}x{width} and {next(iter(files))!r} is {first_height}x{first_width}, "
                f"expected images of one size; give resize: {min(first_height, first_width)}"
            )
    return np.stack(pixels)


def _decode(encoded: bytes, resize: int | None, grey: bool) -> np.ndarray:
    """Return one image as (C, H, W) uint8."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(encoded)) as image:
            converted = image.convert("L" if grey else "RGB")
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error
    if resize is not None:
        converted = ImageOps.fit(converted, (resize, resize))
    pixels = np.asarray(converted)
    return pixels[None] if grey else pixels.transpose(2, 0, 1)
