"""A check counts many points of a space, makes every leaf, and builds and runs some networks."""

import re
from pathlib import Path

import fgspace
import pytest
import torch
from fgspace.config.loading import load
from fgspace.config.reachable_points import check_points
from fgspace.errors import DescriptionError
from fgspace.network.memory import memory_limit
from fgspace.plugins.loading import load_plugins, selection
from fgspace.plugins.registry import Origin, Registry, Type, make_registry
from torch import nn


class Scale(nn.Module):
    """Multiplies by a number for each channel; its forward works with an even number of channels."""

    def __init__(self, in_channels: int, groups: int = 1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(in_channels, 1, 1))
        self.groups = groups

    def forward(self, x):
        if x.shape[1] % self.groups:
            raise LookupError("odd")
        return x * self.weight


def scale_cost(shape, in_channels, groups=1):
    """Count `Scale`, but for that it runs only with some groups."""
    return shape, in_channels, 0


def wrong_cost(shape, in_channels, groups=1):
    """Count `Scale` with a bias, which it has not."""
    return shape, 2 * in_channels, 0


def wrong_shape(shape, in_channels, groups=1):
    """Count `Scale` as if it halved the channels."""
    return (shape[0] // 2, *shape[1:]), in_channels, 0


class Flattening:
    """A process that puts a layer after the network which fits one width only."""

    def __call__(self, model, input_shape):
        return nn.Sequential(model, nn.Conv2d(8, 8, 1))


class Same:
    """A process that leaves a network as it is."""

    def __call__(self, model, input_shape):
        return model

    def layers_after(self, rows, plan):
        return rows


class Miscounted:
    """A process that says it leaves nothing, and leaves all."""

    def __call__(self, model, input_shape):
        return model

    def layers_after(self, rows, plan):
        return []


class Valued(nn.Module):
    """A module that reads a value, which the meta device has not."""

    def __init__(self, in_channels: int, size: int = 1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x if float(x.sum()) > -1 else -x


def valued_cost(shape, in_channels, size=1):
    """Count `Valued`."""
    return shape, size, 0


def registry(*types, rule=None, processes=()):
    core = [one for one in make_registry(load_plugins(selection(()))).types if one.plugin == "fgspace"]
    origin = Origin("test", "1")
    made = [Type("module", "test", one.__name__, one, "", origin) for one in types]
    made += [Type("module", "test", one.__name__, one, "", origin, (), ("process",)) for one in processes]
    if rule is not None:
        made.append(Type("cost_rule", "test", types[0].__name__, rule, "", origin))
    return Registry([*core, *made])


def chain(**parts):
    return {"type": "FineGrainedSpace", "modules": list(parts), **parts}


def conv(channels, kernel=3):
    return {"type": "Conv2d", "out_channels": channels, "kernel_size": kernel, "padding": "same"}


def problems(description, known=None, **options):
    with pytest.raises(DescriptionError) as caught:
        fgspace.check(description, registry=known or registry(), **options)
    return [re.sub(r"\.py:\d+", ".py:LINE", line) for line in str(caught.value).splitlines()]


def test_a_check_tells_how_many_points_the_range_of_costs_and_the_extremes():
    found = fgspace.check(chain(a=conv({"choice": [4, 8]}), b=conv({"choice": [2, 16]}, 1)), registry=registry())
    assert (found.points, found.built, found.notes) == (4, 4, ())
    # By hand: 3·9·4 + 4 and 4·2 + 2; 3·9·8 + 8 and 8·16 + 16; at 32×32 pixels, without the biases.
    assert found.costs == {"params": (122, 368), "macs": ((108 + 8) * 1024, (216 + 128) * 1024)}
    assert found.cheapest == {"a.out_channels": 4, "b.out_channels": 2}
    assert found.dearest == {"a.out_channels": 8, "b.out_channels": 16}


def test_a_check_of_a_space_that_is_made_is_the_same():
    space = fgspace.space(chain(a=conv({"int": [1, 4_000]}), b=conv({"int": [1, 4_000]}, 1)))
    found = fgspace.check(space)
    assert found == fgspace.check(space)
    # The extremes are boundary values, which hardly any random point has.
    assert (found.cheapest, found.dearest) == (dict.fromkeys(space.initial, 1), dict.fromkeys(space.initial, 4_000))
    assert 1_000 < found.points <= 1_064
    assert found.built == 8
    assert fgspace.check(space, points=7).points == 7


def test_the_dearest_is_found_where_no_end_of_all_values_is_it():
    # The most parameters are at the last value of some and at the first value of others.
    space = fgspace.space(
        chain(
            a={**conv({"int": [8, 512, 8]}), "groups": {"choice": [1, 8]}},
            **{f"b{index}": conv({"int": [8, 64, 8]}, {"choice": [5, 3, 1]}) for index in range(4)},
        ),
        input_shape=(8, 8, 8),
    )
    found = fgspace.check(space, points=None)
    assert found.dearest["a.groups"] == 1
    assert [found.dearest[f"b{index}.kernel_size"] for index in range(4)] == [5] * 4


REFUSED = [
    (
        chain(a={"type": "Hardtanh", "min_val": {"choice": [-1, 2]}, "max_val": 1}),
        "a: Hardtanh: max_val (1) must be greater than min_val (2); for instance where a.min_val is 2",
    ),
    (
        chain(a={"type": "RReLU", "lower": {"float": [0, 1]}, "upper": 0.5}),
        "a: RReLU does not take an input of (3, 32, 32): Lower bound should be less than or equal to the upper bound;"
        " for instance where a.lower is 1.0",
    ),
    (
        chain(a={"type": "GELU", "approximate": {"choice": ["tanh", "tan"]}}),
        "a: GELU does not take an input of (3, 32, 32): approximate argument must be either none or tanh.;"
        " for instance where a.approximate is tan",
    ),
    (
        chain(a={"type": "Upsample", "scale_factor": {"choice": [2, [2, 2]]}}),
        "a: scale_factor: torch takes one number here, got [2, 2]; give one, or size;"
        " for instance where a.scale_factor is [2, 2]",
    ),
    (
        {**chain(a={"type": "TransformerEncoderLayer", "d_model": 1024, "nhead": {"choice": [2, 3]}})},
        "a: TransformerEncoderLayer: embed_dim must be divisible by num_heads; for instance where a.nhead is 3",
    ),
]


@pytest.mark.parametrize(("description", "message"), REFUSED)
def test_what_torch_refuses_at_some_point_is_found(description, message):
    shape = (4, 1024) if "Transformer" in message else None
    assert problems(description, input_shape=shape) == [message]


def test_one_point_in_thousands_is_found_if_one_boundary_value_is_enough():
    layers = {f"a{index}": conv({"int": [8, 64, 8]}) for index in range(12)}
    space = chain(**layers, b={"type": "Hardtanh", "max_val": {"choice": [1, 2, 3, 4, 5, 6, 7, 8, 9, -3]}})
    assert problems(space) == [
        "b: Hardtanh: max_val (-3) must be greater than min_val (-1.0); for instance where b.max_val is -3"
    ]


def test_a_problem_of_shapes_is_said_once_whatever_the_sizes():
    assert problems(chain(a=conv({"int": [4, 65]}), b={"type": "PixelShuffle", "upscale_factor": 2})) == [
        "b: upscale_factor of 2 needs a multiple of 4 channels, got 5; for instance where a.out_channels is 5"
    ]


def test_a_leaf_that_is_not_what_its_rule_counts_is_found():
    net = chain(a=conv({"choice": [4, 6]}), b={"type": "Scale"})
    assert fgspace.check(net, registry=registry(Scale, rule=scale_cost)).built == 2
    assert problems(net, registry(Scale, rule=wrong_cost)) == [
        "b: has 4 parameters, but 8 are counted; the cost rule of Scale is wrong;"
        " for instance where a.out_channels is 4"
    ]
    assert problems(net, registry(Scale, rule=wrong_shape)) == [
        "b: puts out (4, 32, 32), but (2, 32, 32) is counted; the cost rule of Scale is wrong;"
        " for instance where a.out_channels is 4"
    ]
    assert problems({**net, "b": {"type": "Scale", "groups": 4}}, registry(Scale, rule=scale_cost)) == [
        "b: Scale does not take an input of (6, 32, 32): LookupError: odd (test_checking.py:LINE);"
        " for instance where a.out_channels is 6"
    ]


def test_a_process_that_makes_a_network_which_does_not_run_is_found():
    net = chain(a=conv({"choice": [8, 6]}), b={"type": "Flattening"})
    assert problems(net, registry(processes=[Flattening])) == [
        "has 296 parameters after its processes, but 224 are counted; a process that changes them needs layers_after;"
        " for instance where a.out_channels is 8",
        "1: Conv2d does not take an input of (6, 32, 32): Given groups=1, weight of size [8, 8, 1, 1], expected"
        " input[2, 6, 32, 32] to have 8 channels, but got 6 channels instead; for instance where a.out_channels is 6",
    ]


def test_a_process_that_counts_something_else_is_found():
    net = chain(a=conv({"choice": [8, 6]}), b={"type": "Miscounted"})
    assert problems(net, registry(processes=[Miscounted])) == [
        "has 224 parameters after its processes, but 0 are counted; a process that changes them needs layers_after;"
        " for instance where a.out_channels is 8"
    ]


def test_a_network_that_is_large_is_built_and_run_without_values():
    wide = chain(a=conv(8), b=conv({"choice": [8, 20_000]}, 15), c=conv(20_000, 5))
    found = fgspace.check(wide, registry=registry())
    assert (found.points, found.built) == (2, 2)
    params = (3 * 9 * 8 + 8) + (8 * 225 + 1) * 20_000 + (20_000 * 25 + 1) * 20_000
    assert found.costs["params"][1] == params
    assert found.notes == (
        f"1 of 2 networks does not fit in memory; the largest needs {4 * params / 2**30:,.1f} GiB for its {params:,}"
        f" parameters of 4 bytes each, but this machine has {memory_limit() / 2**30:,.1f} GiB of memory; make it"
        " smaller, or bound params by a constraint; for instance where b.out_channels is 20000",
    )


def test_a_network_that_is_large_and_needs_values_is_only_counted_and_that_is_said():
    size = memory_limit()
    net = chain(a={"type": "Valued", "size": {"choice": [1, size]}})
    found = fgspace.check(net, registry=registry(Valued, rule=valued_cost))
    assert (found.points, found.built) == (2, 1)
    assert found.notes[0] == (
        f"a network was only counted, not run; for instance where a.size is {size}: it is too large to run here, and"
        " does not run without values: a: Valued does not take an input of (3, 32, 32):"
        " Tensor.item() cannot be called on meta tensors"
    )
    large = 4 * size
    assert problems(net, registry(Valued)) == [
        "a: Valued does not take an input of (3, 32, 32): Tensor.item() cannot be called on meta tensors; to run with"
        f" values, it needs {large / 2**30:,.1f} GiB for its {size:,} parameters of 4 bytes each, but this machine has"
        f" {size / 2**30:,.1f} GiB of memory; make it smaller, or bound params by a constraint; for instance where"
        f" a.size is {size}"
    ]


def test_processes_are_not_followed_through_thousands_of_layers_and_that_is_said():
    layers = {"type": "Repeat", "num_reps": {"choice": [1, 2_001]}, "items": {}, "ref": conv(3)}
    net, known = chain(a=layers, b={"type": "Same"}), registry(processes=[Same])
    found = fgspace.check(net, registry=known)
    assert (found.points, found.built, found.costs["params"]) == (2, 1, (84, 84))
    note = "has 2,001 layers, through which its processes are not followed here; for instance where a.num_reps is 2001"
    assert found.notes == (f"1 of 2 networks were not looked at: one {note}",)
    deep = fgspace.check(chain(a={**layers, "num_reps": 2_001}, b={"type": "Same"}), registry=known)
    assert (deep.points, deep.built, deep.costs, deep.dearest) == (1, 0, {}, None)


def test_a_space_of_values_has_no_costs():
    found = fgspace.check({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [1, 9]}}})
    assert (found.points, found.built, found.costs, found.cheapest) == (9, 0, {}, None)


def test_forbidden_points_are_not_checked():
    net = {
        **chain(a={"type": "Hardtanh", "min_val": {"choice": [-1, 2]}, "max_val": 1}),
        "forbidden": [{"a.min_val": 2}],
    }
    assert fgspace.check(net, registry=registry()).points == 1


def test_an_embedding_is_run_on_integers():
    net = chain(a={"type": "Embedding", "num_embeddings": 10, "embedding_dim": {"choice": [4, 8]}})
    assert fgspace.check(net, registry=registry(), input_shape=(5,)).built == 2


def test_a_check_leaves_the_random_state_of_the_program_alone():
    before = torch.get_rng_state()
    fgspace.check(chain(a=conv({"choice": [4, 8]})), registry=registry())
    assert torch.equal(before, torch.get_rng_state())


def test_a_problem_has_its_place_in_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("space.yaml").write_text(
        "search_space:\n  modules: [a, b]\n  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
        "  b:\n    choice:\n    - {type: ReLU}\n    - {type: Hardtanh, min_val: 3}\n"
    )
    with pytest.raises(DescriptionError) as caught:
        check_points(load("space.yaml"))
    assert str(caught.value) == (
        "space.yaml:7:7: b: Hardtanh: max_val (1.0) must be greater than min_val (3); for instance where b is Hardtanh"
    )
