"""Layers of a candidate, counted from its masks: each as torch finds it in the network that is really built."""

import random
from functools import cache

import fgspace
import pytest
import torch
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry
from fgspace.spaces.domains import Int
from fgspace_prune.encoding import bit_domains, width_domains
from fgspace_prune.finding import plan
from fgspace_prune.layers import Counted, layers
from fgspace_prune.slicing import sliced
from test_families import IMAGE, NETWORKS
from torch.utils.flop_counter import FlopCounterMode
from traps import IMAGE as TRAP_IMAGE
from traps import TRAPS, made


@cache
def counted(name):
    """Return a network, the rows of its layers, and its plan, made of a network without values."""
    described = {"type": "FineGrainedSpace", "modules": ["net"], "net": NETWORKS[name]}
    with torch.device("meta"):
        skeleton = fgspace.build(described, input_shape=IMAGE)
    rows = network_of(default_registry()).layers(described, IMAGE)
    return fgspace.build(described, input_shape=IMAGE).eval(), rows, Counted(plan(skeleton, IMAGE))


def seen(model):
    """Return name → (in_shape, out_shape) of every module that runs, without the batch."""
    shapes = {}

    def see(name, x, y):
        shapes[name] = tuple(x.shape[1:]), tuple(y.shape[1:])

    for name, module in model.named_modules():
        module.register_forward_hook(lambda _, x, y, name=name: see(name, x[0], y))
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        model(torch.zeros(1, *IMAGE))
    return shapes, flops.get_total_flops() // 2


@pytest.mark.needs("lowrank", "resnet", "convnext")
@pytest.mark.parametrize("name", NETWORKS)
def test_each_layer_is_counted_as_it_is_built(name):
    net, rows, found = counted(name)
    rng = random.Random(name)
    for _ in range(3):
        masks = {group: domain.sample(rng) for group, (domain, _) in bit_domains(rows, found).items()}
        small = sliced(found.plan, net, masks)
        after = layers(found, rows, masks)
        shapes, macs = seen(small)
        assert [(row.in_shape, row.out_shape) for row in after] == [shapes[row.path] for row in after]
        params = [sum(p.numel() for p in small.get_submodule(row.path).parameters()) for row in after]
        assert [row.params for row in after] == params
        assert sum(row.macs for row in after) == macs


@pytest.mark.parametrize("net", TRAPS, ids=lambda net: net.__name__)
def test_each_row_of_a_module_of_others_is_counted_as_the_small_module_is_traced(net):
    model = made(net)
    found, rows, rng = Counted(plan(model, TRAP_IMAGE)), fgspace.trace.rows(model, TRAP_IMAGE), random.Random(0)
    masks = {group.name: [1, *(rng.randint(0, 1) for _ in range(group.width - 1))] for group in found.plan.groups}
    assert layers(found, rows, masks) == fgspace.trace.rows(sliced(found.plan, model, masks), TRAP_IMAGE)


@pytest.mark.needs("lowrank", "resnet", "convnext")
def test_masks_that_keep_all_change_no_row():
    _, rows, found = counted("resnet20")
    assert layers(found, rows, {}) == rows


@pytest.mark.needs("lowrank", "resnet", "convnext")
def test_a_layer_that_no_call_is_known_of_stays():
    _, rows, found = counted("resnet20")
    masks = {group.name: [1] + [0] * (group.width - 1) for group in found.plan.groups}
    (other,) = [type(rows[0])("elsewhere", "Conv2d", (3, 8, 8), (4, 8, 8), 108, 6912)]
    assert layers(found, [other], masks) == [other]


@pytest.mark.needs("lowrank", "resnet", "convnext")
def test_the_default_domains_have_a_bit_a_channel_and_a_number_a_group():
    _, rows, found = counted("resnet20")
    bits, widths = bit_domains(rows, found), width_domains(rows, found)
    assert sum(domain.length for domain, _ in bits.values()) == 448
    assert list(bits) == list(widths) == [group.name for group in found.plan.groups]
    assert all(domain.at_least == 1 and start == [1] * domain.length for domain, start in bits.values())
    assert [domain for domain, _ in widths.values()] == [Int(1, group.width) for group in found.plan.groups]
    assert all(start == domain.high for domain, start in widths.values())
