"""Arrays of images and labels in one .npz file, as numpy.savez writes them."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from fgspace import FgspaceError
from fgspace.errors import did_you_mean

from fgspace_vision.datasets.archives import read_array
from fgspace_vision.datasets.files import missing, reading, root_of
from fgspace_vision.preprocessing import Preprocessed
from fgspace_vision.splits import Part, Splits, cut, numbered

_CHANNELS = (1, 3, 4)
_UNREAD = np.empty(0)


@dataclass(frozen=True)
class Npz(Preprocessed):
    """Arrays in the .npz file `path`: images (N, H, W), (N, H, W, C) or (N, C, H, W), and labels (N,).

    The other options name the arrays. Without `x_test` in the file, the fraction `test` is cut from the images; the
    fraction `validation` is cut from what is not test. uint8 is kept as it is, everything else becomes float32.
    `layout` says which of the two four-dimensional forms it is, where the sizes leave it open.
    """

    path: str
    x_train: str = "x_train"
    y_train: str = "y_train"
    x_test: str = "x_test"
    y_test: str = "y_test"
    layout: Literal["auto", "NHWC", "NCHW"] = "auto"
    validation: float = 0.1
    test: float = 0.2

    def load(self, seed: int) -> Splits:
        """Return the three parts, where they are cut from one another by this seed."""
        arrays = self._read()
        train = self._part(arrays, self.x_train, self.y_train)
        if self.x_test not in arrays and self.x_test == "x_test":
            train, _, classes = numbered(train, train)
            return cut(train, self.test, self.validation, classes, seed, "Npz")
        train, test, classes = numbered(train, self._part(arrays, self.x_test, self.y_test))
        return cut(train, test, self.validation, classes, seed, "Npz")

    def _read(self) -> dict[str, np.ndarray]:
        """Return the arrays that the options name, of those in the file, and of the others their names alone."""
        file = root_of(self.path)
        if not file.is_file():
            raise missing("Npz", self.path, "an .npz file", "write it with numpy.savez(path, x_train=..., y_train=...)")
        with reading("Npz", file):
            if not zipfile.is_zipfile(file) and file.read_bytes()[:6] == b"\x93NUMPY":
                raise ValueError("it holds one array, expected an .npz of several")
            with zipfile.ZipFile(file) as opened:
                entries = {entry.filename.removesuffix(".npy"): entry for entry in opened.infolist()}
                wanted = {self.x_train, self.y_train, self.x_test, self.y_test}
                return {
                    name: read_array("Npz", file, opened, entry) if name in wanted else _UNREAD
                    for name, entry in entries.items()
                }

    def _part(self, arrays: Mapping[str, np.ndarray], images: str, labels: str) -> Part:
        for name in (images, labels):
            if name not in arrays:
                held = ", ".join(map(repr, arrays))
                raise FgspaceError(f"Npz: {self.path!r} holds no {name!r}, but {held}{did_you_mean(name, arrays)}")
        pixels, numbers = self._channels_first(arrays[images], images), arrays[labels].squeeze()
        if numbers.shape != pixels.shape[:1] or numbers.dtype.kind not in "iu":
            raise FgspaceError(
                f"Npz: {labels!r} is {numbers.dtype} of shape {arrays[labels].shape}, "
                f"expected {len(pixels)} whole numbers, one for each image of {images!r}"
            )
        return Part(pixels, numbers.astype(np.int64))

    def _channels_first(self, array: np.ndarray, name: str) -> np.ndarray:
        if array.dtype != np.uint8:
            array = _as_floats(array, name)
        if array.ndim == 3:
            return array[:, None]
        forms = ["NCHW"] * (array.shape[1:2] in [(size,) for size in _CHANNELS])
        forms += ["NHWC"] * (array.ndim == 4 and array.shape[3] in _CHANNELS)
        layout = self.layout if self.layout != "auto" else forms[0] if len(forms) == 1 else None
        if array.ndim != 4 or layout is None:
            raise FgspaceError(
                f"Npz: {name!r} is of shape {array.shape}, expected (N, H, W), (N, H, W, C) or (N, C, H, W); "
                "say which by layout: NHWC or NCHW"
            )
        return array if layout == "NCHW" else np.ascontiguousarray(array.transpose(0, 3, 1, 2))


def _as_floats(array: np.ndarray, name: str) -> np.ndarray:
    """Return an array as float32. Raises FgspaceError for other than real numbers, and for NaN and infinity."""
    if array.dtype.kind not in "biuf":
        raise FgspaceError(f"Npz: {name!r} is {array.dtype}, expected real numbers; write it as uint8 or float32")
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused as that
        floats = array.astype(np.float32)
    if unfit := int(np.count_nonzero(~np.isfinite(floats))):
        number = int(np.flatnonzero(~np.isfinite(floats).reshape(len(floats), -1).all(axis=1))[0])
        raise FgspaceError(
            f"Npz: {name!r} holds {unfit:,} values that are NaN or infinite as float32, the first in image {number}, "
            "expected finite ones; replace them"
        )
    return floats
