"""Makes quantised models, and the rows of layers that costs are counted from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import cast

import torch
from torch import nn

from fgspace_quant.activations import activation_quantiser
from fgspace_quant.bits import FLOAT, Bits
from fgspace_quant.graph import Graph
from fgspace_quant.methods import Rounding
from fgspace_quant.model import QuantisedModel, key
from fgspace_quant.plan import Plan, plan
from fgspace_quant.trace import Step, trace
from fgspace_quant.weights import weight_quantiser

HALVES = (torch.bfloat16, torch.float16)
Layer = nn.Conv2d | nn.Linear


def traced(model: nn.Module, input_shape: Sequence[int]) -> Graph:
    """Return the graph of a model that runs on images of `input_shape`, (C, H, W).

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
    """Return a quantised copy of a model with this graph, for images of `input_shape`, (C, H, W)."""
    planned = plan(graph, bits, rounding.whole_tensors)
    weights, activations = _weights(rounding, model, planned), _activations(rounding, planned)
    return QuantisedModel(model, planned, input_shape, weights, activations)


@dataclass(frozen=True)
class Row:
    """One run of a layer, with the fields of the rows of `fgspace.network`; params are 0 if it has run before."""

    path: str
    type: str
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    params: int
    macs: int


def rows(model: nn.Module, graph: Graph, input_shape: Sequence[int]) -> list[Row]:
    """Return a row for each run of a convolution, linear layer or batch norm of a model, in forward order.

    Rows without shapes and multiply-adds follow, one for each other parameter that the model reads.
    """
    shapes = {0: tuple(input_shape)}
    for step in graph.trace.steps:
        shapes.update(zip(step.outputs, step.shapes, strict=True))
    steps = [step for step in graph.trace.steps if graph.is_layer(step) or step.site.function == "batch_norm"]
    found = [_row(model, step, shapes) for step in steps]
    return [*found, *_others(model, graph, {row.path for row in found})]


def _others(model: nn.Module, graph: Graph, counted: Collection[str]) -> list[Row]:
    read = frozenset().union(*(step.reads for step in graph.trace.steps))
    others = {
        name: parameter.numel()
        for name, parameter in model.named_parameters()
        if name in read and name.rpartition(".")[0].partition(".parametrizations")[0] not in counted
    }
    return [Row(name, "Parameter", (), (), count, 0) for name, count in others.items()]


def _row(model: nn.Module, step: Step, shapes: Mapping[int, tuple[int, ...]]) -> Row:
    layer, out_shape = cast("Layer", model.get_submodule(step.site.module)), step.shapes[0]
    kind = {"conv2d": "Conv2d", "linear": "Linear"}.get(step.site.function, "BatchNorm2d")
    places = prod(out_shape[1:] if kind == "Conv2d" else out_shape[:-1])
    macs = 0 if kind == "BatchNorm2d" else layer.weight.numel() * places
    tensors = [tensor for tensor in (layer.weight, layer.bias) if tensor is not None and not step.site.call]
    params = sum(tensor.numel() for tensor in tensors)
    return Row(step.site.module, kind, shapes[step.inputs[0]], out_shape, params, macs)


def _weights(rounding: Rounding, model: nn.Module, planned: Plan) -> nn.ModuleDict:
    narrow = {name: bits for name, bits in planned.bits.items() if bits.weight < FLOAT}
    return nn.ModuleDict(
        {
            key(name): weight_quantiser(
                rounding.method_for(bits.weight),
                bits.weight,
                len(cast("Layer", model.get_submodule(name)).weight),
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
