"""The conformance suite of search spaces."""

import json
from random import Random
from typing import Any

import pytest

import fgspace
from fgspace.spaces.space import Space

_SEEDS = range(5)


class SpaceSuite:
    """What every space must do: subclass it in a test module, with `source`.

        class TestMySpace(SpaceSuite):
            source = {"type": "MySpace", "num_class": 10}
            input_shape = (3, 32, 32)

    Attributes:
        source: anything that `fgspace.space` takes; keep its networks small, since they are built.
        input_shape: (channels, height, width) of the input of its networks; by default that of the space.
    """

    source: Any = None
    input_shape: tuple[int, ...] | None = None

    @pytest.fixture(scope="class")
    @classmethod
    def space(cls) -> Space:
        """Make the space, once for the class."""
        if cls.source is None:
            raise NotImplementedError("source is what fgspace.space takes, for the space to test")
        made: Space = fgspace.space(cls.source, input_shape=cls.input_shape)
        return made

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_its_points_are_plain_json_and_can_be_encoded(self, space: Space, seed: int) -> None:
        """Decoding undoes encoding, for drawn, mutated and crossed points."""
        rng = Random(seed)
        first, second = space.sample(rng), space.sample(rng)
        for point in (space.initial, first, space.mutate(first, rng), space.crossover(first, second, rng)):
            tokens = space.encode(point)
            assert space.misfit(point) is None
            assert json.loads(json.dumps(point)) == point
            assert all(0 <= token < bound for token, bound in zip(tokens, space.range_table, strict=True))
            assert space.decode(tokens) == point

    def test_it_starts_from_its_initial_tokens(self, space: Space) -> None:
        """The initial point and the initial tokens are the same."""
        assert space.decode(space.init_tokens) == space.initial

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_its_costs_are_those_of_the_built_networks(self, space: Space, seed: int) -> None:
        """The network of a drawn point can be built and run, and has the parameters and multiply-adds of its cost."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        point = space.sample(Random(seed))
        cost = space.cost(point)
        network = space.build(point).eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(torch.zeros(1, *space.input_shape))
        assert cost["params"] == sum(parameter.numel() for parameter in network.parameters())
        assert 2 * cost["macs"] == counter.get_total_flops()

    def test_it_is_the_same_space_each_time(self, space: Space) -> None:
        """Made again, it has the same digest."""
        assert fgspace.space(self.source, input_shape=self.input_shape).digest == space.digest
