"""Data sets of Vega: their section becomes a data set of an evaluator, and the options of it that are about images."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fgspace.errors import brief

from fgspace_migrate.sections import Notes, Path, Section, rendered

_TO: Path = ("evaluator", "dataset")
_NAMES: Mapping[str, str] = {
    "Cifar10": "Cifar10",
    "Cifar100": "Cifar100",
    "Mnist": "Idx",
    "FashionMnist": "Idx",
    "FMnist": "Idx",
    "ClassificationDataset": "ImageFolder",
    "Imagenet": "ImageFolder",
}
"""Data set of Vega → the one that reads the same files."""
_PATHS = ("data_path", "data_dir", "root")
_AS_ALWAYS = ("ToTensor", "Normalize")
"""What every image goes through here too."""
_SCALING = ("Resize", "CenterCrop")
_HELD_OUT = (*_AS_ALWAYS, *_SCALING)
"""What held-out images go through here, where the data set scales its images."""


class DataSet(NamedTuple):
    """What became of a section `dataset`: the data set, and options of the evaluator."""

    described: dict[str, Any]
    options: dict[str, Any]


def data_set(section: Section, notes: Notes) -> DataSet | None:
    """Return the data set of a section, None if it names none; note what is not carried over."""
    kind = section.take("type")
    if not isinstance(kind, str):
        return None
    found = [section, *(section.section(name, notes) for name in ("train", "common") if name in section)]
    described = _described(kind, found, notes)
    options = _images(found, described, notes)
    batch_size = _first(found, "batch_size")
    for one in found:
        _shuffled(one, notes)
        one.close(notes, _TO)
    for name in ("val", "test"):
        _held_out(section.section(name, notes), notes)
    return DataSet(described, options if batch_size is None else {"batch_size": batch_size, **options})


def _described(kind: str, found: list[Section], notes: Notes) -> dict[str, Any]:
    described: dict[str, Any] = {"type": _NAMES.get(kind, kind)}
    path = _first(found, *_PATHS)
    if path is not None:
        described["path"] = path
    if kind not in _NAMES:
        told = f"dataset.type: {kind!r} is no data set of fgspace; provide one by a plugin or -p"
        notes.add(found[0].place("type"), told, _TO)
    elif path is None:
        notes.add(found[0].at, "dataset: names no data_path, where its files are; add evaluator.dataset.path", _TO)
    if kind == "Imagenet":
        described["resize"] = 224  # to which Vega crops, where a file does not say otherwise
    _portion(found, described, notes)
    return described


def _first(sections: list[Section], *keys: str) -> Any:
    """Return the value of the first section that has one of the keys, and take it from all."""
    values = [rendered(section.take(key)) for section in sections for key in keys if key in section]
    return next((value for value in values if value is not None), None)


def _portion(sections: list[Section], described: dict[str, Any], notes: Notes) -> None:
    """Read the portion of the training images that is trained on; the rest is validated on."""
    for section in sections:
        for key in ("train_portion", "portion"):
            value = rendered(section.take(key))
            if isinstance(value, int | float) and 0 < value < 1:
                described.setdefault("validation", round(1 - value, 10))
            elif value == 1:
                told = "leaves only the test images to validate on; here some of the training images are held out"
                notes.add(section.place(key), f"{section.named(key)}: {value} {told}", _TO)
            elif value is not None:
                notes.add(section.place(key), f"{section.named(key)}: is no portion, {brief(value)}", _TO)


def _shuffled(section: Section, notes: Notes) -> None:
    section.skip("drop_last")  # an incomplete batch is never used here
    if section.take("shuffle") is False:
        notes.add(
            section.place("shuffle"), f"{section.named('shuffle')}: training images are always shuffled here", _TO
        )


def _images(sections: list[Section], described: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the options of the evaluator that do what transforms of the training images do."""
    options: dict[str, Any] = {}
    for section, at, kind, one in _transforms(sections, notes):
        if kind == "RandomHorizontalFlip":
            options["flip"] = True
        elif kind == "RandomCrop" and isinstance(one.get("padding"), int):
            options["crop_padding"] = one["padding"]
        elif kind in _SCALING and described["type"] == "ImageFolder" and _size(one) is not None:
            described["resize"] = _size(one)
        elif kind not in _AS_ALWAYS:
            notes.add(at, f"{section.named('transforms')}: {brief(kind)} has no counterpart here", ("evaluator",))
    return options


def _transforms(sections: list[Section], notes: Notes) -> Iterator[tuple[Section, Path, Any, Mapping[str, Any]]]:
    """Yield each transform with its section, its place, and its type; the first section that has some decides."""
    listing = [section for section in sections if section.take("transforms") is not None]
    for section in listing[:1]:
        listed = rendered(section.take("transforms"))
        if not isinstance(listed, list):
            told = f"{section.named('transforms')}: is not carried over, since it is not a list"
            notes.add(section.place("transforms"), told, _TO)
            return
        for index, one in enumerate(listed):
            given = one if isinstance(one, Mapping) else {"type": one}
            yield section, (*section.place("transforms"), index), given.get("type"), given


def _held_out(section: Section, notes: Notes) -> None:
    """Note what Vega does to held-out images and fgspace does not."""
    section.skip("batch_size", "shuffle", *_PATHS)
    for _, at, kind, _ in _transforms([section], notes):
        if kind not in _HELD_OUT:
            notes.add(at, f"{section.named('transforms')}: {brief(kind)}; held-out images are only scaled here", _TO)
    section.close(notes, _TO)


def _size(transform: Any) -> int | None:
    size = transform.get("size") if isinstance(transform, Mapping) else None
    sizes = size if isinstance(size, list) else [size]
    return sizes[0] if sizes and type(sizes[0]) is int and all(one == sizes[0] for one in sizes) else None
