"""The quantised model: runs the model it holds, and rounds tensors as the plan says."""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fgspace_quant.bits import FLOAT
from fgspace_quant.calibration import calibrate
from fgspace_quant.folding import constants, folded, folds
from fgspace_quant.graph import LAYERS
from fgspace_quant.plan import Plan
from fgspace_quant.sites import Site, Sites
from fgspace_quant.weights import FixedWeight


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

    def weight_quantiser(self, layer: str) -> nn.Module | None:
        """Return the quantiser of a layer's weights, None where they stay float."""
        return self.weights[key(layer)] if self.plan.bits[layer].weight < FLOAT else None

    def source(self, site: Site) -> nn.Module | None:
        """Return the quantiser on whose grid the input of a layer stands."""
        return self.activations[key(self.plan.inputs[site])] if site in self.plan.inputs else None

    def calibrate(self, batches: Iterable[Tensor], batch_norms: bool = False) -> None:
        """Find the ranges of activations from batches of images; see `fgspace_quant.calibration.calibrate`."""
        calibrate(self, batches, batch_norms)


class _Rounding(TorchFunctionMode):
    """Stands between the model and torch."""

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
        """Say whether a call is one of a batch norm that is folded, or of an activation that the rounding does too."""
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
        """Return the weight and bias that a layer computes with."""
        owner, folds_into = self._owner, self._plan.folds.get(site.module)
        if owner.phase == "deploy":
            return owner.weights[key(site.module)].constants(site)
        norm = None if folds_into is None else owner.model.get_submodule(folds_into)
        quantiser = owner.weight_quantiser(site.module)
        if owner.phase == "calibrate" or quantiser is None:
            return folded(norm, weight, bias) if norm is not None and folds(norm) else (weight, bias)
        if isinstance(quantiser, FixedWeight):
            return quantiser(weight), bias
        found = constants(quantiser, owner.source(site), norm, weight, bias)
        return found.weight, found.bias
