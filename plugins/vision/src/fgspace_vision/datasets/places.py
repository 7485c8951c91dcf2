"""The part and the class of each image, from the folders around it; what is left empty is an error."""

from collections.abc import Sequence

from fgspace import FgspaceError

from fgspace_vision.datasets.listing import Listing
from fgspace_vision.datasets.parts import named, parts_among

Path = tuple[str, ...]
Placed = tuple[str, str]
"""A part ("train", "validation", "test") and a class."""


def place_all(name: str, listing: Listing) -> list[Placed]:
    """Return the part and the class of each image, in the order of the listing; `name` is for errors.

    Raises FgspaceError for an image in no class folder, a class or part without images, a class that is not trained.
    """
    files, empty = _without_wrapper(name, [image.path for image in listing.images], listing.empty)
    parts = parts_among(name, {path[0] for path in files if len(path) > 1})
    inner = _inner(files, parts)
    placed = [_place(name, path, parts, inner) for path in files]
    _check_empty(name, empty, parts, inner, set(placed))
    _check_trained(name, set(placed))
    return placed


def _without_wrapper(name: str, files: list[Path], empty: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return the paths less the folders around everything: one folder alone cannot be a class."""
    while min(map(len, files)) > 1 and len({path[0] for path in [*files, *empty]}) == 1:
        if parts_among(name, {files[0][0]}):
            break
        files, empty = [path[1:] for path in files], [path[1:] for path in empty if len(path) > 1]
    return files, empty


def _inner(files: Sequence[Path], parts: dict[str, str]) -> dict[str, int]:
    """Return how many folders lie around all the classes of each part, its own included."""
    inner = {}
    for folder, part in parts.items():
        paths = [path for path in files if path[0] == folder]
        depth = 1
        while min(map(len, paths)) > depth + 1 and len({path[depth] for path in paths}) == 1:
            again = named(paths[0][depth])
            if min(map(len, paths)) == depth + 2 and not (again and again.part == part):
                break
            depth += 1
        inner[folder] = depth
    return inner


def _place(name: str, path: Path, parts: dict[str, str], inner: dict[str, int]) -> Placed:
    part = parts.get(path[0], "train") if len(path) > 1 else "train"
    path = path[inner.get(path[0], 0) :] if len(path) > 1 else path
    if len(path) < 2:
        raise FgspaceError(f"{name}: {path[-1]!r} stands in no class folder; expected one folder of images a class")
    return part, path[0]


def _check_empty(
    name: str, empty: Sequence[Path], parts: dict[str, str], inner: dict[str, int], placed: set[Placed]
) -> None:
    for path in empty:
        if parts and path[0] not in parts:
            found = named(path[0])
            if found is None or found.rest:
                continue  # what lies beside the parts is none of them
            raise FgspaceError(f"{name}: the folder {path[0]!r} holds no image that is read; fill it, or remove it")
        label = path[inner.get(path[0], 0) :]
        if label and (parts.get(path[0], "train"), label[0]) not in placed:
            folder = "/".join(path[: len(path) - len(label) + 1])
            raise FgspaceError(
                f"{name}: the class folder {folder!r} holds no image that is read; fill it, or remove it"
            )


def _check_trained(name: str, placed: set[Placed]) -> None:
    trained = {label for part, label in placed if part == "train"}
    for part, label in sorted(placed):
        if trained and label not in trained:
            raise FgspaceError(
                f"{name}: class {label!r} is in the {part} part and not in the train part; "
                "expected the same class folders in each part; rename or remove it"
            )
