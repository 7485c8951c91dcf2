"""Makes the quantised model that a description of `Quant` asks for."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from torch import nn

from fgspace_quant.activations import activation_quantiser
from fgspace_quant.bits import FLOAT
from fgspace_quant.files import load_weights
from fgspace_quant.graph import Graph
from fgspace_quant.model import QuantisedModel, key
from fgspace_quant.plan import Plan, plan
from fgspace_quant.process import Quant
from fgspace_quant.trace import Step, trace
from fgspace_quant.weights import weight_quantiser

TENSOR_METHODS = ("affine", "lsq")


def quantised(process: Quant, model: nn.Module, input_shape: Sequence[int]) -> QuantisedModel:
    """Return a quantised copy of the model for images of `input_shape`, (C, H, W)."""
    graph = Graph(trace(model, input_shape), model)
    found = process.assigned(graph.layers)
    model, said = _loaded(model, process.file)
    process.say((*found.problems, *said))
    planned = plan(graph, found.bits, process.method in TENSOR_METHODS)
    return QuantisedModel(
        model, planned, input_shape, _weights(process, model, planned), _activations(process, planned)
    )


@dataclass(frozen=True)
class Row:
    """A layer as `fgspace.network` lists it: params are 0 where it runs again."""

    path: str
    type: str
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    params: int
    macs: int


def rows(model: nn.Module, input_shape: Sequence[int]) -> list[Row]:
    """Return one row for every run of a convolution, linear layer or batch norm of a model, in forward order."""
    graph = Graph(trace(model, input_shape), model)
    shapes = {0: tuple(input_shape)}
    for step in graph.trace.steps:
        shapes.update(zip(step.outputs, step.shapes, strict=True))
    steps = [step for step in graph.trace.steps if graph.is_layer(step) or step.site.function == "batch_norm"]
    return [_row(model, step, shapes) for step in steps]


def _row(model: nn.Module, step: Step, shapes: Mapping[int, tuple[int, ...]]) -> Row:
    layer, out_shape = model.get_submodule(step.site.module), step.shapes[0]
    kind = {"conv2d": "Conv2d", "linear": "Linear"}.get(step.site.function, "BatchNorm2d")
    places = prod(out_shape[1:] if kind == "Conv2d" else out_shape[:-1])
    macs = 0 if kind == "BatchNorm2d" else layer.weight.numel() * places
    params = 0 if step.site.call else sum(parameter.numel() for parameter in layer.parameters())
    return Row(step.site.module, kind, shapes[step.inputs[0]], out_shape, params, macs)


def _loaded(model: nn.Module, file: str | None) -> tuple[nn.Module, tuple[str, ...]]:
    """Return the model with the weights of a file, a copy of it where there is one, and what did not match."""
    if file is None:
        return model, ()
    model = copy.deepcopy(model)
    said = load_weights(model, file)
    return model, (said,) if said else ()


def _weights(process: Quant, model: nn.Module, planned: Plan) -> nn.ModuleDict:
    narrow = {name: bits.weight for name, bits in planned.bits.items() if bits.weight < FLOAT}
    return nn.ModuleDict(
        {
            key(name): weight_quantiser(
                process.method_of(bits),
                bits,
                len(model.get_submodule(name).weight),
                process.weight_observer,
                process.power_of_two,
            )
            for name, bits in narrow.items()
        }
    )


def _activations(process: Quant, planned: Plan) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            key(name): activation_quantiser(
                process.method_of(one.bits), one.bits, process.observer, process.power_of_two, one.ceiling
            )
            for name, one in planned.quantisers.items()
        }
    )
