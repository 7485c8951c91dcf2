"""A process is given real weights, or a model on the meta device without any; never uninitialised memory."""

from typing import ClassVar

import pytest
import torch

SHAPE = (3, 8, 8)


def noted(model):
    """Return whether the model's weights have values, and whether these are what torch draws: small, and not zero."""
    weights = [parameter.detach() for name, parameter in model.named_parameters() if name.endswith("conv.weight")]
    return [None if one.is_meta else bool(one.abs().max() <= 27**-0.5 and one.abs().mean() > 0.01) for one in weights]


class LowRank:
    """Puts two new convolutions before the network, as many channels as its weights have singular values above 0."""

    seen: ClassVar[list[object]] = []

    def __call__(self, model, input_shape):
        LowRank.seen.append(noted(model))
        conv = model.conv
        rank = int((torch.linalg.svdvals(conv.weight.detach().flatten(1)) > 0).sum())
        made = torch.nn.Sequential(torch.nn.Conv2d(3, rank, 3), torch.nn.Conv2d(rank, 16, 1))
        return torch.nn.Sequential(made, torch.nn.Conv2d(16, 3, 1), torch.nn.ZeroPad2d(1), model)

    def layers_after(self, rows, plan):
        return rows


class Reader:
    """Reads the weights that the process before it made, and plans without values where it can."""

    seen: ClassVar[list[object]] = []
    planned: ClassVar[list[object]] = []

    def __call__(self, model, input_shape):
        Reader.seen.append([bool(one.abs().mean() > 0.01) for one in (model[0][0].weight, model[0][1].weight)])
        return model

    @staticmethod
    def plan(model, input_shape):
        Reader.planned.append(noted(model))

    def layers_after(self, rows, plan):
        return rows


@pytest.fixture
def network(network_with):
    LowRank.seen.clear(), Reader.seen.clear(), Reader.planned.clear()
    return network_with(processes=(LowRank, Reader))


def described(**processes):
    inner = {"type": "FineGrainedSpace", "conv": {"type": "Conv2d", "out_channels": 16, "kernel_size": 3}}
    return {**inner, **processes, "modules": ["conv", *processes]}


def fill_memory():
    """Leave freed memory behind that is not zero, so that memory without values shows."""
    return [torch.full((16, 3, 3, 3), 1e30) for _ in range(64)]


@pytest.mark.parametrize("init", [True, False])
def test_processes_one_after_the_other_see_drawn_weights(network, init):
    fill_memory()
    network.build(described(low={"type": "LowRank"}, reader={"type": "Reader"}), SHAPE, init=init)
    assert LowRank.seen[-1] == [True]
    assert [False] not in LowRank.seen
    assert Reader.seen == [[True, True]]


def test_a_processed_part_inside_a_network_is_drawn_and_the_parts_beside_it_are_not(network):
    fill_memory()
    beside = {"type": "Conv2d", "out_channels": 3, "kernel_size": 1}
    whole = {"type": "FineGrainedSpace", "modules": ["first", "inner"], "first": beside}
    whole["inner"] = described(low={"type": "LowRank"})
    torch.manual_seed(0)
    before = torch.get_rng_state()
    network.build(whole, SHAPE, init=False)
    assert LowRank.seen == [[True]]
    assert torch.equal(torch.get_rng_state(), before)


def test_a_plan_is_made_without_values_where_no_process_before_reads_them(network):
    network.cost(described(reader={"type": "Reader"}), SHAPE)
    assert Reader.planned == [[None]]


def test_a_plan_after_a_process_that_reads_values_is_made_from_drawn_weights(network):
    fill_memory()
    network.cost(described(low={"type": "LowRank"}, reader={"type": "Reader"}), SHAPE)
    assert LowRank.seen == [[None], [True]]
    assert len(Reader.planned) == 1


def tied():
    """Return a network whose two layers have one weight, on the CPU wherever it is made."""
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1, device="cpu"), torch.nn.Conv2d(3, 3, 1, device="cpu"))
    net[1].weight = net[0].weight
    return net


class Sharing:
    """Plans how many tensors the parameters of the network are."""

    planned: ClassVar[list[object]] = []

    def __call__(self, model, input_shape):
        return model

    @staticmethod
    def plan(model, input_shape):
        Sharing.planned.append([(name, one.is_meta) for name, one in model.named_parameters()])

    def layers_after(self, rows, plan):
        return rows


def test_weights_that_are_one_tensor_are_one_in_the_model_of_a_plan(network_with):
    inner = {"type": "FineGrainedSpace", "modules": ["net", "sharing"]}
    network_with(tied, processes=(Sharing,)).cost(
        {**inner, "net": {"type": "tied"}, "sharing": {"type": "Sharing"}}, SHAPE
    )
    assert Sharing.planned == [[("net.0.weight", True), ("net.0.bias", True), ("net.1.bias", True)]]
