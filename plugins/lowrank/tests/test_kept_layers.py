"""Layers that cannot be factorised stay as they are; a warning tells why, and naming one is an error."""

import fgspace
import lowrank_nets as nets
import pytest
import torch
from fgspace_lowrank.process import LowRank, LowRankWarning
from torch import nn
from torch.nn.utils import prune


def hooked():
    net = nn.Sequential(nn.Linear(16, 12), nn.Linear(12, 12))
    net[0].register_forward_hook(lambda module, x, y: 2 * y)
    return net, (16,)


def patched():
    net = nn.Sequential(nn.Linear(16, 12), nn.Linear(12, 12))
    net[0].forward = lambda x: x[:, :12]
    return net, (16,)


def pruned_by_torch():
    net = nn.Sequential(nn.Linear(16, 12), nn.Linear(12, 12))
    prune.l1_unstructured(net[0], "weight", amount=0.5)
    return net, (16,)


def in_whole_numbers():
    layer = nn.Linear(16, 12)
    layer.weight = nn.Parameter(torch.ones(12, 16, dtype=torch.int8), requires_grad=False)
    return nets.Net(lambda self, x: self.head(x @ self.layer.weight.T.float()), layer=layer, head=nn.Linear(12, 12)), (
        16,
    )


def attribute_read():
    fc = nn.Linear(16, 12)
    fc.gain = 2.0
    return nets.Net(lambda self, x: self.fc(x) * self.fc.gain, fc=fc), (16,)


KEPT = [
    (nets.tied, {"2": "its weight is also '0.weight'"}),
    (nets.attention, {"mha.out_proj": "other code reads its weight"}),
    (nets.own_init, {"2": "its class OwnForward has a forward of its own"}),
    (nets.parametrised, {"0": "its weight is computed"}),
    (nets.read_by_others, {"second": "other code reads its weight"}),
    (nets.unused, {"unused": "the model does not call it"}),
    (nets.lazy, {"2": "it has no weight until it has run"}),
    (hooked, {"0": "it has hooks, which would be lost"}),
    (patched, {"0": "its forward is replaced"}),
    (pruned_by_torch, {"0": "its weight is computed"}),
    (in_whole_numbers, {"layer": "its weight is of torch.int8"}),
    (attribute_read, {"fc": "other code reads its gain"}),
]
CURE = "; to leave them out, write ranks by name, with full for these"
over_kept = pytest.mark.parametrize(("net", "kept"), KEPT, ids=lambda one: getattr(one, "__name__", None))


@over_kept
def test_a_layer_that_cannot_be_factorised_is_named_and_stays(net, kept):
    model, shape = net()
    assert LowRank.plan(model, shape).kept == kept
    ((name, reason),) = kept.items()
    with pytest.warns(LowRankWarning) as warned:
        small = fgspace.compress(model, {"type": "LowRank", "ranks": 0.5}, shape)
    assert [str(one.message) for one in warned] == [f"these layers stay as they are: {name!r} ({reason}){CURE}"]
    assert type(small.get_submodule(name)) is type(model.get_submodule(name))


@over_kept
def test_it_is_an_error_to_name_it_or_to_be_strict(net, kept):
    model, shape = net()
    ((name, reason),) = kept.items()
    for options, message in [
        ({"ranks": {name: 2}}, f"ranks: nothing of {name!r} can be factorised: {name!r} ({reason}); leave it out"),
        ({"ranks": 0.5, "strict": True}, f"these layers stay as they are: {name!r} ({reason}){CURE}"),
    ]:
        with pytest.raises(fgspace.FgspaceError) as caught:
            fgspace.compress(model, {"type": "LowRank", **options}, shape)
        assert str(caught.value) == f"process: {message}"


@pytest.mark.parametrize(("part", "warnings"), [("encoder", 1), ("head", 0)])
def test_a_part_that_is_named_warns_of_its_own_layers_only(part, warnings, recwarn):
    encoder, shape = nets.encoder_layer()
    net = nn.Sequential()
    net.add_module("encoder", encoder)
    net.add_module("head", nn.Linear(16, 16))
    fgspace.compress(net, {"type": "LowRank", "ranks": {part: 2}}, shape)
    assert [str(one.message) for one in recwarn] == [
        f"these layers stay as they are: 'encoder.self_attn.out_proj' (other code reads its weight){CURE}"
    ] * warnings


@pytest.mark.parametrize("ranks", [None, "full", 1.0, {"mha": "full"}, {"mha.out_proj": "full", "out": 2}])
def test_nobody_is_warned_where_nothing_is_asked_for(ranks, recwarn):
    fgspace.compress(nets.attention()[0], {"type": "LowRank", "ranks": ranks, "strict": True}, (5, 16))
    assert len(recwarn) == 0


def test_strict_holds_where_a_network_is_counted_too():
    net = {"type": "FineGrainedSpace", "modules": ["net", "lowrank"], "input_shape": [5, 16]}
    net |= {"net": {"type": "TransformerEncoderLayer", "d_model": 16, "nhead": 2, "dim_feedforward": 32}}
    with pytest.raises(fgspace.DescriptionError) as caught:
        fgspace.space({**net, "lowrank": {"type": "LowRank", "ranks": 2, "strict": True}}).cost()
    assert str(caught.value) == (
        f"lowrank: these layers stay as they are: 'net.self_attn.out_proj' (other code reads its weight){CURE}"
    )


def test_a_network_that_does_not_run_is_told():
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(nn.Sequential(nn.Linear(16, 16)), {"type": "LowRank", "ranks": 2}, (5,))
    assert str(caught.value) == (
        "process: Sequential does not take an input of (5,): RuntimeError: "
        "mat1 and mat2 shapes cannot be multiplied (1x5 and 16x16)"
    )


def test_a_network_that_needs_the_class_of_a_layer_is_told():
    def run(self, x):
        if not isinstance(self.fc, nn.Linear):
            raise TypeError("fc must be a Linear")
        return self.fc(x)

    net = nets.Net(run, fc=nn.Linear(16, 16))
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.compress(net, {"type": "LowRank", "ranks": 2}, (16,))
    assert str(caught.value) == (
        "process: its code does not run with two layers in place of one: TypeError: fc must be a Linear;"
        " leave this layer out of ranks"
    )
