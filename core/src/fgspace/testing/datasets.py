"""The conformance suite of data sets."""

import math
import pickle
from functools import cached_property
from typing import Any, ClassVar, Self

from fgspace.plugins.registry import Type
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example

_PARTS = ("train", "validation", "test")
_DIMENSIONS = 4


class DatasetSuite:
    """What every data set must do: subclass it in a test module, with `make`."""

    promises: ClassVar[int] = 7

    def make(self) -> Any:
        """Make the data set."""
        raise NotImplementedError("make() returns the data set to test")

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.__dict__["make"] = lambda: found.load()(**example.options)
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no arguments."""
        raise NotImplementedError(name)

    @property
    def tells_its_shape(self) -> bool:
        """Whether it knows the shape of its images before they are read."""
        return getattr(self.make(), "input_shape", None) is not None

    @cached_property
    def _loaded(self) -> Any:
        return self.make().load(0)

    def test_data_sets_with_the_same_options_are_equal(self) -> None:
        """They are equal and have one hash, so that a process reads the data once."""
        assert self.make() == self.make()
        assert hash(self.make()) == hash(self.make())

    def test_it_is_light_until_it_is_read(self) -> None:
        """It is sent to workers as a pickle of at most a few kilobytes."""
        sent = pickle.dumps(self.make())
        assert len(sent) < 10_000
        assert pickle.loads(sent) == self.make()

    def test_each_part_has_images_and_as_many_labels(self) -> None:
        """Images are (N, C, H, W), uint8 or float32; labels int64 (N,); no part is empty."""
        for name in _PARTS:
            part = getattr(self._loaded, name)
            assert part.images.ndim == _DIMENSIONS, name
            assert str(part.images.dtype) in ("uint8", "float32"), name
            assert str(part.labels.dtype) == "int64", name
            assert len(part.images) == len(part.labels) > 0, name

    def test_its_labels_are_those_of_its_classes(self) -> None:
        """Labels count from 0, in the order of `classes`, whose names differ."""
        classes = list(self._loaded.classes)
        assert len({*classes}) == len(classes)
        for name in _PARTS:
            labels = getattr(self._loaded, name).labels
            assert labels.min() >= 0, name
            assert labels.max() < len(classes), name

    def test_all_its_images_have_one_shape(self) -> None:
        """Networks take one shape."""
        assert len({getattr(self._loaded, name).images.shape[1:] for name in _PARTS}) == 1

    def test_its_images_are_numbers(self) -> None:
        """No value is NaN or infinite."""
        for name in _PARTS:
            images = getattr(self._loaded, name).images
            assert math.isfinite(float(images.min())), name
            assert math.isfinite(float(images.sum(dtype="float64"))), name

    def test_the_same_seed_gives_the_same_parts(self) -> None:
        """Parts that are drawn are drawn by the seed alone."""
        again = self.make().load(0)
        for name in _PARTS:
            first, second = getattr(self._loaded, name), getattr(again, name)
            assert (first.labels == second.labels).all(), name
            assert (first.images == second.images).all(), name

    @only_if("tells_its_shape", "it has no input_shape before it is read")
    def test_the_shape_that_it_tells_is_that_of_its_images(self) -> None:
        """`input_shape` is known before anything is read."""
        assert tuple(self.make().input_shape) == self._loaded.train.images.shape[1:]
