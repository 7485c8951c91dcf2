"""Networks that nobody here wrote are pruned as they are: masked and small ones put out the same, and heads are cut."""

import random
import re
import sys
from functools import cache
from pathlib import Path

import fgspace
import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.layers import Counted, layers
from fgspace_prune.masking import masked
from fgspace_prune.process import Prune
from fgspace_prune.slicing import sliced
from fgspace_prune.trace import tensors_in

sys.path.insert(0, str(Path(__file__).parent))
from zoo import MAKERS, missing, network

SHARE = 0.3
HEADS = {
    "ViT": ("vit.layers.0.attention.q_proj", 4),
    "DeiT": ("deit.layers.0.attention.q_proj", 4),
    "Swin": ("swin.encoder.layers.0.blocks.0.attention.q_proj", 2),
    "SegFormer": ("segformer.stages.0.blocks.0.attention.q_proj", 2),
    "BERT": ("bert.encoder.layer.0.attention.self.query", 4),
    "GPT-2": ("transformer.h.0.attn.c_attn", 4),
    "Llama": ("model.layers.0.self_attn.q_proj", 2),
    "T5 encoder": ("encoder.block.0.layer.0.SelfAttention.q", 4),
    "Whisper encoder": ("layers.0.self_attn.q_proj", 4),
}
"""Name of a network → the group of heads of its first layer that has one, and their number."""


def needed(name):
    """Return a parameter that is skipped where the package of the network is absent, which it says."""
    why = missing(name)
    return pytest.param(name, marks=pytest.mark.skipif(bool(why), reason=why or "here"))


EVERY = pytest.mark.parametrize("name", [needed(name) for name in MAKERS])


@cache
def planned(name):
    """Return a network, the shape of its input, and its plan."""
    model, shape = network(name)
    return model, shape, plan(model, shape)


def run(model, shape, dtype):
    with torch.no_grad():
        given = fgspace.trace.example(shape, 3, dtype=dtype, seed=1)
        return [one for one in tensors_in(fgspace.trace.call(model, given)) if one.is_floating_point()]


def apart(ours, wanted):
    """Return the largest difference of the outputs, as a share of the largest value of each."""
    return max(float((one - other).abs().max() / other.abs().max()) for one, other in zip(ours, wanted, strict=True))


@EVERY
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-4), (torch.float64, 1e-9)], ids=["f32", "f64"])
def test_the_masked_and_the_small_network_put_out_the_same(name, dtype, near):
    _, shape, found = planned(name)
    model = network(name)[0].to(dtype)
    masks = Prune(ratios=SHARE).masks(found, model)
    small, zeroed = sliced(found, model, masks), masked(found, model, masks)
    assert apart(run(small, shape, dtype), run(zeroed, shape, dtype)) < near


@EVERY
def test_at_least_a_fifth_of_the_parameters_that_can_be_cut_is_cut_from_the_network_as_it_is(name):
    model, shape, found = planned(name)
    small = dict(Prune(ratios=SHARE, strict=True)(model, shape).named_parameters())
    cut = [place for place in found.places if place.parameter and any(line is not None for line in place.classes)]
    before = sum(model.get_parameter(place.names[0]).numel() for place in cut)
    after = sum(small[place.names[0]].numel() for place in cut)
    assert after <= 0.8 * before
    assert before > sum(parameter.numel() for parameter in model.parameters()) / 2


@EVERY
def test_the_small_network_has_the_rows_that_are_counted_from_masks(name):
    model, shape, found = planned(name)
    rows, rng = fgspace.trace.rows(model, shape), random.Random(0)
    masks = {group.name: [1, *(rng.randint(0, 1) for _ in range(group.width - 1))] for group in found.groups}
    assert layers(Counted(found), rows, masks) == fgspace.trace.rows(sliced(found, model, masks), shape)


@EVERY
def test_channels_that_stay_name_the_line_that_stands_in_the_way(name):
    _, _, found = planned(name)
    stay = [one for one in found.refusals if one.reason != "they are the model's output"]
    assert not found.unknown
    assert all(re.fullmatch(r"/.*\.py:\d+", one.where) for one in stay)


@pytest.mark.parametrize("name", [needed(name) for name in HEADS])
def test_heads_are_cut(name):
    model, shape, found = planned(name)
    group, heads = HEADS[name]
    assert {one.name: one.width for one in found.groups}[group] == heads
    small = Prune(widths={group: 1})(model, shape)
    lost = {n for n, p in small.named_parameters() if p.shape != model.get_parameter(n).shape}
    assert len([name for name in lost if name.endswith("weight")]) >= 2
