"""Makes the deployed copy of a quantised model: weights as whole numbers, and operators that ONNX has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import fgspace
import torch
from torch import Tensor, nn

from fgspace_quant.activations import Activation
from fgspace_quant.affine import Grid, fake_quantise
from fgspace_quant.copies import copied
from fgspace_quant.folding import BatchNorm, constants, folded
from fgspace_quant.model import QuantisedModel
from fgspace_quant.sites import Site, key
from fgspace_quant.weights import FixedWeight


@torch.library.custom_op("fgspace_quant::activation", mutates_args=())
def rounded_activation(x: Tensor, scale: Tensor, zero_point: Tensor, low: int, high: int) -> Tensor:
    """Round x by a scale and a zero point, uint8, to the whole numbers from low to high; the result is contiguous."""
    return fake_quantise(x, scale, zero_point.to(torch.int32), Grid(low, high)).contiguous()


@torch.library.custom_op("fgspace_quant::weight", mutates_args=())
def stored_weight(whole: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    """Return the weights that whole numbers, int8 (C, ...), are by scales (C,); the zero points (C,) are zero."""
    return whole * scale.reshape(-1, *[1] * (whole.dim() - 1))


@rounded_activation.register_fake
def _(x: Tensor, scale: Tensor, zero_point: Tensor, low: int, high: int) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)


@stored_weight.register_fake
def _(whole: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    return torch.empty_like(whole, dtype=scale.dtype)


class DeployedActivation(nn.Module):
    """Rounds a tensor to a grid that is fixed."""

    def __init__(self, scale: Tensor, zero_point: Tensor, grid: Grid) -> None:
        super().__init__()
        self.grid = grid
        self.scale: Tensor
        self.zero_point: Tensor
        self.register_buffer("scale", scale.detach().clone())
        self.register_buffer("zero_point", zero_point.to(torch.uint8))

    def forward(self, x: Tensor) -> Tensor:
        """Return x, rounded."""
        result: Tensor = rounded_activation(x, self.scale, self.zero_point, self.grid.low, self.grid.high)
        return result


class DeployedWeight(nn.Module):
    """The weight of a layer, as whole numbers and scales (floats if there are no scales), and its bias at each site."""

    def __init__(self, weight: Tensor, scale: Tensor | None, biases: Mapping[Site, Tensor | None]) -> None:
        super().__init__()
        self.sites = list(biases)
        self.weight: Tensor
        self.weight_scale: Tensor | None
        for index, bias in enumerate(biases.values()):
            self.register_buffer(f"bias{index}", None if bias is None else bias.detach().clone())
        whole = weight.detach().clone() if scale is None else _whole(weight.detach(), scale)
        self.register_buffer("weight", whole)
        self.register_buffer("weight_scale", None if scale is None else scale.detach().clone())
        self.register_buffer("zero_point", None if scale is None else torch.zeros(len(scale), dtype=torch.int8))

    def constants(self, site: Site) -> tuple[Tensor, Tensor | None]:
        """Return the weight, and the bias at a site, whose scale is that of the tensor that is read there."""
        bias = getattr(self, f"bias{self.sites.index(site)}")
        if self.weight_scale is None:
            return self.weight, bias
        weight: Tensor = stored_weight(self.weight, self.weight_scale, self.zero_point)
        return weight, bias


def deployed(model: QuantisedModel) -> QuantisedModel:
    """Return a copy of a calibrated model, in evaluation mode, that computes the same from whole numbers.

    Raises ValueError if an activation was never calibrated, or the method has no whole numbers.
    """
    made = copied(model).eval()
    ranges = _activations(made)
    _collect(made)
    with torch.no_grad():
        weights = {key(name): _weight(made, name) for name in made.plan.bits}
        activations = {name: DeployedActivation(*quantiser.numbers()) for name, quantiser in ranges.items()}
    made.weights, made.activations = nn.ModuleDict(weights), nn.ModuleDict(activations)
    # the rounding cuts off at the zero point: only at zero is that the work of the activation function
    cut_off = {site: name for site, name in made.plan.redundant.items() if not activations[key(name)].zero_point}
    made.plan = replace(made.plan, redundant=cut_off)
    made.phase, made.collected = "deploy", {}
    return made


def _collect(model: QuantisedModel) -> None:
    """Run a model once and keep the weights that its layers get, which code may compute from the parameters."""
    model.phase = "collect"
    dtype = next((parameter.dtype for parameter in model.model.parameters()), torch.float32)
    with torch.no_grad():
        fgspace.trace.call(model, fgspace.trace.example(model.input_shape, dtype=dtype))


def _weight(model: QuantisedModel, name: str) -> DeployedWeight:
    weight, bias = model.collected.get(name) or model.constants_of(name)
    quantiser, plan = model.weight_quantiser(name), model.plan
    norm = cast("BatchNorm", model.model.get_submodule(plan.folds[name])) if name in plan.folds else None
    if quantiser is None or isinstance(quantiser, FixedWeight):
        weight, bias = (weight, bias) if norm is None else folded(norm, weight, bias)
        return DeployedWeight(weight, None, dict.fromkeys(plan.runs[name], bias))
    found = {
        site: constants(quantiser, model.source(site), norm, weight, bias, model.other_sources(site))
        for site in plan.runs[name]
    }
    one = next(iter(found.values()))
    return DeployedWeight(one.weight, one.scale, {site: constant.bias for site, constant in found.items()})


def _activations(model: QuantisedModel) -> Mapping[str, Activation]:
    """Return the quantisers of activations by key, all of them calibrated."""
    found = {name: one for name, one in model.activations.items() if isinstance(one, Activation)}
    fixed = any(isinstance(quantiser, FixedWeight) for quantiser in model.weights.values())
    if fixed or len(found) < len(model.activations):
        raise ValueError("expected the method 'affine' or 'lsq': the others have no whole numbers to deploy")
    for name, quantiser in found.items():
        if not quantiser.batches:
            shown = name.replace("/", ".")
            raise ValueError(f"activation {shown!r} has no range yet; call calibrate with some batches of images first")
    return found


def _whole(weight: Tensor, scale: Tensor) -> Tensor:
    return torch.round(weight / scale.reshape(-1, *[1] * (weight.dim() - 1))).to(torch.int8)
