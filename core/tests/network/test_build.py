"""Building: without initialisation, with processes, and the effect of a process on the cost."""

import pytest
import torch
from fgspace import FineGrainedSpace, Sequential, nn
from fgspace.network.build.skip_init import skip_init
from fgspace.network.costs import PartError

SHAPE = (3, 8, 8)
NET = Sequential(
    conv=nn.Conv2d(3, 4, 3),
    norm=nn.BatchNorm2d(4),
    relu=nn.PReLU(),
    flat=nn.Flatten(),
    head=nn.Linear(144, 5),
)


class Drawn(torch.nn.Module):
    """Draws a parameter, a plain tensor and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((4,), 7.0))
        torch.nn.init.trunc_normal_(self.weight)
        self.register_buffer("noise", torch.zeros(3).uniform_(1, 2), persistent=False)
        self.register_buffer("constant", torch.full((2,), 5.0))

    def forward(self, x):
        return x


class Wrapped(torch.nn.Module):
    """The model that the process below returns."""

    def __init__(self, model, gain):
        super().__init__()
        self.model = model
        self.gain = gain

    def forward(self, x):
        return self.gain * self.model(x)


class Gain:
    """A process without a cost of its own."""

    def __init__(self, gain: float) -> None:
        if gain == 0:
            raise ValueError("gain must not be 0")
        self.gain = gain

    def __call__(self, model, input_shape):
        if input_shape != SHAPE:
            raise ValueError(f"expected an input of {SHAPE}, got {input_shape}")
        return Wrapped(model, self.gain)


class Thin:
    """A process that halves the multiply-adds, and adds a cost."""

    def cost(self, layers):
        return {"macs": sum(layer.macs for layer in layers) // 2, "layers": len(layers)}

    def __call__(self, model, input_shape):
        return model


@pytest.fixture
def network(network_with):
    return network_with(Drawn, processes=(Gain, Thin))


def test_the_same_seed_gives_what_torch_gives_when_written_by_hand(network):
    torch.manual_seed(0)
    built = network.build(NET, SHAPE)
    torch.manual_seed(0)
    by_hand = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.PReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 5)
    )
    pairs = zip(built.state_dict().values(), by_hand.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_without_init_nothing_is_drawn_and_constants_are_right(network):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    module = network.build(NET, SHAPE, init=False)
    assert torch.equal(torch.get_rng_state(), before)
    norm = module.norm
    for tensor, value in ((norm.weight, 1), (norm.bias, 0), (norm.running_mean, 0), (norm.running_var, 1)):
        assert torch.equal(tensor.detach(), torch.full((4,), float(value)))
    assert norm.num_batches_tracked == 0
    assert torch.equal(module.relu.weight.detach(), torch.tensor([0.25]))


def test_without_init_weights_load(network):
    full, empty = network.build(NET, SHAPE), network.build(NET, SHAPE, init=False)
    empty.load_state_dict(full.state_dict())
    x = torch.randn(2, *SHAPE)
    torch.testing.assert_close(empty.eval()(x), full.eval()(x))
    assert all(parameter.requires_grad for parameter in empty.parameters())


def test_without_init_buffers_are_still_drawn(network):
    module = network.build({"type": "Drawn"}, SHAPE, init=False)
    assert bool(((module.noise >= 1) & (module.noise <= 2)).all())
    assert torch.equal(module.constant, torch.full((2,), 5.0))


@pytest.mark.parametrize(
    "draw",
    [
        torch.nn.init.uniform_,
        torch.nn.init.normal_,
        torch.nn.init.trunc_normal_,
        torch.nn.init.xavier_uniform_,
        torch.nn.init.xavier_normal_,
        torch.nn.init.kaiming_uniform_,
        torch.nn.init.kaiming_normal_,
    ],
)
def test_every_draw_into_a_parameter_is_left_out(draw):
    parameter = torch.nn.Parameter(torch.zeros(4, 4))
    before = torch.get_rng_state()
    with skip_init():
        draw(tensor=parameter)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_process_is_applied_to_the_finished_model(network):
    described = {
        "type": "FineGrainedSpace",
        "modules": ["conv", "loud", "thin"],
        "conv": {"type": "Conv2d", "out_channels": 2, "kernel_size": 1},
        "loud": {"type": "Gain", "gain": 3.0},
        "thin": {"type": "Thin"},
    }
    module = network.build(described, SHAPE)
    x = torch.randn(2, *SHAPE)
    torch.testing.assert_close(module(x), 3 * module.model.conv(x))
    cost = network.cost(described, SHAPE)
    assert (cost.params, cost.macs, cost.output_shape, cost.extra) == (8, 6 * 64 // 2, (2, 8, 8), {"layers": 1})
    assert [row.path for row in network.layers(described, SHAPE)] == ["conv"]


def test_a_process_of_a_nested_part_is_applied_to_that_part(network):
    inner = {"type": "FineGrainedSpace", "modules": [{"type": "ReLU"}, {"type": "Gain", "gain": 2.0}]}
    described = {"type": "FineGrainedSpace", "modules": ["inner", "flat"], "inner": inner, "flat": {"type": "Flatten"}}
    assert isinstance(network.build(described, SHAPE).inner, Wrapped)


def test_what_processes_of_nested_parts_add_is_summed(network):
    inner = {"type": "FineGrainedSpace", "modules": [{"type": "ReLU"}, {"type": "ReLU"}, {"type": "Thin"}]}
    assert network.cost({"type": "FineGrainedSpace", "modules": [inner, inner]}, SHAPE).extra == {"layers": 4}


@pytest.mark.parametrize(
    ("gain", "shape", "message"),
    [
        (0, SHAPE, "loud: gain must not be 0"),
        (1, (3, 4, 4), "loud: expected an input of (3, 8, 8), got (3, 4, 4)"),
    ],
)
def test_an_error_of_a_process_names_it(network, gain, shape, message):
    described = {"type": "FineGrainedSpace", "modules": ["loud"], "loud": {"type": "Gain", "gain": gain}}
    with pytest.raises(PartError) as caught:
        network.build(described, shape)
    assert str(caught.value) == message


def test_an_empty_composite_is_the_identity(network):
    x = torch.randn(1, *SHAPE)
    assert network.build(FineGrainedSpace(), SHAPE)(x) is x
    assert network.cost(FineGrainedSpace(), SHAPE).output_shape == SHAPE
