"""The process type `Quant`: takes the finished model, returns it with weights and activations quantised."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fgspace import Choice, Searched
from torch import nn

from fgspace_quant.activations import activation_quantiser
from fgspace_quant.bits import FLOAT, Assignment, Bits, assign
from fgspace_quant.costs import costs
from fgspace_quant.model import QuantisedModel, key
from fgspace_quant.observers import OBSERVERS
from fgspace_quant.plan import Graph, Plan, plan
from fgspace_quant.trace import trace
from fgspace_quant.weights import weight_quantiser

Widths = Annotated[int | list[int] | dict[str, int], Searched(Choice((2, 4, 8)))]
TENSOR_METHODS = ("affine", "lsq")
METHODS = (*TENSOR_METHODS, "pact", "dorefa", "wrpn", "xnor", "bireal")
ONE_BIT = ("dorefa", "pact", "wrpn", "xnor", "bireal")


class QuantWarning(UserWarning):
    """Something in a description of `Quant` does not fit the model; under `strict` it is an error."""


class Quant:
    """Quantises every convolution and linear layer of a model, and the activations between them.

    Layers stand in the order in which the model registers them, which is that in which they run.

    Args:
        nbit_w_list: bits of weights: one number, one a layer, or by name of a layer or a part; 2 to 8, or 32 for
            none. Lists with one number for each layer but the first and the last leave these two float.
        nbit_a_list: bits of the activation that each layer reads, likewise.
        method: "affine" or "lsq", which quantise whole tensors as they deploy; or, with rounding at the layers' inputs
            alone, "pact", "dorefa", "wrpn" (1 bit too), "xnor" and "bireal" (1 bit only).
        observer: how calibration finds the range of an activation: "minmax", "ema", "percentile" or "mse".
        scales: "free", or "power_of_two", with which the exported model computes exactly what the simulation does.
        first_last: what numbers, and lists that leave the two out, mean for the first and the last layer: "8bit", at
            least 8 bits; "fp32"; "same". Without it: "fp32" for such lists, else "8bit".
        strict: whether numbers too many are an error and not a warning.
        weight_observer: "minmax" keeps the largest weight of a channel, "mse" the least squared error.
    """

    def __init__(
        self,
        nbit_w_list: Widths = 8,
        nbit_a_list: Widths = 8,
        method: Literal["affine", "lsq", "pact", "dorefa", "wrpn", "xnor", "bireal"] = "affine",
        observer: Literal["minmax", "ema", "percentile", "mse"] = "minmax",
        scales: Literal["free", "power_of_two"] = "free",
        first_last: Literal["8bit", "fp32", "same"] | None = None,
        strict: bool = False,
        weight_observer: Literal["minmax", "mse"] = "minmax",
    ) -> None:
        _one_of("method", method, METHODS)
        _one_of("observer", observer, tuple(OBSERVERS))
        _one_of("scales", scales, ("free", "power_of_two"))
        _one_of("weight_observer", weight_observer, ("minmax", "mse"))
        if first_last is not None:
            _one_of("first_last", first_last, ("8bit", "fp32", "same"))
        for option, width in (("nbit_w_list", nbit_w_list), ("nbit_a_list", nbit_a_list)):
            _check_bits(option, width, method)
        self.widths = (nbit_w_list, nbit_a_list)
        self.method, self.observer, self.weight_observer = method, observer, weight_observer
        self.power_of_two, self.first_last, self.strict = scales == "power_of_two", first_last, strict

    def __call__(self, model: nn.Module, input_shape: Sequence[int]) -> QuantisedModel:
        """Return a quantised copy of the model for images of `input_shape`, (C, H, W); the model is left as it was.

        Raises ValueError where the bits do not fit the layers, or the model does not run.
        """
        graph = Graph(trace(model, input_shape), model)
        bits = self.bits(graph.layers)
        whole = self.method in TENSOR_METHODS
        planned = plan(graph, bits, whole)
        return QuantisedModel(model, planned, input_shape, self._weights(model, planned), self._activations(planned))

    def bits(self, layers: Sequence[str]) -> Mapping[str, Bits]:
        """Return the bits of layers with these names, in this order; say what is surplus."""
        found = self._assigned(layers)
        for problem in found.problems:
            warnings.warn(problem, QuantWarning, stacklevel=3)
        return found.bits

    def cost(self, layers: Sequence[Any]) -> dict[str, float]:
        """Return what a network of these rows costs quantised; see `costs`."""
        names = list(dict.fromkeys(row.path for row in layers if row.type in ("Conv2d", "Linear")))
        return costs(layers, self._assigned(names).bits)

    def _assigned(self, layers: Sequence[str]) -> Assignment:
        found = assign(layers, *self.widths, self.first_last)
        if found.problems and self.strict:
            raise ValueError("\n".join(found.problems))
        return found

    def _weights(self, model: nn.Module, planned: Plan) -> nn.ModuleDict:
        return nn.ModuleDict(
            {
                key(name): weight_quantiser(
                    self._method_of(bits.weight),
                    bits.weight,
                    len(model.get_submodule(name).weight),
                    self.weight_observer,
                    self.power_of_two,
                )
                for name, bits in planned.bits.items()
                if bits.weight < FLOAT
            }
        )

    def _activations(self, planned: Plan) -> nn.ModuleDict:
        return nn.ModuleDict(
            {
                key(name): activation_quantiser(
                    self._method_of(one.bits), one.bits, self.observer, self.power_of_two, one.ceiling
                )
                for name, one in planned.quantisers.items()
            }
        )

    def _method_of(self, bits: int) -> str:
        """Return the method for so many bits: those that have one bit alone leave more to the affine."""
        return "affine" if self.method in ("xnor", "bireal") and bits > 1 else self.method


def _one_of(option: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise ValueError(f"{option}: expected one of {', '.join(map(repr, known))}, got {given!r}")


def _check_bits(option: str, width: Any, method: str) -> None:
    least = 1 if method in ONE_BIT else 2
    given = width.values() if isinstance(width, Mapping) else [width] if isinstance(width, int) else width
    for bits in given:
        if not least <= bits <= 8 and bits != FLOAT:
            raise ValueError(f"{option}: expected {least} to 8 bits, or 32 for none, got {bits!r}")
