"""The quantised model: runs the model that it holds, and rounds tensors where the plan says."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import fgspace
import torch
from torch import Tensor, nn

from fgspace_quant.activations import Activation, ActivationQuantiser
from fgspace_quant.bits import FLOAT
from fgspace_quant.calibration import at_least_one, estimate_batch_norms
from fgspace_quant.copies import copied
from fgspace_quant.exporters import EXPORTERS
from fgspace_quant.modes import evaluating
from fgspace_quant.plan import Plan
from fgspace_quant.rounding_calls import RoundingCalls
from fgspace_quant.sites import Site, Sites, key
from fgspace_quant.weights import AffineWeight, WeightQuantiser


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
        self.collected: dict[str, tuple[Tensor, Tensor | None]] = {}
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
        with RoundingCalls(self, x):
            return self.model(x, **inputs)

    def _named(self, inputs: dict[str, Any]) -> Any:
        first = next(iter(inputs))
        if self.plan.image is not None:
            inputs = {**inputs, first: self.rounded(self.plan.image, inputs[first])}
        with RoundingCalls(self, inputs[first]):
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

    def constants_of(self, layer: str) -> tuple[Tensor, Tensor | None]:
        """Return the weight of a layer, (C, ...), and its bias."""
        names = self.plan.weights.get(layer)
        if names is None:
            module = cast("nn.Conv2d | nn.Linear", self.model.get_submodule(layer))
            return module.weight, module.bias
        weight, bias = (None if name is None else self.model.get_parameter(name) for name in (names.weight, names.bias))
        return cast("Tensor", weight).t() if names.transposed else cast("Tensor", weight), bias

    def source(self, site: Site) -> nn.Module | None:
        """Return the quantiser of the tensor that a layer reads, or None if that tensor is float."""
        return self.activations[key(self.plan.inputs[site])] if site in self.plan.inputs else None

    def other_sources(self, site: Site) -> list[nn.Module | None]:
        """Return the quantisers of the tensors that a layer reads in its other runs."""
        return [self.source(other) for other in self.plan.runs[self.plan.layers[site]] if other != site]

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
            self._cut_what_no_sum_shows()
            if batch_norms:
                estimate_batch_norms(self, given)
                self._keep_means_of_norms()

    def _cut_what_no_sum_shows(self) -> None:
        """End the range of a term where the sum with the largest other term is below zero, which a ReLU cuts off."""
        for name, other in self.plan.terms.items():
            one, against = (self.activations[key(term)] for term in (name, other))
            if isinstance(one, Activation) and isinstance(against, Activation):
                one.raise_low(-against.top())

    def _keep_means_of_norms(self) -> None:
        """Correct no bias of a folded norm whose statistics hold the mean error of the weights already."""
        for layer in self.plan.folds:
            quantiser = self.weight_quantiser(layer)
            if isinstance(quantiser, AffineWeight):
                quantiser.input.restart()

    def _observe(self, batches: Sequence[Any]) -> None:
        self.phase = "calibrate"
        try:
            for batch in batches:
                fgspace.trace.call(self, batch)
        finally:
            self.phase = "run"


def _check_numbers(model: nn.Module) -> None:
    """Raise ValueError if a parameter holds NaN or complex numbers."""
    for name, tensor in model.named_parameters():
        found = "complex numbers" if tensor.is_complex() else "NaN" if bool(tensor.isnan().any()) else None
        if found is not None:
            expected = "expected real numbers, give weights of a model that was trained well"
            raise ValueError(f"{name!r} of the model holds {found}; {expected}")
