"""The quantised model: runs the model that it holds, and rounds tensors where the plan says."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, cast

import fgspace
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fgspace_quant.activations import ActivationQuantiser
from fgspace_quant.bits import FLOAT
from fgspace_quant.calibration import at_least_one, estimate_batch_norms
from fgspace_quant.copies import copied
from fgspace_quant.exporters import EXPORTERS
from fgspace_quant.folding import BatchNorm, constants, folded, folds
from fgspace_quant.graph import LAYERS
from fgspace_quant.modes import evaluating
from fgspace_quant.plan import Plan
from fgspace_quant.sites import Site, Sites
from fgspace_quant.weights import FixedWeight, WeightQuantiser


class StoredWeight(Protocol):
    """The weight of a layer that is deployed; it stands in the place of the layer's weight quantiser."""

    def constants(self, site: Site) -> tuple[Tensor, Tensor | None]:
        """Return the weight, and the bias at one of the layer's sites."""
        ...


def key(name: str) -> str:
    """Return a name in the form that `nn.ModuleDict` accepts."""
    return name.replace(".", "/") or "/"


class QuantisedModel(nn.Module):
    """A model whose weights and activations are rounded while it runs; its inputs and outputs are those of the model.

    In evaluation mode it computes what its export computes: batch norms are folded into the convolutions before them,
    and biases are multiples of the step of 32-bit accumulators. In training mode batch norms are not folded, and
    weights, steps and clipping values receive gradients.
    """

    exporters = EXPORTERS

    def __init__(
        self,
        model: nn.Module,
        plan: Plan,
        input_shape: Sequence[int],
        weights: nn.ModuleDict,
        activations: nn.ModuleDict,
    ) -> None:
        super().__init__()
        self.model = copied(model)
        self.plan = plan
        self.input_shape = input_shape
        self.weights = weights
        self.activations = activations
        self.phase = "run"
        self.sites = Sites()
        self.sites.watch(self.model)
        self.train(model.training)

    def forward(self, x: Any = None, **inputs: Any) -> Any:
        """Run the model, quantised, on one input, or on several by name."""
        self.sites.start()
        if x is None:
            return self._named(inputs)
        if self.plan.image is not None:
            x = self.rounded(self.plan.image, x)
        with _Rounding(self):
            return self.model(x, **inputs)

    def _named(self, inputs: dict[str, Any]) -> Any:
        if self.plan.image is not None:
            first = next(iter(inputs))
            inputs = {**inputs, first: self.rounded(self.plan.image, inputs[first])}
        with _Rounding(self):
            return self.model(**inputs)

    def rounded(self, name: str, x: Tensor) -> Tensor:
        """Return a tensor rounded by the quantiser of this name; during calibration, observe it and return it as is."""
        quantiser = self.activations[key(name)]
        if self.phase != "calibrate":
            result: Tensor = quantiser(x)
            return result
        cast("ActivationQuantiser", quantiser).observe(x.detach())
        return x

    def weight_quantiser(self, layer: str) -> WeightQuantiser | None:
        """Return the quantiser of a layer's weights, or None if they stay float."""
        if self.plan.bits[layer].weight == FLOAT:
            return None
        return cast("WeightQuantiser", self.weights[key(layer)])

    def source(self, site: Site) -> nn.Module | None:
        """Return the quantiser of the tensor that a layer reads, or None if that tensor is float."""
        return self.activations[key(self.plan.inputs[site])] if site in self.plan.inputs else None

    def other_sources(self, site: Site) -> list[nn.Module | None]:
        """Return the quantisers of the tensors that a layer reads in its other runs."""
        return [self.source(other) for other in self.plan.runs[site.module] if other != site]

    @torch.no_grad()
    def calibrate(self, batches: Iterable[Any], batch_norms: bool = False) -> None:
        """Find the ranges of activations from batches of inputs, which run unquantised.

        A batch is a tensor, such as images (N, C, H, W), or a mapping of inputs by name. Ranges and steps from an
        earlier calibration, or from training, are lost. With `batch_norms`, the running statistics of batch norms are
        then set to their means over the batches, which run quantised for that.
        Raises ValueError if there are no batches, or a parameter holds NaN.
        """
        given = at_least_one(batches)
        _check_numbers(self.model)
        for quantiser in (*self.activations.values(), *self.weights.values()):
            cast("ActivationQuantiser | WeightQuantiser", quantiser).restart()
        with evaluating(self):
            self._observe(given)
            if batch_norms:
                estimate_batch_norms(self, given)

    def _observe(self, batches: Sequence[Any]) -> None:
        self.phase = "calibrate"
        try:
            for batch in batches:
                fgspace.trace.call(self, batch)
        finally:
            self.phase = "run"


class _Rounding(TorchFunctionMode):
    """Intercepts the calls of torch functions that the model makes."""

    def __init__(self, owner: QuantisedModel) -> None:
        super().__init__()
        self._owner, self._plan = owner, owner.plan
        self._folding = {norm for norm in owner.plan.folds.values() if folds(owner.model.get_submodule(norm))}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        site = self._owner.sites.name(func)
        if site.function in LAYERS and site.module in self._plan.bits:
            result = self._layer(func, site, args, dict(kwargs or {}))
        else:
            result = args[0] if self._is_done_already(site) else func(*args, **(kwargs or {}))
        name = self._plan.results.get(site)
        if name is None and self._owner.phase == "deploy":
            name = self._plan.keeps.get(site)  # rounding again changes nothing, and says that the grid is the same
        return result if name is None else self._owner.rounded(name, result)

    def _is_done_already(self, site: Site) -> bool:
        """Say whether a call is a folded batch norm, or an activation function whose work the rounding does."""
        if site.function == "batch_norm":
            return site.module in self._folding
        return self._owner.phase == "deploy" and site in self._plan.redundant

    def _layer(self, func: Callable[..., Any], site: Site, args: Any, kwargs: Any) -> Any:
        x, weight, bias, *rest = (*args, *[None] * (3 - len(args))) if len(args) < 3 else args
        weight, bias = kwargs.pop("weight", weight), kwargs.pop("bias", bias)
        if site in self._plan.doors:
            x = self._owner.rounded(self._plan.doors[site], x)
        weight, bias = self._constants(site, weight, bias)
        return func(x, weight, bias, *rest, **kwargs)

    def _constants(self, site: Site, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the weight and the bias that a layer computes with."""
        owner = self._owner
        if owner.phase == "deploy":
            return cast("StoredWeight", owner.weights[key(site.module)]).constants(site)
        norm, quantiser = self._norm(site.module), owner.weight_quantiser(site.module)
        if owner.phase == "calibrate" or quantiser is None:
            return folded(norm, weight, bias) if norm is not None and folds(norm) else (weight, bias)
        if isinstance(quantiser, FixedWeight):
            return quantiser(weight), bias
        found = constants(quantiser, owner.source(site), norm, weight, bias, owner.other_sources(site))
        return found.weight, found.bias

    def _norm(self, layer: str) -> BatchNorm | None:
        """Return the batch norm that is folded into a layer, or None if there is none."""
        name = self._plan.folds.get(layer)
        return None if name is None else cast("BatchNorm", self._owner.model.get_submodule(name))


def _check_numbers(model: nn.Module) -> None:
    """Raise ValueError if a parameter holds NaN or complex numbers."""
    for name, tensor in model.named_parameters():
        found = "complex numbers" if tensor.is_complex() else "NaN" if bool(tensor.isnan().any()) else None
        if found is not None:
            expected = "expected real numbers, give weights of a model that was trained well"
            raise ValueError(f"{name!r} of the model holds {found}; {expected}")
