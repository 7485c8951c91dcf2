"""The conformance suites of costs, known before a trial, and of measurements, taken while no other runs."""

import math
import pickle
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import fgspace
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Type
from fgspace.signatures.calls import make
from fgspace.study.measuring.measurement import Measurement, Sample
from fgspace.testing.kit.examples import Example

_SPACE: Mapping[str, Any] = {
    "type": "FineGrainedSpace",
    "input_shape": [3, 16, 16],
    "modules": ["body", "pool", "flatten", "head"],
    "body": {"type": "Conv2d", "out_channels": {"choice": [8, 16]}, "kernel_size": 3},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}


class CostSuite:
    """What every cost must do: subclass it in a test module, with `cost` and, where it needs one, `space`.

    Attributes:
        cost: the cost as a file has it, a mapping with `type`.
        space: a space that it can count.
    """

    cost: Mapping[str, Any] = {}
    space: Any = _SPACE
    promises: ClassVar[int] = 3

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.cost = {"type": found.name, **example.options}
        suite.space = example.network or cls.space
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no arguments."""
        raise NotImplementedError(name)

    def test_it_is_a_finite_number_and_the_same_each_time(self) -> None:
        """The cost of a network depends on nothing but the network."""
        found = [self._space().cost()["own"] for _ in range(2)]
        assert all(isinstance(one, float) and math.isfinite(one) for one in found), found
        assert found[0] == found[1]

    def test_it_is_computed_in_another_process_alike(self) -> None:
        """A space that is pickled has the same cost."""
        space = self._space()
        assert pickle.loads(pickle.dumps(space)).cost()["own"] == space.cost()["own"]

    def test_it_changes_no_other_cost(self) -> None:
        """Parameters and multiply-adds are those of the network."""
        plain = fgspace.space(self.space).cost()
        assert {name: value for name, value in self._space().cost().items() if name != "own"} == plain

    def _space(self) -> Any:
        return fgspace.space(self.space).with_costs({"own": dict(self.cost)})


class MeasurementSuite:
    """What every measurement must do: subclass it in a test module, with `measurement` as a file has it.

    Attributes:
        measurement: a mapping with `type`.
        network: a space of networks that it can measure.
    """

    measurement: Mapping[str, Any] = {}
    network: Any = _SPACE
    promises: ClassVar[int] = 3

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.measurement = {"type": found.name, **example.options}
        suite.network = example.network or cls.network
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no arguments."""
        raise NotImplementedError(name)

    def test_it_measures_a_number_and_how_far_measurements_lie_apart(self) -> None:
        """Numbers are finite, and none is below 0."""
        self._check(self._made())

    def test_it_measures_in_another_process(self) -> None:
        """A measurement is sent to the workers of an executor."""
        self._check(pickle.loads(pickle.dumps(self._made())))

    def test_a_study_keeps_what_was_measured_of_each_trial(self) -> None:
        """Median and spread are metrics of every trial, and the median may be an objective."""
        study = fgspace.Study(fgspace.space(self.network), "RandomSearch", {"measured": "min"})
        study.run(lambda _: {"score": 1.0}, 1, measurements={"measured": self._made()})
        (trial,) = study.trials
        assert trial.state == "complete", trial.error
        assert {"score", "measured", "measured_spread"} <= trial.metrics.keys()

    def _check(self, measurement: Measurement) -> None:
        space = fgspace.space(self.network)
        sample = measurement(space.network_at(), space.input_shape)
        assert isinstance(sample, Sample)
        numbers = (sample.value, sample.spread, *([sample.reference] if sample.reference is not None else []))
        assert all(math.isfinite(number) and number >= 0 for number in numbers), sample

    def _made(self) -> Any:
        return make(default_registry(), "measurement", self.measurement)
