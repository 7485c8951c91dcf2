"""The conformance suite of module types: blocks, networks, heads."""

import copy
import io
import pickle
import warnings
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

import fgspace
from fgspace.network.inputs import as_shape
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Type
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example
from fgspace.testing.kit.parameters import alternatives, searched_space
from fgspace.testing.kit.running import compare, input_that_fits, outputs, settled, tensors


class ModuleSuite:
    """What every module type must do: subclass it in a test module, with `examples`.

    class TestMyBlock(ModuleSuite):
        examples = (
            ({"type": "MyBlock", "out_channels": 8}, (3, 16, 16)),
            ({"type": "MyBlock", "out_channels": 8, "stride": 2}, (3, 16, 16)),
        )

    Attributes:
        examples: descriptions of the type, each with an input shape (channels, height, width) that it takes, or with
            what a file would say under `input`.
    """

    examples: tuple[tuple[Mapping[str, Any], Any], ...] = ()
    promises: ClassVar[int] = 9

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite = cls()
        suite.examples = (({"type": found.name, **example.options}, example.input_shape),)
        return suite

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every test on every example."""
        if not self.examples:
            raise NotImplementedError("examples holds (description, input_shape) pairs of the type to test")
        metafunc.parametrize(("description", "input_shape"), self.examples, ids=str)

    def given(self, name: str) -> Any:
        """Return the description of the only example, or an input that it takes."""
        return self.examples[0][0] if name == "description" else self._input

    @cached_property
    def _input(self) -> Any:
        ((description, shape),) = self.examples
        return input_that_fits(description) if shape is None else shape

    @property
    def varies(self) -> bool:
        """Whether it has parameters with a default domain, or with listed values."""
        return any(
            searched_space(description) is not None or any(alternatives(description))
            for description, _ in self.examples
        )

    def test_its_description_is_in_order(self, description: Mapping[str, Any], input_shape: Any) -> None:
        """Its parameters fit the signature, and its widths fit the input."""
        fgspace.space({**description, "input_shape": input_shape} if _plain(input_shape) else description, input_shape)

    def test_its_cost_is_that_of_the_built_module(self, description: Mapping[str, Any], input_shape: Any) -> None:
        """Parameters, multiply-adds and output shape equal those of the module when it is built and run."""
        compare(description, input_shape)

    def test_its_rows_add_up_to_its_cost(self, description: Mapping[str, Any], input_shape: Any) -> None:
        """The rows of its layers have the parameters and multiply-adds that are counted for the whole."""
        network = network_of(default_registry())
        cost, rows = network.cost(description, input_shape), network.layers(description, input_shape)
        assert sum(row.params for row in rows) == cost.params
        assert sum(row.macs for row in rows) == cost.macs

    def test_it_can_be_built_where_tensors_have_no_values(
        self, description: Mapping[str, Any], input_shape: Any
    ) -> None:
        """On the meta device it has the parameters that it has on the CPU."""
        import torch

        with torch.device("meta"):
            there = fgspace.build(description, input_shape=input_shape)
        here = fgspace.build(description, input_shape=input_shape)
        assert {name: one.shape for name, one in there.state_dict().items()} == {
            name: one.shape for name, one in here.state_dict().items()
        }

    def test_every_parameter_learns(self, description: Mapping[str, Any], input_shape: Any) -> None:
        """Every parameter that is trained has a gradient; outputs and gradients are finite."""
        import torch

        module = fgspace.build(description, input_shape=input_shape).train()
        answers = outputs(module, input_shape, batch=4)
        assert all(bool(torch.isfinite(one).all()) for one in answers)
        if any(parameter.requires_grad for parameter in module.parameters()):
            torch.stack([one.sum() for one in answers if one.requires_grad]).sum().backward()  # type: ignore[no-untyped-call]
        gradients = {name: one.grad for name, one in module.named_parameters()}
        idle = [name for name, gradient in gradients.items() if gradient is None]
        assert idle == []
        assert [name for name, one in gradients.items() if one is not None and not torch.isfinite(one).all()] == []

    def test_equal_weights_give_equal_outputs(self, description: Mapping[str, Any], input_shape: Any) -> None:
        """Another module with the same weights returns the same output; neither changes its input."""
        import torch

        from fgspace.network.trace import call, example

        first = fgspace.build(description, input_shape=input_shape).eval()
        second = fgspace.build(description, input_shape=input_shape, init=False).eval()
        second.load_state_dict(copy.deepcopy(first.state_dict()))
        given = example(input_shape, 2, seed=0)
        kept = copy.deepcopy(given)
        for one, other in zip(tensors(call(first, given)), tensors(call(second, given)), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
        for one, other in zip(tensors(given), tensors(kept), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)

    def test_a_copy_and_a_pickle_of_it_answer_the_same(self, description: Mapping[str, Any], input_shape: Any) -> None:
        """A search copies modules, and sends them to other processes."""
        import torch

        module = fgspace.build(description, input_shape=input_shape).eval()
        for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            for one, same in zip(outputs(module, input_shape), outputs(other, input_shape), strict=True):
                torch.testing.assert_close(one, same, rtol=0, atol=0)

    def test_an_answer_does_not_depend_on_the_rest_of_its_batch(
        self, description: Mapping[str, Any], input_shape: Any
    ) -> None:
        """In evaluation, after a batch of training, an input is answered the same alone and among others."""
        import torch

        from fgspace.network.trace import call, example

        module, given = settled(description, input_shape), example(input_shape, 3, seed=0)
        together, alone = tensors(call(module, given)), tensors(call(module, _first(given)))
        for one, other in zip(together, alone, strict=True):
            torch.testing.assert_close(one[:1], other, rtol=1e-4, atol=1e-5)

    def test_it_can_be_exported(self, description: Mapping[str, Any], input_shape: Any, tmp_path: Path) -> None:
        """`torch.export` follows it, and what it writes answers the same.

        A network of a process that names exporters of its own is written by these.
        """
        import torch

        from fgspace.network.trace import example

        module, given = settled(description, input_shape), example(input_shape, 2, seed=0)
        if own := getattr(module, "exporters", None):
            for format, exporter in own.items():
                written = tmp_path / f"network.{format}"
                default_registry().get("exporter", exporter).load()(module, written, as_shape(input_shape))
                assert written.stat().st_size > 0
            return
        args, kwargs = ((), given) if isinstance(given, Mapping) else ((given,), {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exported, file = torch.export.export(module, args, kwargs), io.BytesIO()
            torch.export.save(exported, file)
            file.seek(0)
            again = torch.export.load(file).module()
            for one, other in zip(tensors(module(*args, **kwargs)), tensors(again(*args, **kwargs)), strict=True):
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)

    @only_if("varies", "no parameter has a default domain, or is true or false, or one of listed values")
    def test_other_values_of_its_parameters_are_refused_or_counted_as_they_are_built(
        self, description: Mapping[str, Any], input_shape: Any
    ) -> None:
        """For points of its default domains, and for each of the listed values of a parameter."""
        from random import Random

        others = [*alternatives(description)]
        if (space := searched_space(description)) is not None:
            others += [space.at(space.sample(Random(seed)))["part"] for seed in range(3)]
        for other in others:
            try:
                network_of(default_registry()).cost(other, input_shape)
                fgspace.build(other, input_shape=input_shape)
            except fgspace.FgspaceError:
                continue
            compare(other, input_shape)


def _plain(shape: Any) -> bool:
    return isinstance(shape, list | tuple) and all(isinstance(one, int) for one in shape)


def _first(given: Any) -> Any:
    if isinstance(given, Mapping):
        return {name: _first(one) for name, one in given.items()}
    return tuple(map(_first, given)) if isinstance(given, tuple) else given[:1]
