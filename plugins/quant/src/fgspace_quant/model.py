"""The quantised model: runs the model it holds, and rounds tensors as the plan says."""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fgspace_quant.activations import Activation
from fgspace_quant.affine import along
from fgspace_quant.plan import LAYERS, Plan
from fgspace_quant.sites import Site, Sites


def key(name: str) -> str:
    """Return a name as `nn.ModuleDict` takes it."""
    return name.replace(".", "/") or "/"


class QuantisedModel(nn.Module):
    """A model whose weights and activations are rounded while it runs; takes and gives what the model does.

    In evaluation batch norms are folded into the convolutions before them, and biases stand on the grid of 32-bit
    accumulators, as deployed. In training batch norms stay, and gradients reach weights, steps and clipping values.
    `calibrate` finds the ranges of activations from batches.
    """

    def __init__(
        self,
        model: nn.Module,
        plan: Plan,
        input_shape: Sequence[int],
        weights: nn.ModuleDict,
        activations: nn.ModuleDict,
    ) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        self.plan = plan
        self.input_shape = tuple(input_shape)
        self.weights = weights
        self.activations = activations
        self.phase = "run"
        self.sites = Sites()
        self.sites.watch(self.model)
        self.train(model.training)

    def forward(self, x: Tensor) -> Any:
        """Run the model, quantised."""
        self.sites.start()
        if self.plan.image is not None:
            x = self.rounded(self.plan.image, x)
        with _Rounding(self):
            return self.model(x)

    def rounded(self, name: str, x: Tensor) -> Tensor:
        """Return a tensor as the quantiser of this name leaves it; while calibrating it learns, and x stays."""
        quantiser = self.activations[key(name)]
        if self.phase != "calibrate":
            result: Tensor = quantiser(x)
            return result
        quantiser.observe(x.detach())
        return x

    @torch.no_grad()
    def calibrate(self, batches: Iterable[Tensor], batch_norms: bool = False) -> None:
        """Find the ranges of activations from batches of images, (N, C, H, W), that run unquantised.

        With `batch_norms`, the running statistics of batch norms are then estimated anew, the model quantised.
        """
        batches = list(batches)
        if not batches:
            raise ValueError("expected at least one batch of images to calibrate with, got none")
        training = {module: module.training for module in self.modules()}
        self.eval()
        for quantiser in self.activations.values():
            if hasattr(quantiser, "batches"):
                quantiser.batches.zero_()
        try:
            self.phase = "calibrate"
            for batch in batches:
                self(batch)
            self.phase = "run"
            if batch_norms:
                self._estimate(batches)
        finally:
            self.phase = "run"
            for module, was in training.items():
                module.training = was

    def _estimate(self, batches: Sequence[Tensor]) -> None:
        norms = [m for m in self.model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
            norm.train()
        for batch in batches:
            self(batch)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.eval()


class _Rounding(TorchFunctionMode):
    """Stands between the model and torch."""

    def __init__(self, owner: QuantisedModel) -> None:
        super().__init__()
        self._owner, self._plan = owner, owner.plan
        self._folding = {norm for norm in owner.plan.folds.values() if folds(owner.model.get_submodule(norm))}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        site = self._owner.sites.name(func)
        if site.function in LAYERS and site.module in self._plan.bits:
            result = self._layer(func, site, args, kwargs)
        elif site.function == "batch_norm" and site.module in self._folding:
            result = args[0]
        elif self._owner.phase == "deploy" and site in self._plan.redundant:
            result = args[0]
        else:
            result = func(*args, **kwargs)
        name = self._plan.results.get(site)
        return result if name is None else self._owner.rounded(name, result)

    def _layer(self, func: Callable[..., Any], site: Site, args: Any, kwargs: Any) -> Any:
        x, weight, bias, *rest = (*args, *[None] * (3 - len(args))) if len(args) < 3 else args
        weight, bias = kwargs.pop("weight", weight), kwargs.pop("bias", bias)
        if site in self._plan.doors:
            x = self._owner.rounded(self._plan.doors[site], x)
        weight, bias = self._constants(site, weight, bias)
        return func(x, weight, bias, *rest, **kwargs)

    def _constants(self, site: Site, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the weight and bias that a layer computes with."""
        owner = self._owner
        quantiser = dict(owner.weights.items()).get(key(site.module))
        norm = self._plan.folds.get(site.module)
        if owner.phase == "deploy":
            return quantiser.constants()
        if owner.phase == "calibrate" or quantiser is None:
            return folded(owner.model.get_submodule(norm), weight, bias) if norm in self._folding else (weight, bias)
        if not hasattr(quantiser, "scale"):
            return quantiser(weight), bias
        source = owner.activations[key(self._plan.inputs[site])] if site in self._plan.inputs else None
        found = constants(quantiser, source, None if norm is None else owner.model.get_submodule(norm), weight, bias)
        return found.weight, found.bias


def folds(norm: nn.Module) -> bool:
    """Say whether a batch norm is folded as it stands now: it is, but while it trains."""
    return not norm.training


@dataclass(frozen=True)
class Constants:
    """What a layer computes with: the quantised weight, its scales (C,), and the bias."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None


def constants(
    quantiser: nn.Module, source: nn.Module | None, norm: nn.Module | None, weight: Tensor, bias: Tensor | None
) -> Constants:
    """Return what a layer computes with, a batch norm folded in unless it trains.

    The bias is rounded to the grid of the products of weights with the activations of `source`.
    """
    gain = gains(norm, weight)
    inside = weight * along(gain, weight)
    scale = quantiser.scale(inside, gain)
    quantised = quantiser(inside, scale)
    if norm is not None and not folds(norm):
        return Constants(quantised / along(gain, weight), scale, bias)
    if norm is not None:
        bias = folded(norm, weight, bias)[1]
    if bias is not None and isinstance(source, Activation) and not quantiser.training:
        step = scale.detach() * source.numbers()[0]
        bias = bias + (torch.round(bias / step) * step - bias).detach()
    return Constants(quantised, scale, bias)


def folded(norm: nn.Module, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the weight and bias of a layer that does the batch norm's work too."""
    gain = gains(norm, weight)
    shift = -norm.running_mean if bias is None else bias - norm.running_mean
    offset = norm.bias if norm.affine else 0
    return weight * along(gain, weight), shift * _factor(norm) + offset


def gains(norm: nn.Module | None, weight: Tensor) -> Tensor:
    """Return what a batch norm multiplies each channel by, (C,), ones without it; a constant while it trains."""
    if norm is None:
        return torch.ones(len(weight), dtype=weight.dtype, device=weight.device)
    gain = _factor(norm)
    if folds(norm):
        return gain
    gain = gain.detach()
    return torch.where(gain.abs() < 1e-12, torch.ones_like(gain), gain)


def _factor(norm: nn.Module) -> Tensor:
    factor: Tensor = torch.rsqrt(norm.running_var + norm.eps)
    return factor * norm.weight if norm.affine else factor
