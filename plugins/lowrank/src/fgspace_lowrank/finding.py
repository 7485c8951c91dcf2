"""Finds the layers of a model that can be factorised."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from torch import nn

from fgspace_lowrank.factors import KINDS
from fgspace_lowrank.plan import Layer, Plan
from fgspace_lowrank.standins import uses

_METHODS = ("__call__", "forward", "_conv_forward")
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def plan(model: nn.Module, input_shape: Sequence[Any]) -> Plan:
    """Return the plan of a model, which runs once; it may be on the meta device.

    Raises:
        ValueError: the model is quantised, or does not take an input of this shape.
    """
    if any(type(module).__module__.partition(".")[0] == "fgspace_quant" for module in model.modules()):
        raise ValueError("the network is quantised before it is factorised; write LowRank before Quant in modules")
    owners = _owners(model)
    found = {name: (layer, _refusal(name, layer, owners)) for name, layer in _linear(model)}
    used = uses(model, {name: layer for name, (layer, refusal) in found.items() if not refusal}, input_shape)
    kept = {name: refusal for name, (_, refusal) in found.items() if refusal}
    kept |= {name: "the model does not call it" for name in found if name not in kept and name not in used.called}
    kept |= {name: f"other code reads its {attribute}" for name, attribute in used.read.items()}
    layers = {name: _layer(found[name][0]) for name in used.called if name not in kept}
    return Plan(layers, kept)


def _linear(model: nn.Module) -> Iterator[tuple[str, Any]]:
    """Yield the linear layers and 1×1 convolutions of a model, with their names."""
    for name, module in model.named_modules():
        if isinstance(module, KINDS) and all(size == 1 for size in getattr(module, "kernel_size", ())):
            yield name, module


def _owners(model: nn.Module) -> dict[int, list[str]]:
    """Return id of a parameter → its names, several where layers share it."""
    names: dict[int, list[str]] = defaultdict(list)
    for name, module in model.named_modules():
        for own, parameter in module.named_parameters(name, recurse=False):
            names[id(parameter)].append(own)
    return names


def _refusal(name: str, layer: nn.Module, owners: dict[int, list[str]]) -> str:
    """Return why a layer cannot be factorised, whatever the model does with it; "" if it can."""
    weight = layer._parameters.get("weight")
    if weight is None:
        return "its weight is computed"
    if nn.parameter.is_lazy(weight):
        return "it has no weight until it has run"
    if not any(_computes_as(layer, kind) for kind in KINDS):
        return f"its class {type(layer).__name__} has a forward of its own"
    others = [repr(owner) for owner in owners[id(weight)] if owner != f"{name}.weight".lstrip(".")]
    if others:
        return f"its weight is also {' and '.join(others)}"
    if "forward" in vars(layer):
        return "its forward is replaced"
    if any(getattr(layer, hooks) for hooks in _HOOKS):
        return "it has hooks, which would be lost"
    return "" if weight.is_floating_point() or weight.is_complex() else f"its weight is of {weight.dtype}"


def _computes_as(layer: nn.Module, kind: type[nn.Module]) -> bool:
    """Return whether a layer computes what a layer of torch does: it may be a subclass with the same methods."""
    own = [getattr(type(layer), method, None) is getattr(kind, method, None) for method in _METHODS]
    return isinstance(layer, kind) and all(own)


def _layer(layer: Any) -> Layer:
    kind = next(kind.__name__ for kind in KINDS if isinstance(layer, kind))
    groups = getattr(layer, "groups", 1)
    outputs, inputs, *dims = layer.weight.shape
    return Layer(kind, groups, outputs // groups, inputs, len(dims))
