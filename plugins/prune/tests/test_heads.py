"""Heads of attention are cut as a whole, however attention is written, or stay with the line that says why."""

import copy
import inspect
import random
from functools import cache

import fgspace
import pytest
import torch
from attending import ATTENDING, TOKENS, Masked, OfTorch, made
from fgspace_prune.check import check
from fgspace_prune.cost import cost
from fgspace_prune.encoding import bit_domains, width_domains
from fgspace_prune.finding import plan
from fgspace_prune.layers import Counted, layers
from fgspace_prune.masking import masked
from fgspace_prune.process import Prune
from fgspace_prune.rows import groups_of
from fgspace_prune.slicing import sliced
from messages import refused
from torch import nn

EVERY = pytest.mark.parametrize("name", ATTENDING)
CUT = pytest.mark.parametrize("name", [name for name, (_, groups) in ATTENDING.items() if groups])


@cache
def planned(name):
    return plan(made(name), TOKENS)


def drawn(found, seed):
    """Return masks that keep at least one channel of each group."""
    rng = random.Random(seed)
    masks = {group.name: [rng.randint(0, 1) for _ in range(group.width)] for group in found.groups}
    return {name: row if any(row) else [1, *row[1:]] for name, row in masks.items()}


@EVERY
def test_the_groups_are_the_heads_and_channels_that_must_be_cut_together(name):
    assert {group.name: group.width for group in planned(name).groups} == ATTENDING[name][1]


@EVERY
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-10)], ids=["f32", "f64"])
def test_the_masked_and_the_small_network_put_out_the_same(name, dtype, near):
    for seed in range(4):
        model, found = made(name, seed, dtype), planned(name)
        masks = drawn(found, seed)
        small, zeroed = sliced(found, model, masks), masked(found, model, masks)
        check(found, small, zeroed, masks, TOKENS)
        tokens = torch.randn(3, *TOKENS, dtype=dtype)
        with torch.no_grad():  # in evaluation mode, where torch would use fused kernels
            assert torch.allclose(small(tokens), zeroed(tokens), rtol=near, atol=near)


@EVERY
def test_the_small_network_has_the_rows_and_the_cost_that_are_counted_from_masks(name):
    model, found = made(name, dtype=torch.float32), planned(name)
    rows, whole = fgspace.trace.rows(model, TOKENS), cost(found, {})
    assert whole == {"params": sum(r.params for r in rows), "macs": sum(r.macs for r in rows)}
    for seed in range(3):
        masks = drawn(found, seed)
        after = fgspace.trace.rows(sliced(found, model, masks), TOKENS)
        assert layers(Counted(found), rows, masks) == after
        assert cost(found, masks) == {"params": sum(r.params for r in after), "macs": sum(r.macs for r in after)}


@EVERY
def test_a_model_without_values_has_the_same_groups(name):
    found = plan(made(name).to("meta"), TOKENS)
    assert [(group.name, group.width) for group in found.groups] == list(ATTENDING[name][1].items())


@CUT
def test_masked_heads_stay_zero_while_they_are_trained_and_small_networks_can_be_trained(name):
    found = planned(name)
    masks = {group.name: [1, *[0] * (group.width - 1)] for group in found.groups}
    model, small = masked(found, made(name), masks).train(), sliced(found, made(name), masks).train()
    zero = {name: parameter == 0 for name, parameter in model.named_parameters()}
    for network in (model, small):
        optimizer = torch.optim.AdamW(network.parameters(), 0.01)
        network(torch.randn(2, *TOKENS, dtype=torch.float64)).square().sum().backward()
        optimizer.step()
    assert all((dict(model.named_parameters())[name][where] == 0).all() for name, where in zero.items())


@CUT
def test_a_copy_of_a_small_network_computes_the_same(name):
    small = Prune(ratios=0.5)(made(name), TOKENS)
    again = Prune(ratios=0.5)(made(name, seed=1), TOKENS)
    again.load_state_dict(small.state_dict())
    tokens = torch.randn(2, *TOKENS, dtype=torch.float64)
    assert torch.equal(copy.deepcopy(small)(tokens), small(tokens))
    assert torch.equal(again(tokens), small(tokens))


def test_heads_are_in_the_default_domains_one_bit_a_head_or_their_number():
    counted = Prune.plan(made("attribute"), TOKENS)
    ((name, (bits, start)),) = bit_domains([], counted).items()
    assert (name, bits.length, start) == ("q", 4, [1, 1, 1, 1])
    ((name, (width, start)),) = width_domains([], counted).items()
    assert (name, width.low, width.high, start) == ("q", 1, 4, 4)


REMEMBERED = {
    "attribute": {("", "num_heads"): 3, ("", "all_head_size"): 12},
    "product": {("", "num_heads"): 3},
    "configuration": {("", "config.num_heads"): 3},
    "split": {("", "split_size"): 12},
}


@pytest.mark.parametrize("name", REMEMBERED)
def test_the_attributes_that_hold_the_number_of_heads_are_set(name):
    small = Prune(masks={next(iter(ATTENDING[name][1])): [1, 0, 1, 1]})(made(name), TOKENS)
    modules = dict(small.named_modules())
    for (module, attribute), value in REMEMBERED[name].items():
        holder = modules[module]
        for part in attribute.split("."):
            holder = getattr(holder, part)
        assert holder == value


def test_a_configuration_that_layers_share_is_one_for_each_in_the_small_network():
    model = made("configuration")
    small = Prune(masks={"q": [1, 0, 0, 0]})(model, TOKENS)
    assert (small.config.num_heads, small.other.config.num_heads, model.config.num_heads) == (1, 4, 4)


def line_of(owner, text):
    """Return file and line of the first line with this text in the code of a class."""
    lines, first = inspect.getsourcelines(owner)
    return f"{inspect.getsourcefile(owner)}:{first + next(i for i, line in enumerate(lines) if text in line)}"


WHY = {
    "written": ("x.view", "the code makes a view for the full number of heads"),
    "of the input": ("reshape(n, t, c)", "the code makes a view for the full number of heads"),
    "slopes": ("slopes).softmax", "add combines them with a constant"),
    "misleading": ("x.view", "the code makes a view for the full number of heads"),
}


@pytest.mark.parametrize("name", WHY)
def test_heads_that_stay_name_the_line_that_stands_in_the_way(name):
    text, reason = WHY[name]
    where = line_of(ATTENDING[name][0], text)
    refusals = [str(refusal) for refusal in planned(name).refusals if "'q'" in str(refusal)]
    assert refusals == [f"'q', 'k', 'v' keep their channels: {reason} ({where})"] or refusals == [
        f"'q', 'k' keep their channels: {reason} ({where})"
    ]
    with refused(f"no channel of 'q' can be cut: {refusals[0]}"):
        groups_of(planned(name), "q")


def test_attention_of_torch_whose_weights_are_put_out_keeps_its_heads():
    class Shown(OfTorch):
        def forward(self, x):
            return self.attention(x, x, x)

    torch.manual_seed(0)
    found = plan(Shown().eval(), TOKENS)
    assert "'attention' keeps its channels: mean mixes all channels" in found.notes
    assert not found.groups


def test_a_class_of_its_own_that_attends_keeps_its_heads():
    class Scaled(nn.MultiheadAttention):
        def forward(self, *given, **named):
            made, weights = super().forward(*given, **named)
            return made * 2, weights

    model = OfTorch()
    model.attention = Scaled(16, 4, batch_first=True)
    found = plan(model.eval(), TOKENS)
    assert any("in a class of its own, keeps its heads" in note for note in found.notes)


@pytest.mark.parametrize("hidden", [torch.bool, torch.float64], ids=["bool", "float"])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("lone", [True, False], ids=["one", "batch"])
def test_narrow_attention_takes_what_that_of_torch_takes(hidden, weighted, lone):
    model = made("torch")
    masks = {"attention": [1, 0, 1, 1]}
    found = planned("torch")
    wide, narrow = masked(found, model, masks).attention, sliced(found, model, masks).attention
    x = torch.randn(*([] if lone else [2]), 6, 16, dtype=torch.float64)
    mask = torch.triu(torch.ones(6, 6), 1).bool()
    padding = torch.zeros(*([] if lone else [2]), 6).bool()
    padding[..., 5] = True
    if hidden != torch.bool:
        mask, padding = (torch.zeros(one.shape, dtype=hidden).masked_fill(one, -9.0) for one in (mask, padding))
    given = {"attn_mask": mask, "key_padding_mask": padding, "need_weights": weighted, "average_attn_weights": False}
    (ours, shares), (theirs, wanted) = narrow(x, x, x, **given), wide(x, x, x, **given)
    assert torch.allclose(ours, theirs)
    assert (shares is None) == (not weighted)
    if weighted:
        kept = wanted[..., [0, 2, 3], :, :]
        assert torch.allclose(shares, kept)


def test_attention_that_is_narrow_already_can_be_cut_again():
    once = Prune(masks={"attention": [1, 1, 1, 0]})(made("torch, masked"), TOKENS)
    assert isinstance(once, Masked)
    twice = Prune(masks={"attention": [0, 1, 1]})(once, TOKENS)
    assert (once.attention.num_heads, twice.attention.num_heads) == (3, 2)
    assert twice.attention.in_proj_weight.shape == (24, 16)
