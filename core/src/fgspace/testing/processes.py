"""The conformance suite of processes: module types that turn a finished model into another."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pytest

import fgspace
from fgspace.network.inputs import as_shape
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.kinds import PROCESS
from fgspace.plugins.registry import Type
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example
from fgspace.testing.kit.running import outputs, unless_refused

if TYPE_CHECKING:
    from torch import nn

SMALL_NETWORKS = (
    "perceptron",
    "plain convolutions",
    "residual blocks",
    "separable convolutions",
    "concatenation",
    "squeeze and excitation",
    "vision transformer",
    "language model with tied weights",
    "a layer that runs twice",
    "two inputs by name",
)
"""The networks that a process is tried on, one of each structure that published networks have."""
_FEWEST = 3
"""The networks that a process has to take at least."""

every_network = pytest.mark.parametrize("network", SMALL_NETWORKS)


class ProcessSuite:
    """What every process must do: subclass it in a test module, with `process`.

        class TestRounded(ProcessSuite):
            process = {"type": "Rounded", "digits": 3}

    A process may refuse a network, by a ValueError of one sentence; it has to take at least three of the ten.

    Attributes:
        process: its description.
        repeats: whether it goes on from its own result where it is applied again, as cutting half of what is left; its
            record says so by the tag "repeats". Other processes change nothing the second time, or refuse.
    """

    process: Mapping[str, Any] = {}
    repeats = False
    promises: ClassVar[int] = 33

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.process = {"type": found.name, **example.options}
        suite.repeats = "repeats" in found.tags
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests need no more than a network's name."""
        raise NotImplementedError(name)

    @property
    def counts(self) -> bool:
        """Whether it tells the rows of the layers after it."""
        return hasattr(self._made(), "layers_after")

    def test_it_takes_several_of_the_small_networks(self) -> None:
        """It refuses at most seven of the ten."""
        taken = [name for name in SMALL_NETWORKS if self._applied(name) is not None]
        assert len(taken) >= _FEWEST, f"it takes {taken or 'none'} of the ten networks"

    @every_network
    def test_it_leaves_the_model_as_it_is(self, network: str) -> None:
        """The weights of the given model, its modules and its mode are what they were."""
        import torch

        model, shape = _network(network)
        before, modules, answers = dict(model.state_dict()), [*map(id, model.modules())], outputs(model, shape)
        kept = {name: one.clone() for name, one in before.items()}
        unless_refused(lambda: fgspace.compress(model, self.process, shape))
        assert [*map(id, model.modules())] == modules
        assert not model.training
        assert {name: one.shape for name, one in model.state_dict().items()} == {n: o.shape for n, o in kept.items()}
        assert [name for name, one in model.state_dict().items() if not torch.equal(one, kept[name])] == []
        for one, other in zip(outputs(model, shape), answers, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)

    @every_network
    def test_what_it_returns_answers_in_the_same_shape_and_can_be_trained(self, network: str) -> None:
        """The processed model takes the same input; its outputs are finite and have gradients."""
        import torch

        model, shape = _network(network)
        if (small := self._applied(network)) is None:
            return
        answers = outputs(small, shape)
        assert [one.shape for one in answers] == [one.shape for one in outputs(model, shape)]
        assert all(bool(torch.isfinite(one).all()) for one in answers)
        torch.stack([one.sum() for one in outputs(small.train(), shape, batch=4)]).sum().backward()  # type: ignore[no-untyped-call]
        assert any(one.grad is not None for one in small.parameters())

    @every_network
    @only_if("counts", "it has no layers_after: networks are counted by applying it")
    def test_its_rows_are_those_of_the_processed_model(self, network: str) -> None:
        """What `layers_after` counts is what tracing finds in the model that the process returns."""
        from fgspace.network.trace import rows

        model, shape = _network(network)
        if (small := self._applied(network)) is None:
            return
        process = self._made()
        plan = process.plan(model, as_shape(shape)) if hasattr(process, "plan") else None
        counted = process.layers_after(rows(model, shape), plan)
        found = rows(small, shape)
        assert [(one.params, one.macs) for one in counted] == [(one.params, one.macs) for one in found]

    @every_network
    def test_applied_again_it_refuses_or_changes_nothing_unless_it_says_that_it_repeats(self, network: str) -> None:
        """The rows of the model after the second time are those after the first, or the second time is refused."""
        from fgspace.network.trace import rows

        _, shape = _network(network)
        if (small := self._applied(network)) is None:
            return
        again = unless_refused(lambda: fgspace.compress(small.eval(), self.process, shape))
        if again is not None and not self.repeats:
            first, second = rows(small, shape), rows(again, shape)
            assert [(one.params, one.macs) for one in second] == [(one.params, one.macs) for one in first], (
                "it changes the model again; where this is meant, give its record the tag 'repeats'"
            )

    @pytest.mark.parametrize("network", SMALL_NETWORKS[:2])
    def test_it_goes_before_and_after_every_other_process(self, network: str) -> None:
        """In either order the two give a model that runs, or one refuses in one sentence."""
        model, shape = _network(network)
        for other in self._others():
            for order in ([self.process, other], [other, self.process]):
                both = unless_refused(partial(fgspace.compress, model, order, shape))
                if both is not None:
                    assert [one.shape for one in outputs(both, shape)] == [one.shape for one in outputs(model, shape)]

    def _made(self) -> Any:
        return network_of(default_registry()).types.process("process", self.process)

    def _others(self) -> Iterator[Mapping[str, Any]]:
        """Yield the processes that are installed and need no parameters."""
        for found in default_registry().types:
            if PROCESS in found.tags and found.name != self.process["type"]:
                yield {"type": found.name}

    def _applied(self, name: str) -> "nn.Module | None":
        """Return what the process makes of a small network, None where it refuses."""
        model, shape = _network(name)
        return unless_refused(lambda: fgspace.compress(model, self.process, shape))


def _network(name: str) -> "tuple[nn.Module, Any]":
    from fgspace.testing.kit.networks import NETWORKS, made

    return made(name), NETWORKS[name][1]
