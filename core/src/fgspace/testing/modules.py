"""The conformance suite of module types: blocks, networks, heads."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

import fgspace
from fgspace.network.network import network_of
from fgspace.plugins.default_registry import default_registry


class ModuleSuite:
    """What every module type must do: subclass it in a test module, with `examples`.

    class TestMyBlock(ModuleSuite):
        examples = (
            ({"type": "MyBlock", "out_channels": 8}, (3, 16, 16)),
            ({"type": "MyBlock", "out_channels": 8, "stride": 2}, (3, 16, 16)),
        )

    Attributes:
        examples: descriptions of the type, each with an input shape (channels, height, width) that it takes.
    """

    examples: tuple[tuple[Mapping[str, Any], tuple[int, ...]], ...] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every test on every example."""
        if not self.examples:
            raise NotImplementedError("examples holds (description, input_shape) pairs of the type to test")
        metafunc.parametrize(("description", "input_shape"), self.examples, ids=str)

    def test_its_description_is_in_order(self, description: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
        """Its parameters fit the signature, and its widths fit the input."""
        fgspace.space({**description, "input_shape": list(input_shape)})

    def test_its_cost_is_that_of_the_built_module(
        self, description: Mapping[str, Any], input_shape: tuple[int, ...]
    ) -> None:
        """Parameters, multiply-adds and output shape equal those of the module when it is built and run."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        cost = network_of(default_registry()).cost(description, input_shape)
        module = fgspace.build(description, input_shape=input_shape).eval()
        with FlopCounterMode(display=False) as counter:
            output = module(torch.zeros(1, *input_shape))
        assert cost.output_shape == _shape(output)
        assert cost.params == sum(parameter.numel() for parameter in module.parameters())
        assert 2 * cost.macs == counter.get_total_flops()

    def test_every_parameter_learns(self, description: Mapping[str, Any], input_shape: tuple[int, ...]) -> None:
        """Every parameter that is trained has a gradient."""
        import torch

        module = fgspace.build(description, input_shape=input_shape).train()
        total = sum(output.sum() for output in _tensors(module(torch.randn(4, *input_shape))))
        if any(parameter.requires_grad for parameter in module.parameters()):
            total.backward()
        idle = [name for name, parameter in module.named_parameters() if parameter.grad is None]
        assert idle == []

    def test_equal_weights_give_equal_outputs(
        self, description: Mapping[str, Any], input_shape: tuple[int, ...]
    ) -> None:
        """Another module with the same weights returns the same output; neither changes its input."""
        import torch

        first = fgspace.build(description, input_shape=input_shape).eval()
        second = fgspace.build(description, input_shape=input_shape, init=False).eval()
        second.load_state_dict(copy.deepcopy(first.state_dict()))
        x = torch.randn(2, *input_shape)
        kept = x.clone()
        for one, other in zip(_tensors(first(x)), _tensors(second(x)), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
        torch.testing.assert_close(x, kept, rtol=0, atol=0)


def _tensors(output: Any) -> list[Any]:
    return [tensor for part in output for tensor in _tensors(part)] if isinstance(output, list | tuple) else [output]


def _shape(output: Any) -> tuple[Any, ...]:
    if isinstance(output, list | tuple):
        return tuple(map(_shape, output))
    return tuple(output.shape[1:])
