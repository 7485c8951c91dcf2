"""What images go through before a network: their size and channels as they are read, their numbers on the device."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from fgspace import FgspaceError, Preprocessing

from fgspace_vision.splits import DataSet, Part, Splits, load_once

Written = Preprocessing | Literal["standardise", "none"] | None
"""What the option `preprocessing` of an evaluator or a data set may be; None leaves it to the other of the two."""
_CHUNK = 500
_ORDER = {1: "grey", 3: "RGB"}
"""The channels of images as they are stored, by their number."""


@dataclass(frozen=True, kw_only=True)
class Preprocessed:
    """A data set that says what its images go through; `preprocessing` of the evaluator says the same."""

    preprocessing: Written = None

    def __post_init__(self) -> None:
        """Read the option. Raises ValueError where it holds something else."""
        if self.preprocessing is not None:
            object.__setattr__(self, "preprocessing", Preprocessing.of(self.preprocessing))


def agreed(own: Any, dataset: Any) -> Preprocessing:
    """Return the preprocessing of an evaluator, or that of its data set.

    Raises ValueError where both say one, and not the same.
    """
    other = getattr(dataset, "preprocessing", None)
    if own is not None and other is not None and own != other:
        raise ValueError("preprocessing: the data set has another one; leave one of them out")
    return Preprocessing.of(own if own is not None else other)


def shape_after(shape: tuple[int, int, int], asked: Preprocessing) -> tuple[int, int, int]:
    """Return the (C, H, W) of an image of this shape after its size and channels are changed."""
    channels, height, width = shape
    if asked.size is not None:
        height, width = _scaled(height, width, asked.size)
    height, width = asked.middle or (height, width)
    return channels if asked.channels is None else 1 if asked.channels == "grey" else 3, height, width


@lru_cache(maxsize=2)
def load_prepared(dataset: DataSet, seed: int, asked: Preprocessing) -> Splits:
    """Return the parts of a data set, the images in the size and the channels that are asked for."""
    given = load_once(dataset, seed)
    parts: list[Part] = [getattr(given, part) for part in ("train", "validation", "test")]
    if getattr(given, "shown", None) is None and not asked.is_given_pixels:
        parts = [Part(_changed(part.images, asked), part.labels) for part in parts]
    asked = replace(getattr(given, "shown", None) or asked, **_numbers(asked))
    train, validation, test = parts
    return Splits(train, validation, test, given.classes, asked)


@lru_cache(maxsize=2)
def recorded(splits: Splits) -> Preprocessing:
    """Return what the network of these images expects, with all numbers; computed once in this process.

    Raises ValueError where numbers are given for another number of channels.
    """
    asked, (channels, height, width) = splits.shown or Preprocessing(), splits.input_shape
    if asked.standardises:
        means, deviations = moments(splits.train.images)
    else:
        means, deviations = (np.array(of(channels)) for of in (asked.means, asked.deviations))
    order: Any = asked.channels or _ORDER.get(channels)
    return asked.recorded((height, width), order, means.tolist(), deviations.tolist())


def moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each channel of (N, C, H, W), 1 in place of 0 where a channel is flat."""
    total, square = np.zeros((2, images.shape[1]))
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK].astype(np.float64)
        total += chunk.sum((0, 2, 3))
        square += (chunk**2).sum((0, 2, 3))
    count = images.size / images.shape[1]
    mean = total / count
    deviation = np.sqrt(np.maximum(square / count - mean**2, 0))
    return mean, np.where(deviation > 0, deviation, 1)


def resized(image: np.ndarray, asked: Preprocessing) -> np.ndarray:
    """Return an image, (C, H, W) of bytes or floats, scaled, and cropped to its middle.

    Channels are scaled one by one, as Pillow scales those of a colour image. Raises FgspaceError for too large a crop.
    """
    from PIL import Image

    if asked.size is not None:
        height, width = _scaled(image.shape[1], image.shape[2], asked.size)
        how = Image.Resampling[asked.interpolation.upper()]
        planes = [np.asarray(Image.fromarray(plane).resize((width, height), how)) for plane in image]
        image = np.stack(planes)
    if asked.middle is None:
        return image
    (height, width), (_, full_height, full_width) = asked.middle, image.shape
    if height > full_height or width > full_width:
        raise FgspaceError(
            f"preprocessing.crop: is {height}x{width}, but an image is {full_height}x{full_width}; "
            f"give size: {max(height, width)}, or a smaller crop"
        )
    top, left = (full_height - height) // 2, (full_width - width) // 2
    return image[:, top : top + height, left : left + width]


def recoloured(image: np.ndarray, order: str | None) -> np.ndarray:
    """Return an image, (C, H, W), with its channels in this order.

    Grey is made of colours as Pillow does it, by ITU-R 601. Raises FgspaceError for neither 1 nor 3 channels.
    """
    has = _ORDER.get(len(image))
    if order is None or order == has:
        return image
    if has is None:
        raise FgspaceError(f"preprocessing.channels: is {order}, but an image has {len(image)} channels; leave it out")
    if order == "grey":
        return _grey(image)
    return np.repeat(image, 3, axis=0) if has == "grey" else image[::-1]


def _numbers(asked: Preprocessing) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in ("scale", "mean", "deviation")}


def _changed(images: np.ndarray, asked: Preprocessing) -> np.ndarray:
    shape = shape_after(images.shape[1:], asked)
    changed = np.empty((len(images), *shape), images.dtype)
    for number, image in enumerate(images):
        changed[number] = recoloured(resized(image, asked), asked.channels)
    return changed


def _scaled(height: int, width: int, size: int | tuple[int, int]) -> tuple[int, int]:
    """Return the height and width of an image after scaling: to both, or the shorter side to one."""
    if isinstance(size, tuple):
        return size
    shorter = min(height, width)
    return max(1, round(height * size / shorter)), max(1, round(width * size / shorter))


def _grey(image: np.ndarray) -> np.ndarray:
    if image.dtype != np.uint8:
        weights = np.array([0.299, 0.587, 0.114], image.dtype)
        mixed: np.ndarray = np.tensordot(weights, image, 1)[None]
        return mixed
    red, green, blue = image.astype(np.uint32)
    bytes_: np.ndarray = ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).astype(np.uint8)
    return bytes_[None]
