"""Answers questions about a trace: which calls are layers, which call reads a tensor, what can be folded."""

from collections import Counter
from functools import cached_property

from torch import nn

from fgspace_quant.float_parts import FloatPart
from fgspace_quant.products import Weights
from fgspace_quant.sites import Site
from fgspace_quant.trace import Step, Trace

LAYERS = ("conv2d", "linear")
LAYOUT: tuple[str, ...] = (
    "chunk",
    "contiguous",
    "expand",
    "flatten",
    "flip",
    "getitem",
    "movedim",
    "narrow",
    "permute",
    "repeat",
)
LAYOUT += ("reshape", "roll", "select", "split", "squeeze", "swapaxes", "tensor_split", "tile", "transpose", "unbind")
LAYOUT += ("unflatten", "unsqueeze", "view", "t", "get", "channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "pad")
PASSING = frozenset(
    (*LAYOUT, "clone", "detach", "to", "dropout", "dropout2d", "max_pool2d", "adaptive_max_pool2d", "relu")
)
"""Functions that move values or keep some of them: a rounded tensor stays rounded."""
NORMS = frozenset(("batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"))
"""Norms, which scale what they read; a batch norm that is folded is none."""
CLIPS = ("relu", "hardtanh", "relu6")
PRODUCTS = frozenset(
    ("addbmm", "addmm", "addmv", "baddbmm", "bilinear", "bmm", "chain_matmul", "dot", "einsum", "inner", "linear")
)
PRODUCTS |= {"matmul", "mm", "multi_dot", "multi_head_attention_forward", "mv", "native_multi_head_attention"}
PRODUCTS |= {"rmatmul", "tensordot", "transformer_encoder_layer_fwd", "gru", "gru_cell", "lstm", "lstm_cell"}
PRODUCTS |= {"rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"}
PRODUCTS |= {f"conv{kind}{size}d" for kind in ("", "_transpose") for size in (1, 2, 3)}
"""Functions that multiply what they read with weights."""


class Graph:
    """The trace of a model, and what follows from it for a plan."""

    def __init__(self, trace: Trace, model: nn.Module) -> None:
        self.trace = trace
        self.model = model
        self.producer = {number: step for step in trace.steps for number in step.outputs}
        self.readers: dict[int, list[Step]] = {}
        for step in trace.steps:
            for number in step.inputs:
                self.readers.setdefault(number, []).append(step)

    @cached_property
    def layers(self) -> list[str]:
        """The convolutions, linear layers and products with a parameter, in the order in which they first run."""
        return list(dict.fromkeys(self._names.values()))

    @cached_property
    def _names(self) -> dict[Site, str]:
        """The names of layers by site: of a module, or of the parameter that a function multiplies by."""
        found: dict[Site, str] = {}
        for step in self.trace.steps:
            if step.site.function in LAYERS and self._is_module(step.site.module):
                found[step.site] = step.site.module
            elif step.weights is not None and step.weights.weight in self._products:
                found[step.site] = self._products[step.weights.weight]
        return found

    @cached_property
    def _products(self) -> dict[str, str]:
        """The names of the layers that functions compute, by the names of their weights.

        Such a layer is the first to read its weight, and has the name of its module; several of one module have the
        names of their functions behind it.
        """
        first: dict[str, Step] = {}
        for step in self.trace.steps:
            for name in step.reads:
                first.setdefault(name, step)
        own = {
            name: step.site
            for name, step in first.items()
            if step.weights is not None and step.weights.weight == name and not self._is_module(step.site.module)
        }
        several = Counter(site.module for site in own.values())
        return {name: _called(site) if several[site.module] > 1 else site.module for name, site in own.items()}

    def _is_module(self, name: str) -> bool:
        return isinstance(self.model.get_submodule(name), nn.Conv2d | nn.Linear)

    @cached_property
    def float_weights(self) -> tuple[FloatPart, ...]:
        """The parts of the model with weights that are no layers, each with the line that calls it first.

        These are the parts that multiply by weights, or take rows of them.
        """
        parameters = dict(self.model.named_parameters())
        products = (step for step in self.trace.steps if step.site.function in PRODUCTS and not self.is_layer(step))
        read = [*self.trace.tables.items(), *((name, step.where) for step in products for name in sorted(step.reads))]
        owners: dict[str, str] = {}
        for name, where in read:
            if name in parameters and parameters[name].dim() > 1:
                owners.setdefault(name.rpartition(".")[0].partition(".parametrizations")[0], where)
        left = {owner: where for owner, where in owners.items() if owner not in self.layers}
        return tuple(FloatPart(owner, self._type(owner), where) for owner, where in left.items())

    def _type(self, name: str) -> str:
        return type(self.model.get_submodule(name)).__name__.removeprefix("Parametrized")

    @cached_property
    def runs(self) -> dict[str, tuple[Site, ...]]:
        """The sites of each layer, one a run."""
        return {name: tuple(site for site, layer in self._names.items() if layer == name) for name in self.layers}

    @cached_property
    def weights(self) -> dict[str, Weights]:
        """The parameters of each layer that a function computes."""
        steps = (step for step in self.trace.steps if self.is_layer(step) and not self._is_module(step.site.module))
        return {self._names[step.site]: step.weights for step in steps if step.weights is not None}

    def is_layer(self, step: Step) -> bool:
        """Say whether a call is a convolution or a linear layer."""
        return step.site in self._names

    def layer(self, step: Step) -> str | None:
        """Return the name of the layer that a call is, None if it is none."""
        return self._names.get(step.site)

    def sole_reader(self, number: int) -> Step | None:
        """Return the only call that reads a tensor; None if there are more, or the model puts the tensor out."""
        readers = self.readers.get(number, [])
        return readers[0] if len(readers) == 1 and number not in self.trace.outputs else None

    def folded(self, step: Step) -> Step | None:
        """Return the batch norm that can be folded into this layer: its channels are the outputs of the layer."""
        reader = self.sole_reader(step.outputs[0]) if self.layer(step) == step.site.module else None
        if not self._is_module(step.site.module):
            return None
        if reader is None or reader.site.function != "batch_norm":
            return None
        if step.site.function == "linear" and len(step.shapes[0]) > 1:  # the norm's channels are dim 1, not the last
            return None
        norm = self.model.get_submodule(reader.site.module)
        calls = sum(other.site.module in (step.site.module, reader.site.module) for other in self.trace.steps)
        fits = isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d) and norm.track_running_stats
        return reader if fits and calls == 2 else None

    @cached_property
    def folds(self) -> dict[str, str]:
        """The batch norm that can be folded into each layer, by name."""
        pairs = ((step, self.folded(step)) for step in self.trace.steps)
        return {step.site.module: norm.site.module for step, norm in pairs if norm is not None}

    def clip(self, number: int, moved: bool = False) -> Step | None:
        """Return the ReLU or ReLU6 that alone reads a tensor; with `moved`, the tensor in another shape too."""
        reader = self.sole_reader(number)
        while moved and reader is not None and reader.site.function in LAYOUT and reader.single:
            reader = self.sole_reader(reader.outputs[0])
        if reader is None or reader.site.function not in CLIPS or ceiling(reader) == -1:
            return None
        return reader


def _called(site: Site) -> str:
    return f"{site.module}:{site.function}{site.nth or ''}"


def ceiling(step: Step) -> float | None:
    """Return the upper end of an activation function that begins at 0: None if it has none, -1 for any other."""
    if step.site.function == "relu":
        return None
    if step.site.function == "relu6":
        return 6.0
    low, high, *_ = [option for option in step.options if isinstance(option, int | float)] + [-1.0, 1.0]
    return float(high) if low == 0 else -1
