"""Crops and flips of whole batches, against one image at a time."""

import pytest
import torch
from fgspace_vision.augment import Draws, crop, draw, flip
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

CPU = torch.device("cpu")


def crop_slowly(image: Tensor, padding: int, row: int, column: int) -> Tensor:
    """Take each pixel of the crop from where it stands in the image, black where that is outside."""
    height, width = image.shape[1:]
    out = torch.zeros_like(image)
    for y in range(height):
        for x in range(width):
            from_y, from_x = y + row - padding, x + column - padding
            if 0 <= from_y < height and 0 <= from_x < width:
                out[:, y, x] = image[:, from_y, from_x]
    return out


@given(
    st.integers(1, 5), st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(0, 4), st.integers(0, 99)
)
def test_crops_equal_those_of_one_image_at_a_time(count, channels, height, width, padding, seed):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, channels, height, width), dtype=torch.uint8, generator=generator)
    draws = draw(count, padding, False, generator, CPU)
    slow = [
        crop_slowly(image, padding, int(row), int(column))
        for image, row, column in zip(images, draws.rows, draws.columns, strict=True)
    ]
    assert torch.equal(crop(images, padding, draws), torch.stack(slow))


def test_flips_mirror_left_and_right_where_they_are_drawn():
    images = torch.arange(24).reshape(2, 2, 2, 3)
    draws = Draws(torch.zeros(2), torch.zeros(2), torch.tensor([False, True]))
    flipped = flip(images, draws)
    assert torch.equal(flipped[0], images[0])
    assert flipped[1].tolist() == [[row[::-1] for row in channel] for channel in images[1].tolist()]


def test_draws_cover_every_corner_and_both_sides_evenly():
    draws = draw(50_000, 2, True, torch.Generator().manual_seed(0), CPU)
    for corners in (draws.rows, draws.columns):
        assert torch.bincount(corners, minlength=5).div(10_000).sub(1).abs().max() < 0.05
    assert draws.flips.float().mean() == pytest.approx(0.5, abs=0.01)


def test_nothing_is_flipped_where_flips_are_off():
    assert not draw(100, 2, False, torch.Generator().manual_seed(0), CPU).flips.any()


def test_batches_of_draws_are_consecutive():
    draws = draw(10, 4, True, torch.Generator().manual_seed(0), CPU)
    parts = draws.split(4)
    assert [len(part.rows) for part in parts] == [4, 4, 2]
    assert torch.equal(torch.cat([part.columns for part in parts]), draws.columns)
