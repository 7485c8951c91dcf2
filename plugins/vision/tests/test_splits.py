"""The cut into parts: disjoint, whole, stratified, the same for the same seed."""

import numpy as np
import pytest
from fgspace import FgspaceError
from fgspace_vision.splits import Part, Splits, cut, load_once, numbered, stratified
from hypothesis import given
from hypothesis import strategies as st

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=200).map(lambda labels: np.array(labels, dtype=np.int64))
FRACTIONS = st.floats(0.01, 0.99)
SEEDS = st.integers(0, 2**31)


def numbered_images(labels: np.ndarray) -> Part:
    """Images whose one pixel is their number."""
    return Part(np.arange(len(labels), dtype=np.float32).reshape(-1, 1, 1, 1), labels)


def numbers(part: Part) -> set[int]:
    return set(part.images.ravel().astype(int).tolist())


@given(LABELS, FRACTIONS, SEEDS)
def test_every_index_is_kept_or_held_out_and_none_is_both(labels, fraction, seed):
    kept, held = stratified(labels, fraction, seed)
    assert sorted([*kept, *held]) == list(range(len(labels)))


@given(LABELS, FRACTIONS, SEEDS)
def test_each_class_gives_its_own_share(labels, fraction, seed):
    _, held = stratified(labels, fraction, seed)
    for label in np.unique(labels):
        assert np.sum(labels[held] == label) == round(fraction * np.sum(labels == label))


@given(LABELS, FRACTIONS, SEEDS)
def test_the_same_seed_cuts_the_same(labels, fraction, seed):
    first, again = (stratified(labels, fraction, seed) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_another_seed_cuts_another_way():
    labels = np.repeat(np.arange(5), 20)
    assert set(stratified(labels, 0.2, 0)[1]) != set(stratified(labels, 0.2, 1)[1])


@given(SEEDS, st.floats(0.1, 0.8), st.floats(0.1, 0.8))
def test_three_parts_share_no_image_and_lose_none(seed, test, validation):
    splits = cut(numbered_images(np.repeat(np.arange(4), 20)), test, validation, tuple("abcd"), seed)
    parts = [numbers(part) for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, parts)) == 80
    assert set.union(*parts) == set(range(80))


@given(SEEDS)
def test_a_test_part_of_its_own_is_left_whole(seed):
    given_images, test = numbered_images(np.repeat(np.arange(4), 20)), numbered_images(np.arange(4))
    splits = cut(given_images, test, 0.25, tuple("abcd"), seed)
    assert splits.test is test
    assert (len(splits.train), len(splits.validation)) == (60, 20)


@pytest.mark.parametrize("fraction", [0, 1, -0.5, 1.5, 2, float("nan")])
def test_a_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(FgspaceError) as caught:
        cut(numbered_images(np.arange(4)), fraction, 0.5, tuple("abcd"), 0, "Npz")
    assert str(caught.value) == f"Npz: test is {fraction!r}, expected a fraction between 0 and 1; write 0.1"


def test_a_part_without_an_image_is_refused():
    with pytest.raises(FgspaceError) as caught:
        cut(numbered_images(np.zeros(4, dtype=np.int64)), 0.5, 0.1, ("a",), 0, "Npz")
    expected = "Npz: no image for validation (2 train, 0 validation, 2 test); give more images, or other fractions"
    assert str(caught.value) == expected


def test_labels_are_numbered_from_0_over_both_parts():
    train, test = numbered_images(np.array([7, 3, 7])), numbered_images(np.array([9, 3]))
    train, test, classes = numbered(train, test)
    assert (train.labels.tolist(), test.labels.tolist(), classes) == ([1, 0, 1], [2, 0], ("3", "7", "9"))


def test_the_digest_follows_images_labels_classes_and_cut():
    images = numbered_images(np.repeat(np.arange(2), 20))

    def digest(part: Part = images, classes: tuple[str, ...] = ("a", "b"), seed: int = 0) -> str:
        return cut(part, 0.2, 0.2, classes, seed).digest

    others = {
        digest(Part(images.images + 1, images.labels)),
        digest(Part(images.images, 1 - images.labels)),
        digest(classes=("a", "c")),
        digest(seed=1),
    }
    assert digest() == digest()
    assert len({digest(), *others}) == 5


def test_data_are_loaded_once_a_process():
    loaded = []

    class Counted:
        def load(self, seed: int) -> Splits:
            loaded.append(seed)
            return cut(numbered_images(np.repeat(np.arange(2), 20)), 0.2, 0.2, ("a", "b"), seed)

    counted = Counted()
    assert load_once(counted, 0) is load_once(counted, 0)
    load_once(counted, 1)
    assert loaded == [0, 1]
