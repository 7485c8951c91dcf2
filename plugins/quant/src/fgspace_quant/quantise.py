"""Makes quantised models."""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import nn

from fgspace_quant.activations import activation_quantiser
from fgspace_quant.bits import FLOAT, Bits
from fgspace_quant.graph import Graph
from fgspace_quant.methods import Rounding
from fgspace_quant.model import QuantisedModel
from fgspace_quant.plan import Plan
from fgspace_quant.planning import plan
from fgspace_quant.sites import key
from fgspace_quant.trace import trace
from fgspace_quant.weights import weight_quantiser

HALVES = (torch.bfloat16, torch.float16)
Layer = nn.Conv2d | nn.Linear


def traced(model: nn.Module, input_shape: Sequence[int]) -> Graph:
    """Return the graph of a model that runs on inputs of `input_shape`.

    Raises ValueError if a part of the model is quantised already, or has parameters of 16 bits.
    """
    if any(isinstance(module, QuantisedModel) for module in model.modules()):
        raise ValueError("the model is quantised already; write one Quant, after all other processes")
    for name, parameter in model.named_parameters():
        if parameter.dtype in HALVES:
            kind = str(parameter.dtype).removeprefix("torch.")
            raise ValueError(f"{name!r} is of {kind}; expected float32 or float64, quantise model.float()")
    return Graph(trace(model, input_shape), model)


def quantised(
    model: nn.Module, graph: Graph, bits: Mapping[str, Bits], input_shape: Sequence[int], rounding: Rounding
) -> QuantisedModel:
    """Return a quantised copy of a model with this graph, for inputs of `input_shape`."""
    planned = plan(graph, bits, rounding.whole_tensors)
    weights, activations = _weights(rounding, model, planned), _activations(rounding, planned)
    return QuantisedModel(model, planned, input_shape, weights, activations)


def _channels(model: nn.Module, planned: Plan, layer: str) -> tuple[int, int]:
    """Return the number of output channels of a layer, and that of its inputs, of all groups together."""
    names = planned.weights.get(layer)
    if names is not None:
        first, second = model.get_parameter(names.weight).shape
        return (second, first) if names.transposed else (first, second)
    module = cast("Layer", model.get_submodule(layer))
    groups = module.groups if isinstance(module, nn.Conv2d) else 1
    return len(module.weight), module.weight.shape[1] * groups


def _weights(rounding: Rounding, model: nn.Module, planned: Plan) -> nn.ModuleDict:
    narrow = {name: bits for name, bits in planned.bits.items() if bits.weight < FLOAT}
    return nn.ModuleDict(
        {
            key(name): weight_quantiser(
                rounding.method_for(bits.weight),
                bits.weight,
                *_channels(model, planned, name),
                rounding.weight_observer,
                rounding.power_of_two,
                rounding.uses_full_range(bits),
            )
            for name, bits in narrow.items()
        }
    )


def _activations(rounding: Rounding, planned: Plan) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            key(name): activation_quantiser(
                rounding.method_for(one.bits), one.bits, rounding.observer, rounding.power_of_two, one.ceiling
            )
            for name, one in planned.quantisers.items()
        }
    )
