"""What a network expects of its input: the preprocessing of raw images, and the names of the classes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal, Self

from fgspace.errors import brief

Channels = Literal["grey", "RGB", "BGR"]
Interpolation = Literal["bicubic", "bilinear", "nearest"]
Words = Literal["standardise", "none"]
"""What may stand in place of the fields: by the numbers of the training part, or the pixels as they are."""
_NUMBERS = ("scale", "mean", "deviation")


@dataclass(frozen=True)
class Preprocessing:
    """What an image goes through before the network, in this order; a field that is None says nothing.

    A network gets `(pixels · scale - mean) / deviation`, in float32, with pixels as they are stored (0 to 255 for
    8 bits) and a number for each channel. What is recorded of a network has all of these numbers, and its `size`.
    Where none of the three is given, they are the mean and the deviation of the training part; where one is, the others
    change nothing.

    Args:
        size: what an image is scaled to: one number for the shorter side, or [height, width].
        crop: the size of the middle that is cut out then: one number, or [height, width].
        channels: the order of the channels that the network gets; `grey` is one channel, by ITU-R 601.
        interpolation: how images are scaled, as Pillow does it.
        scale: the factor of the pixels, a number or a fraction such as 1/255.
        mean: what is subtracted then, for all channels or for each.
        deviation: what is divided by last, for all channels or for each.

    Raises:
        ValueError: a field holds no such value.
    """

    size: int | tuple[int, int] | None = None
    crop: int | tuple[int, int] | None = None
    channels: Channels | None = None
    interpolation: Interpolation = "bicubic"
    scale: float | str | None = None
    mean: float | tuple[float, ...] | None = None
    deviation: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Check the fields, and bring numbers into one form."""
        set_field = object.__setattr__
        set_field(self, "size", _size("size", self.size))
        set_field(self, "crop", _size("crop", self.crop))
        set_field(self, "crop", self.middle)
        if any(getattr(self, name) is not None for name in _NUMBERS):
            set_field(self, "scale", _scale(self.scale))
            set_field(self, "mean", _by_channel("mean", 0.0 if self.mean is None else self.mean))
            deviation = 1.0 if self.deviation is None else self.deviation
            set_field(self, "deviation", _by_channel("deviation", deviation, above=0))

    @classmethod
    def of(cls, written: Any) -> Self:
        """Return the preprocessing that is written: a word, a mapping of the fields, or a `Preprocessing`.

        Raises:
            ValueError: it is none of these.
        """
        if written is None or written == "standardise":
            return cls()
        if written == "none":
            return cls(scale=1.0)
        if isinstance(written, cls):
            return written
        names = [one.name for one in fields(cls)]
        if isinstance(written, Mapping) and set(written) <= set(names):
            return cls(**written)
        wanted = f"standardise, none, or a mapping of {', '.join(names)}"
        raise ValueError(f"preprocessing: expected {wanted}; got {brief(written)}")

    @property
    def standardises(self) -> bool:
        """Whether the numbers are those of the training part."""
        return self.scale is None

    @property
    def is_given_pixels(self) -> bool:
        """Whether the image itself stays as it is: neither its size nor its channels change."""
        return self.size is None and self.crop is None and self.channels is None

    @property
    def middle(self) -> tuple[int, int] | None:
        """The height and width of the middle that is cut out."""
        return (self.crop, self.crop) if isinstance(self.crop, int) else self.crop

    def means(self, channels: int) -> tuple[float, ...]:
        """Return the mean of each channel. Raises ValueError where another number of channels was given."""
        return _for_each("mean", self.mean, channels)

    def deviations(self, channels: int) -> tuple[float, ...]:
        """Return the deviation of each channel. Raises ValueError where another number of channels was given."""
        return _for_each("deviation", self.deviation, channels)

    def recorded(self, size: tuple[int, int], channels: Channels | None, means: Any, deviations: Any) -> Self:
        """Return the record of a network that gets images of this size, with these numbers for each channel."""
        scale = 1.0 if self.scale is None else self.scale
        kept = self.size if self.crop is not None and self.size is not None else size
        means, deviations = (tuple(map(float, values)) for values in (means, deviations))
        return replace(self, size=kept, channels=channels, scale=scale, mean=means, deviation=deviations)

    def plain(self) -> dict[str, Any]:
        """Return the fields that say something, as plain data that `of` reads."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value is not None
        }


@dataclass(frozen=True)
class Expected:
    """What a network expects and means: how its input is made from an image, and the names of its classes in order."""

    preprocessing: Preprocessing | None = None
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: Any) -> Self:
        """Return what is written in the section `expects` of a file. Raises ValueError where it is something else."""
        known = ("preprocessing", "classes")
        if not isinstance(written, Mapping) or not set(written) <= set(known):
            raise ValueError(f"expected a mapping of {' and '.join(known)}, got {brief(written)}")
        classes = written.get("classes", ())
        if not isinstance(classes, Sequence) or isinstance(classes, str):
            raise ValueError(f"classes: expected a list of names, got {brief(classes)}")
        given = written.get("preprocessing")
        return cls(None if given is None else Preprocessing.of(given), tuple(map(str, classes)))

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, which `of` reads."""
        preprocessing = {} if self.preprocessing is None else {"preprocessing": self.preprocessing.plain()}
        return {**preprocessing, **({"classes": list(self.classes)} if self.classes else {})}


def _size(field: str, value: Any) -> Any:
    sides = list(value) if isinstance(value, list | tuple) else [value]
    if value is not None and not (len(sides) in (1, 2) and all(_is_whole(side) for side in sides)):
        raise ValueError(f"preprocessing.{field}: expected a number of pixels, or [height, width]; got {brief(value)}")
    return tuple(sides) if len(sides) == 2 else sides[0]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _scale(value: Any) -> float:
    try:
        number = 1.0 if value is None else float(Fraction(value) if isinstance(value, str) else value)
    except (ValueError, TypeError, ZeroDivisionError):
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ValueError(
            f"preprocessing.scale: expected a number above 0 or a fraction such as 1/255, got {brief(value)}"
        )
    return number


def _by_channel(field: str, value: Any, above: float = -math.inf) -> float | tuple[float, ...]:
    numbers = list(value) if isinstance(value, list | tuple) else [value]
    if not numbers or not all(_is_number(one) and math.isfinite(one) and one > above for one in numbers):
        kind = "a number" if above == -math.inf else f"a number above {above:g}"
        raise ValueError(f"preprocessing.{field}: expected {kind}, or one for each channel; got {brief(value)}")
    return tuple(map(float, numbers)) if isinstance(value, list | tuple) else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _for_each(field: str, value: Any, channels: int) -> tuple[float, ...]:
    if not isinstance(value, tuple):
        return (value,) * channels
    if len(value) != channels:
        has = "1 channel" if channels == 1 else f"{channels} channels"
        raise ValueError(f"preprocessing.{field}: holds {len(value)} numbers, but an image has {has}")
    return value
