"""A part starts from the weights that its description names, wherever it stands."""

import fgspace
import pytest
import torch
from fgspace import nn
from torch import nn as torch_nn

INPUT = (3, 8, 8)
CONV = {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}
BODY = {
    "type": "FineGrainedSpace",
    "modules": ["a", "norm", "b"],
    "a": CONV,
    "norm": {"type": "BatchNorm2d"},
    "b": CONV,
}
STATE = {
    name: torch.rand_like(one) for name, one in fgspace.build(BODY, INPUT).float().state_dict().items() if one.dim()
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with the weights of the body, and of one convolution."""
    monkeypatch.chdir(tmp_path)
    torch.save(STATE, "body.pth")
    torch.save({name.removeprefix("a."): one for name, one in STATE.items() if name.startswith("a.")}, "conv.pth")
    return tmp_path


def holds(network, prefix=""):
    found = network.state_dict()
    return all(torch.equal(found[prefix + name], tensor) for name, tensor in STATE.items())


class Block(fgspace.FineGrainedSpace):
    """A composite that describes its own parts, and names their weights."""

    def constructor(self):
        """Set the parts."""
        self.weights = 3  # a plain attribute of its own, as is the next
        self._start = 5
        self.conv = {**CONV, "weights": "conv.pth"}
        self.other = nn.Conv2d(3, 3, 1)


@pytest.mark.parametrize(
    ("description", "prefix"),
    [
        ({**BODY, "weights": "body.pth"}, ""),
        ({**BODY, "weights": {"file": "body.pth"}}, ""),
        ({"type": "FineGrainedSpace", "modules": ["net"], "net": {**BODY, "weights": "body.pth"}}, "net."),
        ({"type": "FineGrainedSpace", "modules": ["net"], "net": BODY, "weights": "body.pth"}, "net."),
        ({"type": "Sequential", "modules": [{**BODY, "weights": "body.pth"}]}, "FineGrainedSpace_0."),
    ],
    ids=["the network", "a mapping", "a part", "around a part", "a part without a name"],
)
def test_a_part_has_the_weights_of_its_file(description, prefix):
    assert holds(fgspace.build(description, INPUT), prefix)
    assert fgspace.untrained(description, INPUT) == []


def test_each_copy_of_a_reference_starts_from_the_weights():
    described = {"type": "Repeat", "num_reps": 3, "items": {}, "ref": {**CONV, "weights": "conv.pth"}}
    network = fgspace.build(described, INPUT)
    assert all(torch.equal(one.weight, STATE["a.weight"]) for one in network)
    assert len({id(one.weight) for one in network}) == 3


def test_a_module_that_torch_takes_finished_starts_from_the_weights():
    given = {"d_model": 8, "nhead": 2, "dim_feedforward": 16, "batch_first": True}
    layer = torch_nn.TransformerEncoderLayer(**given)
    torch.save(layer.state_dict(), "layer.pth")
    inner = {"type": "TransformerEncoderLayer", **given, "weights": "layer.pth"}
    network = fgspace.build({"type": "TransformerEncoder", "encoder_layer": inner, "num_layers": 2}, (5, 8))
    assert all(torch.equal(one.linear1.weight, layer.linear1.weight) for one in network.layers)


def test_parts_that_a_program_describes_start_from_the_weights():
    network = fgspace.build(Block(), INPUT)
    assert torch.equal(network.conv.weight, STATE["a.weight"])


def test_equal_parts_with_and_without_weights_are_two():
    parts = {"a": CONV, "b": {**CONV, "weights": "conv.pth"}, "c": CONV}
    described = {"type": "FineGrainedSpace", "modules": [*parts], **parts}
    for _ in range(2):
        network = fgspace.build(described, INPUT)
        equal = [torch.equal(one.weight, STATE["a.weight"]) for one in network]
        assert equal == [False, True, False]
    assert fgspace.untrained(described, INPUT) == ["a.weight", "a.bias", "c.weight", "c.bias"]


def test_the_inner_weights_are_read_before_the_outer_ones():
    torch.save({"weight": torch.zeros(3, 3, 3, 3), "bias": torch.zeros(3)}, "zeros.pth")
    described = {**BODY, "a": {**CONV, "weights": "zeros.pth"}, "weights": "body.pth"}
    assert holds(fgspace.build(described, INPUT))


def test_weights_change_neither_costs_nor_the_digest_of_a_space_without_them():
    network = {**BODY, "weights": "body.pth"}
    plain, started = fgspace.space(BODY, INPUT), fgspace.space(network, INPUT)
    assert plain.cost() == started.cost()
    assert plain.digest != started.digest


def test_a_network_whose_weights_are_loaded_later_needs_no_file():
    described = {"type": "FineGrainedSpace", "modules": ["net"], "net": {**BODY, "weights": "gone.pth"}}
    network = fgspace.build(described, INPUT, init=False)
    assert "net.a.weight" in network.state_dict()


def test_a_part_without_weights_is_told_among_the_untrained():
    described = {"type": "FineGrainedSpace", "modules": ["net", "head"], "net": {**BODY, "weights": "body.pth"}}
    head = {"head": {"type": "Conv2d", "out_channels": 2, "kernel_size": 1}}
    assert fgspace.untrained({**described, **head}, INPUT) == ["head.weight", "head.bias"]


def test_a_part_of_the_name_weights_is_a_part():
    network = fgspace.build({"type": "FineGrainedSpace", "modules": ["weights"], "weights": CONV}, INPUT)
    assert list(network.state_dict()) == ["weights.weight", "weights.bias"]


def test_a_value_of_the_name_weights_is_searched():
    space = fgspace.space({"weights": {"choice": ["a.pth", "b.pth"]}})
    assert space.initial == {"weights": "a.pth"}


REFUSED = {
    "5": ("weights", 5),
    "a list": ("weights", ["body.pth"]),
    "nothing": ("weights", ""),
    "another key": ("weights", {"file": "body.pth", "strikt": True}),
    "no file": ("weights", {"strict": True}),
    "a word": ("weights", {"file": "body.pth", "strict": "yes"}),
}


@pytest.mark.parametrize(("key", "value"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_file_is_refused(key, value):
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space({"type": "FineGrainedSpace", "modules": ["net"], "net": {**CONV, key: value}}, INPUT)
    form = "expected the path of a file, or {file: mynet.pth, strict: false}"
    assert str(raised.value) == f"net: weights: {form}; got {value!r}"


def test_the_name_that_is_almost_weights_is_told():
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space({**CONV, "wieghts": "conv.pth"}, INPUT)
    assert str(raised.value) == "Conv2d has no parameter 'wieghts'; did you mean 'weights'?"


def test_files_of_other_networks_and_missing_ones_are_told_with_the_part():
    described = {"type": "FineGrainedSpace", "modules": ["net"], "net": {**CONV, "weights": "gone.pth"}}
    with pytest.raises(fgspace.PartError) as raised:
        fgspace.build(described, INPUT)
    assert str(raised.value) == (
        "net: weights: 'gone.pth' does not exist; give the path of a file of weights, or leave it out to start at "
        "random; a relative path begins in the folder that you run the command in"
    )
    described["net"] = {**CONV, "out_channels": 4, "weights": "conv.pth"}
    with pytest.raises(fgspace.PartError) as raised:
        fgspace.build(described, INPUT)
    assert str(raised.value) == (
        "net: weights: nothing in 'conv.pth' has the name and shape of a weight of this network: it holds 'weight', "
        "'bias', and the network has 'weight', 'bias'; give the weights of this network"
    )


class Own(torch_nn.Module):
    """A network whose own signature has a parameter of this name."""

    def __init__(self, weights="random", width=4):
        """Make the layer, and keep what was given."""
        super().__init__()
        self.given = weights
        self.conv = torch_nn.Conv2d(3, width, 1)

    def forward(self, x):
        """Run the layer."""
        return self.conv(x)


class Taker(torch_nn.Module):
    """A network that takes any name."""

    def __init__(self, **options):
        """Keep what was given."""
        super().__init__()
        self.options = options
        self.conv = torch_nn.Conv2d(3, 3, 3)

    def forward(self, x):
        """Run the layer."""
        return self.conv(x)


@pytest.fixture
def registry():
    """Return a registry with the two networks."""
    fgspace.register("OwnWeights", Own)
    fgspace.register("AnyWeights", Taker)
    return None


def test_a_type_whose_own_signature_has_weights_keeps_the_parameter(registry):
    assert fgspace.build({"type": "OwnWeights", "weights": "imagenet"}, INPUT).given == "imagenet"


def test_a_type_that_takes_any_name_does_not_swallow_the_weights(registry):
    network = fgspace.build({"type": "AnyWeights", "weights": "conv.pth", "depth": 3}, INPUT)
    assert network.options == {"depth": 3}
    assert torch.equal(network.conv.weight, STATE["a.weight"])
