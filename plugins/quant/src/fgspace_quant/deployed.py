"""A quantised model as it is deployed: whole numbers in place of weights, and operators that ONNX has."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from fgspace_quant.activations import Activation
from fgspace_quant.affine import Grid, fake_quantise
from fgspace_quant.folding import constants, folded
from fgspace_quant.model import QuantisedModel, key
from fgspace_quant.sites import Site
from fgspace_quant.weights import FixedWeight


@torch.library.custom_op("fgspace_quant::activation", mutates_args=())
def rounded_activation(x: Tensor, scale: Tensor, zero_point: Tensor, low: int, high: int) -> Tensor:
    """Round x by a scale and a zero point, uint8, to the whole numbers from low to high."""
    return fake_quantise(x, scale, zero_point.to(torch.int32), Grid(low, high))


@torch.library.custom_op("fgspace_quant::weight", mutates_args=())
def stored_weight(whole: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    """Return what whole numbers, int8 (C, ...), stand for by scales (C,) and zero points (C,)."""
    return whole * scale.reshape(-1, *[1] * (whole.dim() - 1))


@rounded_activation.register_fake
def _(x: Tensor, scale: Tensor, zero_point: Tensor, low: int, high: int) -> Tensor:
    return torch.empty_like(x)


@stored_weight.register_fake
def _(whole: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    return torch.empty_like(whole, dtype=scale.dtype)


class DeployedActivation(nn.Module):
    """An activation with its range fixed."""

    def __init__(self, scale: Tensor, zero_point: Tensor, grid: Grid) -> None:
        super().__init__()
        self.grid = grid
        self.register_buffer("scale", scale.detach().clone())
        self.register_buffer("zero_point", zero_point.to(torch.uint8))

    def forward(self, x: Tensor) -> Tensor:
        """Return x, rounded."""
        result: Tensor = rounded_activation(x, self.scale, self.zero_point, self.grid.low, self.grid.high)
        return result


class DeployedWeight(nn.Module):
    """The weight of a layer, whole numbers and scales, or floats where there is no scale; and its bias a site."""

    def __init__(self, weight: Tensor, scale: Tensor | None, biases: Mapping[Site, Tensor | None]) -> None:
        super().__init__()
        self.sites = list(biases)
        for index, bias in enumerate(biases.values()):
            self.register_buffer(f"bias{index}", None if bias is None else bias.detach().clone())
        whole = weight.detach().clone() if scale is None else _whole(weight.detach(), scale)
        self.register_buffer("weight", whole)
        self.register_buffer("weight_scale", None if scale is None else scale.detach().clone())
        self.register_buffer("zero_point", None if scale is None else torch.zeros(len(scale), dtype=torch.int8))

    def constants(self, site: Site) -> tuple[Tensor, Tensor | None]:
        """Return the weight, and the bias at a site: each has the scale of what is read there."""
        bias = getattr(self, f"bias{self.sites.index(site)}")
        if self.weight_scale is None:
            return self.weight, bias
        return stored_weight(self.weight, self.weight_scale, self.zero_point), bias


def deployed(model: QuantisedModel) -> QuantisedModel:
    """Return a copy of a calibrated model, in evaluation mode, that computes the same from whole numbers.

    Raises ValueError where an activation was never calibrated, or the method has no whole numbers.
    """
    _check(model)
    made = copy.deepcopy(model).eval()
    with torch.no_grad():
        weights = {key(name): _weight(made, name) for name in made.plan.bits}
        activations = {name: DeployedActivation(*quantiser.numbers()) for name, quantiser in made.activations.items()}
    made.weights, made.activations = nn.ModuleDict(weights), nn.ModuleDict(activations)
    cut_off = {site: name for site, name in made.plan.redundant.items() if not activations[key(name)].zero_point}
    made.plan = replace(made.plan, redundant=cut_off)
    made.phase = "deploy"
    return made


def _weight(model: QuantisedModel, name: str) -> DeployedWeight:
    layer, quantiser, plan = model.model.get_submodule(name), model.weight_quantiser(name), model.plan
    norm = model.model.get_submodule(plan.folds[name]) if name in plan.folds else None
    if quantiser is None:
        weight, bias = (layer.weight, layer.bias) if norm is None else folded(norm, layer.weight, layer.bias)
        return DeployedWeight(weight, None, dict.fromkeys(plan.runs[name], bias))
    found = {site: constants(quantiser, model.source(site), norm, layer.weight, layer.bias) for site in plan.runs[name]}
    one = next(iter(found.values()))
    return DeployedWeight(one.weight, one.scale, {site: constant.bias for site, constant in found.items()})


def _check(model: QuantisedModel) -> None:
    fixed = any(isinstance(quantiser, FixedWeight) for quantiser in model.weights.values())
    if fixed or not all(isinstance(quantiser, Activation) for quantiser in model.activations.values()):
        raise ValueError("expected the method 'affine' or 'lsq': the others have no whole numbers to deploy")
    for name, quantiser in model.activations.items():
        if not quantiser.batches:
            shown = name.replace("/", ".")
            raise ValueError(f"activation {shown!r} has no range yet; call calibrate with some batches of images first")


def _whole(weight: Tensor, scale: Tensor) -> Tensor:
    return torch.round(weight / scale.reshape(-1, *[1] * (weight.dim() - 1))).to(torch.int8)
