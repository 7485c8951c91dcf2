"""A quantised model as it is deployed: whole numbers in place of weights, and operators that ONNX has."""

import copy
from dataclasses import replace

import torch
from torch import Tensor, nn

from fgspace_quant.activations import Activation
from fgspace_quant.affine import Grid, fake_quantise
from fgspace_quant.model import QuantisedModel, constants, folded, key


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
    """The weight and bias of a layer, fixed: whole numbers and scales, or floats where there is no scale."""

    def __init__(self, weight: Tensor, scale: Tensor | None, bias: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("scale_", None if scale is None else scale.detach().clone())
        self.register_buffer("bias", None if bias is None else bias.detach().clone())
        self.register_buffer("weight", weight.detach().clone() if scale is None else _whole(weight.detach(), scale))
        self.register_buffer("zero_point", None if scale is None else torch.zeros(len(scale), dtype=torch.int8))

    def constants(self) -> tuple[Tensor, Tensor | None]:
        """Return the weight and the bias."""
        if self.scale_ is None:
            return self.weight, self.bias
        return stored_weight(self.weight, self.scale_, self.zero_point), self.bias


def deployed(model: QuantisedModel) -> QuantisedModel:
    """Return a copy of a calibrated model, in evaluation mode, that computes the same from whole numbers.

    Raises ValueError where an activation was never calibrated, or the method has no whole numbers.
    """
    made = copy.deepcopy(model).eval()
    with torch.no_grad():
        weights = {key(name): _weight(model, name) for name in model.plan.bits}
        activations = {name: _activation(name, quantiser) for name, quantiser in model.activations.items()}
    made.weights, made.activations = nn.ModuleDict(weights), nn.ModuleDict(activations)
    cut_off = {site: name for site, name in model.plan.redundant.items() if not activations[key(name)].zero_point}
    made.plan = replace(model.plan, redundant=cut_off)
    made.phase = "deploy"
    return made


def _weight(model: QuantisedModel, name: str) -> DeployedWeight:
    layer = model.model.get_submodule(name)
    norm = model.model.get_submodule(model.plan.folds[name]) if name in model.plan.folds else None
    quantiser = model.weights[key(name)] if key(name) in model.weights else None
    if quantiser is None:
        return DeployedWeight(
            *((layer.weight, None, layer.bias) if norm is None else _unscaled(*folded(norm, layer.weight, layer.bias)))
        )
    source = next((quantiser for site, quantiser in model.plan.inputs.items() if site.module == name), None)
    was = [(module, module.training) for module in (quantiser, norm) if module is not None]
    try:
        for module, _ in was:
            module.eval()
        found = constants(quantiser, model.activations[key(source)] if source else None, norm, layer.weight, layer.bias)
    finally:
        for module, training in was:
            module.training = training
    return DeployedWeight(found.weight, found.scale, found.bias)


def _unscaled(weight: Tensor, bias: Tensor) -> tuple[Tensor, None, Tensor]:
    return weight, None, bias


def _activation(name: str, quantiser: nn.Module) -> DeployedActivation:
    if not isinstance(quantiser, Activation):
        raise ValueError("expected the method 'affine' or 'lsq': the others have no whole numbers to deploy")
    if not quantiser.batches:
        shown = name.replace("/", ".")
        raise ValueError(f"activation {shown!r} has no range yet; call calibrate with some batches of images first")
    return DeployedActivation(*quantiser.numbers())


def _whole(weight: Tensor, scale: Tensor) -> Tensor:
    return torch.round(weight / scale.reshape(-1, *[1] * (weight.dim() - 1))).to(torch.int8)
