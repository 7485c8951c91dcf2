"""One encoded image as bytes of pixels, turned as its camera says, scaled by the range of its type."""

import io
from typing import Any

import numpy as np

from fgspace_vision.datasets.files import UnfitError
from fgspace_vision.datasets.listing import formats


def decode(encoded: bytes, resize: int | None, grey: bool) -> np.ndarray:
    """Return one image as (C, H, W) uint8: C is 1 where `grey`, else 3; `resize` crops the middle square.

    Raises ValueError where the bytes are no image or are damaged, UnfitError for values that have no place in 0 to 255.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(encoded), formats=formats()[0]) as image:
            turned = ImageOps.exif_transpose(image)
            form = image.format
            bits = _bits(image)
    except UnidentifiedImageError as error:
        raise ValueError("no image of a known format") from error
    except Exception as error:  # each decoder has errors of its own for what is damaged
        raise ValueError(str(error) or type(error).__name__) from error
    if turned.mode.startswith(("I", "F")):
        turned = Image.fromarray(to_bytes(np.asarray(turned), 16 if form in ("PNG", "PPM") else bits))
    converted = turned.convert("L" if grey else "RGB")
    if resize is not None:
        converted = ImageOps.fit(converted, (resize, resize))
    pixels: np.ndarray = np.asarray(converted)
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


def _bits(image: Any) -> int:
    """Return the bits of a value that count: those of a TIFF are in its head, one less where it has a sign."""
    bits, form = 258, 339
    if image.mode.startswith("I;16"):
        return 16
    tags = getattr(image, "tag_v2", {})
    return int(tags.get(bits, (32,))[0]) - int(tags.get(form, (1,))[0] == 2)


def to_bytes(values: np.ndarray, bits: int) -> np.ndarray:
    """Return values of another range as uint8: floats from 0 to 1, whole numbers from 0 to the largest of `bits`."""
    if values.dtype.kind == "f":
        if not (values.min() >= 0 and values.max() <= 1):  # NaN is not, either
            raise UnfitError(f"floats from {values.min():g} to {values.max():g}, expected 0 to 1; scale them")
        scaled: np.ndarray = np.rint(values * 255)
        return scaled.astype(np.uint8)
    values = values.astype(np.int64)
    if bits == 32:
        values &= 2**32 - 1  # Pillow holds unsigned numbers as signed ones
    largest = 2**bits - 1
    if values.min() < 0:
        raise UnfitError(f"whole numbers from {values.min()}, expected 0 to {largest}; write them without a sign")
    if bits > 16 and 0 < values.max() < largest / 255:
        raise UnfitError(
            f"whole numbers up to {values.max()} where the type goes to {largest}, all of it black; "
            "write them in 8 or 16 bits"
        )
    scaled = (values * 255 + largest // 2) // largest
    return scaled.astype(np.uint8)
