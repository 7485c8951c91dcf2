"""Networks on which pruning is known to go wrong: the masked and the small one compute the same."""

import random
from functools import cache

import pytest
import torch
from fgspace_prune.check import check
from fgspace_prune.cost import cost
from fgspace_prune.finding import plan
from fgspace_prune.masking import masked
from fgspace_prune.slicing import sliced
from fgspace_prune.trace import running
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from traps import (
    IMAGE,
    TRAPS,
    Attention,
    Bilinear,
    ChannelAttention,
    Divided,
    Dynamic,
    GroupNormed,
    InputSkip,
    LayerNormed,
    Mixed,
    Recurrent,
    Sliced,
    Spread,
    Standardised,
    VisionTransformer,
    WrittenSplit,
    made,
)

NETS = pytest.mark.parametrize("net", TRAPS, ids=lambda net: net.__name__)


@cache
def planned(net):
    """Return the plan of a network, which serves whatever weights it has."""
    return plan(made(net), IMAGE)


def random_masks(of, rng):
    """Return masks that keep at least one channel of each group."""
    masks = {group.name: [rng.randint(0, 1) for _ in range(group.width)] for group in of.groups}
    return {name: row if any(row) else [1, *row[1:]] for name, row in masks.items()}


@NETS
def test_the_groups_are_the_channels_that_must_be_cut_together(net):
    assert {group.name: group.width for group in planned(net).groups} == TRAPS[net]


# network → why channels stay, other than those of its output
REASONS = {
    Attention: [
        "'patch', 'attention.out_proj', 'mlp.2' keep their channels: attention checks the width of its queries",
        "'patch', 'attention.out_proj', 'mlp.2' keep their channels: layer norm mixes all channels",
    ],
    Bilinear: ["'a.0', 'b.0' keep their channels: they are multiplied by activations"],
    ChannelAttention: [
        "'a.0' keeps its channels: mean mixes all channels",
        "'a.0' keeps its channels: amax mixes all channels",
    ],
    Divided: ["'a.0' keeps its channels: div is not finite at zero"],
    Dynamic: ["'a.0', 'kernel' keep their channels: they meet a weight that the network computes"],
    GroupNormed: ["'a.0' keeps its channels: group norm mixes all channels"],
    InputSkip: ["'a.0' keeps its channels: add combines them with a constant"],
    LayerNormed: ["'stem', 'down' keep their channels: layer norm mixes all channels"],
    Mixed: [
        "'tokens.2' keeps its channels: add combines them with a constant",
        "'tokens.2' keeps its channels: mean mixes all channels",
    ],
    Recurrent: [
        "'lstm' keeps its channels: a recurrent layer checks its hidden width",
        "'lstm' keeps its channels: unsafe_split picks channels by position",
        "'lstm' keeps its channels: mul combines them with a constant",
    ],
    Sliced: ["'a.0' keeps its channels: slice picks channels by position"],
    Spread: ["'a.0' keeps its channels: softmax mixes all channels"],
    Standardised: ["'stem.0' keeps its channels: they meet a weight that the network computes"],
    VisionTransformer: [
        "'patch', 'out', 'down' keep their channels: layer norm mixes all channels",
        "'qkv' keeps its channels: the code makes a view for the full number of heads",
    ],
    WrittenSplit: ["'a.0', 'parts.0.0' keep their channels: split picks channels by position"],
}


@pytest.mark.parametrize(("net", "reasons"), REASONS.items(), ids=lambda of: getattr(of, "__name__", ""))
def test_a_note_says_why_channels_stay(net, reasons):
    *notes, last = planned(net).notes
    assert notes == reasons
    assert last.endswith("channels: they are the model's output")


@NETS
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-10)], ids=["f32", "f64"])
def test_the_masked_and_the_small_network_put_out_the_same(net, dtype, near):
    for seed in range(3):
        model = made(net, seed, dtype)
        found = planned(net)
        masks = random_masks(found, random.Random(seed))
        small, zeroed = sliced(found, model, masks), masked(found, model, masks)
        images = torch.randn(3, *IMAGE, dtype=dtype)
        with torch.no_grad():
            assert torch.allclose(small(images), zeroed(images), rtol=near, atol=near)
        check(found, small, zeroed, masks, IMAGE)


@NETS
def test_what_is_counted_from_masks_is_what_the_small_network_has(net):
    model, found = made(net), planned(net)
    masks = random_masks(found, random.Random(7))
    small = sliced(found, model, masks)
    by_products = sdpa_kernel(SDPBackend.MATH)  # the counter counts no other kernel of attention on a CPU
    with running(), by_products, FlopCounterMode(display=False) as counter:
        small(torch.randn(1, *IMAGE))
    params = sum(parameter.numel() for parameter in small.parameters())
    assert cost(found, masks) == {"params": params, "macs": counter.get_total_flops() // 2}


@NETS
def test_masks_that_keep_all_change_nothing_bit_for_bit(net):
    model, found = made(net), planned(net)
    keep = {group.name: [1] * group.width for group in found.groups}
    images = torch.randn(2, *IMAGE)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for changed in (sliced(found, model, keep), masked(found, model, keep)):
        assert torch.equal(changed(images), model(images))
        assert changed.state_dict().keys() == before.keys()
        assert all(torch.equal(tensor, before[name]) for name, tensor in changed.state_dict().items())


@NETS
def test_the_small_network_shares_no_memory_with_the_model_and_leaves_it_as_it_was(net):
    model = made(net)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = plan(model, IMAGE)
    small = sliced(found, model, random_masks(found, random.Random(1)))
    with torch.no_grad():
        for tensor in (*small.parameters(), *small.buffers()):
            tensor.zero_()
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@NETS
def test_a_small_network_made_from_other_weights_takes_the_state_of_the_first(net):
    first, second, found = made(net, 1), made(net, 2), planned(net)
    masks = random_masks(found, random.Random(3))
    small, again = sliced(found, first, masks), sliced(found, second, masks)
    again.load_state_dict(small.state_dict())
    images = torch.randn(2, *IMAGE)
    if net.__name__ != "Constant":  # its table is no part of its state
        assert torch.equal(small(images), again(images))


@NETS
def test_gradients_of_the_small_network_are_those_of_the_masked_one_where_it_has_entries(net):
    model, found = made(net, dtype=torch.float64), planned(net)
    masks = random_masks(found, random.Random(5))
    small, zeroed = sliced(found, model, masks), masked(found, model, masks)
    images = torch.randn(2, *IMAGE, dtype=torch.float64)
    for network in (small, zeroed):
        network(images).square().sum().backward()
    full = masked(found, model, {})
    for name, parameter in full.named_parameters():
        gradient = zeroed.get_parameter(name).grad
        parameter.data = torch.zeros_like(parameter) if gradient is None else gradient
    for name, parameter in sliced(found, full, masks).named_parameters():
        gradient = small.get_parameter(name).grad
        assert torch.allclose(parameter, torch.zeros_like(parameter) if gradient is None else gradient, atol=1e-8)
