"""The conformance suite of search spaces."""

import json
import pickle
from functools import cached_property
from random import Random
from typing import Any, ClassVar, Self

import pytest

import fgspace
from fgspace.plugins.registry import Type
from fgspace.spaces.space import Space
from fgspace.testing.kit.examples import Example
from fgspace.testing.kit.running import compare, unless_refused

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
    input_shape: Any = None
    promises: ClassVar[int] = 20

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.source = {"type": found.name, **example.options}
        suite.input_shape = example.input_shape
        return suite

    def given(self, name: str) -> Any:
        """Return what the tests call `space`."""
        return self._space

    @pytest.fixture(scope="class")
    @classmethod
    def space(cls) -> Space:
        """Make the space, once for the class."""
        return cls()._space

    @cached_property
    def _space(self) -> Space:
        if self.source is None:
            raise NotImplementedError("source is what fgspace.space takes, for the space to test")
        made: Space = fgspace.space(self.source, input_shape=self.input_shape)
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
        """The network of a drawn point has the parameters and multiply-adds of its cost; or the space refuses it."""
        point = space.sample(Random(seed))
        if unless_refused(lambda: space.cost(point)) is not None:
            compare(space.network_at(point), space.input_shape)

    def test_its_initial_network_can_be_built(self, space: Space) -> None:
        """The search starts from it."""
        compare(space.network_at(space.initial), space.input_shape)

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_a_point_and_its_tokens_describe_one_network(self, space: Space, seed: int) -> None:
        """The description of a point is that of its tokens, is plain data, and the same each time."""
        point = space.sample(Random(seed))
        described = space.at(point)
        assert json.loads(json.dumps(described)) == described
        assert space.at(space.decode(space.encode(point))) == described

    def test_equal_seeds_draw_equal_points(self, space: Space) -> None:
        """Points are drawn by the generator that is given, and by nothing else."""
        assert [space.sample(Random(7)) for _ in range(3)] == [space.sample(Random(7)) for _ in range(3)]

    def test_it_can_be_sent_to_another_process(self, space: Space) -> None:
        """A pickle of it is the same space."""
        assert pickle.loads(pickle.dumps(space)).digest == space.digest

    def test_it_is_the_same_space_each_time(self, space: Space) -> None:
        """Made again, it has the same digest."""
        assert fgspace.space(self.source, input_shape=self.input_shape).digest == space.digest
