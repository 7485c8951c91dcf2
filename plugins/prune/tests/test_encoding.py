"""Bits and widths become masks, and masks become bits and widths."""

import random
from functools import cache

import fgspace
import pytest
from fgspace_prune.criterion import scores
from fgspace_prune.encoding import bits_of_masks, lengths, masks_of_bits, masks_of_widths, rows_of_bits, widths_of_masks
from fgspace_prune.finding import plan
from hypothesis import given
from hypothesis import strategies as st
from messages import refused

pytestmark = pytest.mark.needs("resnet")

IMAGE = (3, 32, 32)
INNER = [16] * 3 + [32] * 3 + [64] * 3


@cache
def resnet20():
    net = fgspace.build({"type": "ResNet", "depth": 20, "small_input": True}, input_shape=IMAGE)
    found = plan(net, IMAGE)
    return found, scores(found, net)


def test_resnet20_has_448_bits_and_464_with_the_stems_own():
    found, _ = resnet20()
    assert lengths(found) == {"chn_mask": INNER, "chn_node_mask": [16, 32, 64]}
    assert lengths(found, stem=True) == {"chn_mask": INNER, "chn_node_mask": [16, 16, 32, 64]}


@given(st.integers(0, 2**448 - 1))
def test_bits_that_keep_a_channel_of_each_group_come_back(number):
    found, importance = resnet20()
    bits = [int(bit) for bit in f"{number:0448b}"]
    masks = masks_of_bits(found, bits, importance)
    assert all(any(row) for row in masks.values())
    rows = rows_of_bits(found, bits)
    if all(any(row) for row in (*rows["chn_mask"], *rows["chn_node_mask"])):
        assert bits_of_masks(found, masks) == bits


def test_a_group_without_a_mask_keeps_all_channels():
    found, _ = resnet20()
    first = found.groups[0]
    masks = {first.name: (0, 1) * 8}
    assert bits_of_masks(found, masks) == [1] * 336 + [0, 1] * 8 + [1] * 96
    assert widths_of_masks(found, masks) == [8 if group is first else group.width for group in found.groups]


def test_bits_that_cut_all_keep_the_most_important_channels():
    found, importance = resnet20()
    masks = masks_of_bits(found, [0] * 448, importance)
    assert widths_of_masks(found, masks) == [1] * 12
    assert masks == masks_of_widths(found, [1] * 12, importance)


@given(st.data())
def test_widths_come_back(data):
    found, importance = resnet20()
    widths = [data.draw(st.integers(1, group.width)) for group in found.groups]
    assert widths_of_masks(found, masks_of_widths(found, widths, importance)) == widths


def test_a_smaller_width_keeps_channels_of_a_larger_one():
    found, importance = resnet20()
    small, large = (masks_of_widths(found, [n] * 12, importance) for n in (5, 9))
    assert all(a <= b for name in small for a, b in zip(small[name], large[name], strict=True))


def test_in_464_bits_a_channel_stays_that_the_stem_or_its_stage_keeps():
    found, importance = resnet20()
    bits = random.Random(1).choices((0, 1), k=464)
    stem, stage = bits[336:352], bits[352:368]
    masks = masks_of_bits(found, bits, importance)
    assert masks[found.groups[0].name] == tuple(a | b for a, b in zip(stem, stage, strict=True))


def test_any_other_number_of_bits_is_an_error():
    found, _ = resnet20()
    with refused("expected 448 bits, or 464 with a stem's own; got 447"):
        rows_of_bits(found, [1] * 447)
