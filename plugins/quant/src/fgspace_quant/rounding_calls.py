"""Intercepts the calls that a quantised model makes, and rounds what they read and make."""

from collections.abc import Callable
from typing import Any, Protocol, cast

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from fgspace_quant.folding import BatchNorm, constants, folded, folds
from fgspace_quant.graph import LAYERS, PASSING
from fgspace_quant.plan import Plan
from fgspace_quant.products import factors
from fgspace_quant.sites import Site, Sites, key
from fgspace_quant.weights import AffineWeight, FixedWeight, WeightQuantiser


class Owner(Protocol):
    """The quantised model whose calls are intercepted, as far as that needs to know it."""

    model: nn.Module
    plan: Plan
    sites: Sites
    phase: str
    weights: nn.ModuleDict
    collected: dict[str, tuple[Tensor, Tensor | None]]

    def rounded(self, name: str, x: Tensor) -> Tensor:
        """Return a tensor rounded by the quantiser of this name."""
        ...

    def weight_quantiser(self, layer: str) -> WeightQuantiser | None:
        """Return the quantiser of a layer's weights, or None if they stay float."""
        ...

    def source(self, site: Site) -> nn.Module | None:
        """Return the quantiser of the tensor that a layer reads."""
        ...

    def other_sources(self, site: Site) -> list[nn.Module | None]:
        """Return the quantisers of the tensors that a layer reads in its other runs."""
        ...


class StoredWeight(Protocol):
    """The weight of a layer that is deployed; it stands in the place of the layer's weight quantiser."""

    def constants(self, site: Site) -> tuple[Tensor, Tensor | None]:
        """Return the weight, and the bias at one of the layer's sites."""
        ...


class RoundingCalls(TorchFunctionMode):
    """Intercepts the calls of torch functions that the model makes.

    While the model is deployed, what functions make that only move rounded values is rounded again: that changes
    nothing, and says in the file that the grid is the same. `_grids` has the quantisers of rounded tensors.
    """

    def __init__(self, owner: Owner, given: Tensor) -> None:
        super().__init__()
        self._owner, self._plan = owner, owner.plan
        self._grids = WeakTensorKeyDictionary()
        if owner.plan.image is not None:
            self._grids[given] = owner.plan.image
        self._folding = {norm for norm in owner.plan.folds.values() if folds(owner.model.get_submodule(norm))}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        site = self._owner.sites.name(func)
        if site.function in LAYERS and site.module in self._plan.bits and site.module not in self._plan.weights:
            result = self._layer(func, site, args, dict(kwargs or {}))
        elif site in self._plan.layers:
            result = self._product(site, args, kwargs or {})
        else:
            result = args[0] if self._is_done_already(site) else func(*args, **(kwargs or {}))
        name = self._plan.results.get(site) or self._grid_of_moved(site, args, result)
        if name is None:
            return result
        result = self._owner.rounded(name, result)
        self._grids[result] = name
        return result

    def _grid_of_moved(self, site: Site, args: Any, result: Any) -> str | None:
        """Return the quantiser of the values that a function moves, in a deployed model; None if they are floats."""
        if self._owner.phase != "deploy" or site.function not in PASSING or not isinstance(result, Tensor):
            return None
        moved = args[0] if args else None
        return self._grids[moved] if isinstance(moved, Tensor) and moved in self._grids else None

    def _is_done_already(self, site: Site) -> bool:
        """Say whether a call is a folded batch norm, or an activation function whose work the rounding does."""
        if site.function == "batch_norm":
            return site.module in self._folding
        return self._owner.phase == "deploy" and site in self._plan.redundant

    def _layer(self, func: Callable[..., Any], site: Site, args: Any, kwargs: Any) -> Any:
        x, weight, bias, *rest = (*args, *[None] * (3 - len(args))) if len(args) < 3 else args
        weight, bias = kwargs.pop("weight", weight), kwargs.pop("bias", bias)
        x, weight, bias = self._at(site, x, weight, bias)
        return func(x, weight, bias, *rest, **kwargs)

    def _product(self, site: Site, args: Any, kwargs: Any) -> Any:
        """Compute a product with a parameter as a linear layer."""
        found = factors(site.function, args, kwargs)
        if found is None:
            raise RuntimeError(f"{site.module}: expected the product of the trace, got other options")
        weight = found.weight.t() if found.transposed else found.weight
        return nn.functional.linear(*self._at(site, found.x, weight, found.bias))

    def _at(self, site: Site, x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the input, the weight and the bias that a layer computes with."""
        quantiser = self._owner.weight_quantiser(self._plan.layers.get(site, site.module))
        if isinstance(quantiser, AffineWeight):
            self._mean_input(quantiser, x, 1 if site.function == "conv2d" else -1)
        if site in self._plan.doors:
            x = self._owner.rounded(self._plan.doors[site], x)
        return x, *self._constants(site, weight, bias)

    def _mean_input(self, quantiser: AffineWeight, x: Tensor, channel: int) -> None:
        """Note the mean input of a layer during calibration; forget it in training, which changes the weights."""
        if self._owner.phase == "calibrate":
            quantiser.input.observe(x, channel)
        elif quantiser.training and quantiser.input.batches:
            quantiser.input.restart()

    def _constants(self, site: Site, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the weight and the bias that a layer computes with."""
        owner, layer = self._owner, self._plan.layers.get(site, site.module)
        if owner.phase == "collect":
            owner.collected[layer] = weight, bias
        if owner.phase == "deploy":
            return cast("StoredWeight", owner.weights[key(layer)]).constants(site)
        norm, quantiser = self._norm(layer), owner.weight_quantiser(layer)
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
