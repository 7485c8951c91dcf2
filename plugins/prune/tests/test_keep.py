"""Masks that do not fit a plan are refused; those that fit become one vector over all groups, and come back."""

from functools import cache

import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.keep import keep_vector, kept_lines, kept_masks
from messages import refused
from traps import IMAGE, Residual, made


@cache
def residual():
    """Return the plan of a network with the groups 'stem.0', of 8 channels, and 'a.0', of 6."""
    return plan(made(Residual), IMAGE)


ERRORS = {
    "no such group": ({"b.0": [1] * 8}, "'b.0' is no group of channels; the groups are 'stem.0', 'a.0'"),
    "too short": ({"a.0": [1] * 5}, "the mask of 'a.0' has 5 entries for 6 channels"),
    "too long": ({"a.0": [1] * 7}, "the mask of 'a.0' has 7 entries for 6 channels"),
    "cuts all": ({"stem.0": [0] * 8}, "the mask of 'stem.0' cuts all 8 channels; keep at least one"),
}


@pytest.mark.parametrize(("masks", "message"), ERRORS.values(), ids=ERRORS)
def test_masks_that_do_not_fit_are_refused(masks, message):
    with refused(message):
        keep_vector(residual(), masks)


def test_groups_without_a_mask_and_indices_of_no_group_are_kept():
    assert keep_vector(residual(), {}).tolist() == [True] * 15
    assert keep_vector(residual(), {"a.0": [0, 0, 1, 1, 0, 0]}).tolist() == [
        *[True] * 8,
        *[False, False, True, True, False, False],
        True,
    ]


def test_masks_come_back_from_the_vector_they_make():
    masks = {"stem.0": (1, 0, 0, 1, 0, 1, 1, 1), "a.0": (0, 1, 0, 0, 0, 0)}
    assert kept_masks(residual(), keep_vector(residual(), masks)) == masks


def test_a_dim_that_loses_no_index_has_no_line():
    (weight,) = [place for place in residual().places if place.names == ("b.0.weight",)]
    out, read, *taps = kept_lines(weight.classes, keep_vector(residual(), {"a.0": [1, 1, 0, 0, 0, 0]}))
    assert out is None
    assert read.tolist() == [True, True, False, False, False, False]
    assert taps == [None, None]
    assert read.dtype == torch.bool
