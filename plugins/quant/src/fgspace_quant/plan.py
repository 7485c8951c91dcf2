"""Decides from a trace where a model's tensors are quantised, each once, and which batch norms are folded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from torch import nn

from fgspace_quant.bits import FLOAT, Bits
from fgspace_quant.sites import Site
from fgspace_quant.trace import Step, Trace

LAYERS = ("conv2d", "linear")
LAYOUT = ("chunk", "contiguous", "expand", "flatten", "flip", "getitem", "movedim", "narrow", "permute", "repeat")
LAYOUT += ("reshape", "roll", "select", "split", "squeeze", "swapaxes", "tensor_split", "tile", "transpose", "unbind")
LAYOUT += ("unflatten", "unsqueeze", "view", "t", "get", "channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "pad")
PASSING = frozenset(
    (*LAYOUT, "clone", "detach", "to", "dropout", "dropout2d", "max_pool2d", "adaptive_max_pool2d", "relu")
)
"""Functions whose results stand on the grid of what they read: they move values, or keep some."""
CLIPS = ("relu", "hardtanh", "relu6")


@dataclass(frozen=True)
class Quantiser:
    """One tensor that is quantised: its bits, and where the activation function before it ends."""

    bits: int
    ceiling: float | None = None


@dataclass(frozen=True)
class Plan:
    """Where what is quantised.

    `quantisers` are the activations by name. `results` are the sites whose result one of them rounds, `doors` the
    layers' sites whose input one of them rounds once more, to fewer bits. `inputs` says of a layer's site on which
    quantiser's grid its input stands. `folds` are the batch norms' sites by the name of the convolution that takes
    them in; `redundant` are the activation functions' sites whose work the quantiser after them does as well.
    `image` is the quantiser of the model's input.
    """

    bits: Mapping[str, Bits]
    quantisers: Mapping[str, Quantiser] = field(default_factory=dict)
    results: Mapping[Site, str] = field(default_factory=dict)
    doors: Mapping[Site, str] = field(default_factory=dict)
    inputs: Mapping[Site, str] = field(default_factory=dict)
    folds: Mapping[str, str] = field(default_factory=dict)
    redundant: Mapping[Site, str] = field(default_factory=dict)
    image: str | None = None


class Graph:
    """A trace with the questions that a plan asks of it."""

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
        """The convolutions and linear layers that run, in the order in which the model registers them."""
        ran = {step.site.module for step in self.trace.steps if step.site.function in LAYERS}
        kinds = (nn.Conv2d, nn.Linear)
        return [name for name, module in self.model.named_modules() if name in ran and isinstance(module, kinds)]

    def is_layer(self, step: Step) -> bool:
        """Say whether a call is that of a convolution or a linear layer that is a module."""
        return step.site.function in LAYERS and step.site.module in self.layers

    def sole_reader(self, number: int) -> Step | None:
        """Return the one call that reads a tensor which the model does not put out, if there is just one."""
        readers = self.readers.get(number, [])
        return readers[0] if len(readers) == 1 and number not in self.trace.outputs else None

    def folded(self, step: Step) -> Step | None:
        """Return the batch norm that can be folded into this layer."""
        reader = self.sole_reader(step.outputs[0]) if self.is_layer(step) else None
        if reader is None or reader.site.function != "batch_norm":
            return None
        norm = self.model.get_submodule(reader.site.module)
        calls = sum(other.site.module in (step.site.module, reader.site.module) for other in self.trace.steps)
        fits = isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d) and norm.track_running_stats
        return reader if fits and calls == 2 else None

    def clip(self, number: int) -> Step | None:
        """Return the ReLU, or ReLU6, that alone reads a tensor."""
        reader = self.sole_reader(number)
        if reader is None or reader.site.function not in CLIPS or ceiling(reader) == -1:
            return None
        return reader


def ceiling(step: Step) -> float | None:
    """Return where an activation function that begins at 0 ends; None for nowhere, -1 where it is another one."""
    if step.site.function == "relu":
        return None
    if step.site.function == "relu6":
        return 6.0
    low, high, *_ = [option for option in step.options if isinstance(option, int | float)] + [-1.0, 1.0]
    return float(high) if low == 0 else -1


def plan(graph: Graph, bits: Mapping[str, Bits], whole_tensors: bool = True) -> Plan:
    """Return where a model is quantised, its layers having these bits.

    With `whole_tensors`, every tensor that a quantised layer reads, and both operands and the result of additions
    among them, are quantised where they are made, to the bits of the layer that asks for most; a layer that asks for
    fewer rounds once more. Without, as the older methods have it, each layer rounds what it reads and nothing else is.
    """
    if not whole_tensors:
        return _at_the_doors(graph, bits)
    return _Planner(graph, bits).plan()


def _at_the_doors(graph: Graph, bits: Mapping[str, Bits]) -> Plan:
    steps = [step for step in graph.trace.steps if graph.is_layer(step) and bits[step.site.module].activation < FLOAT]
    return Plan(
        bits,
        {step.site.module: Quantiser(bits[step.site.module].activation) for step in steps},
        doors={step.site: step.site.module for step in steps},
    )


class _Planner:
    """Walks the trace once and collects the plan."""

    def __init__(self, graph: Graph, bits: Mapping[str, Bits]) -> None:
        self._graph = graph
        self._bits = bits
        self._widths: dict[int, int | None] = {}
        self._names: dict[int, str] = {}
        self._quantisers: dict[str, Quantiser] = {}
        self._results: dict[Site, str] = {}
        self._folds: dict[str, str] = {}
        self._redundant: dict[Site, str] = {}
        self._taken: set[Site] = set()
        self._ends: set[int] = {0}

    def plan(self) -> Plan:
        """Return the plan."""
        image = self._image()
        for step in self._graph.trace.steps:
            if step.site.function not in PASSING and step.site not in self._taken:
                self._unit(step)
        doors, inputs = self._layer_inputs()
        return Plan(self._bits, self._quantisers, self._results, doors, inputs, self._folds, self._redundant, image)

    def _image(self) -> str | None:
        width = self._width(0)
        return None if width in (None, FLOAT) else self._add(0, "input", Quantiser(width or 0))

    def _unit(self, step: Step) -> None:
        """Quantise what a computing call makes, after the batch norm and the activation that it takes with it."""
        end = step
        norm = self._graph.folded(step)
        if norm is not None:
            end = norm
        clip = self._graph.clip(end.outputs[0]) if len(end.outputs) == 1 else None
        self._taken.update(taken.site for taken in (None if end is step else norm, clip) if taken is not None)
        if len(end.outputs) == 1:
            self._result(clip or end, clip)
        touched = self._bits[step.site.module].weight < FLOAT or (clip or end).site in self._results if norm else False
        if norm is not None and touched:
            self._folds[step.site.module] = norm.site.module

    def _result(self, step: Step, clip: Step | None) -> None:
        (number,) = step.outputs
        self._ends.add(number)
        width = self._width(number)
        if width is None or width >= FLOAT:
            return
        name = self._add(number, self._called(step.site), Quantiser(width, None if clip is None else ceiling(clip)))
        self._results[step.site] = name
        if clip is not None:
            self._redundant[clip.site] = name

    def _origin(self, number: int) -> int:
        """Return the tensor on whose grid this one stands: through what only moves values."""
        while number not in self._ends and number in self._graph.producer:
            if self._graph.producer[number].site.function not in PASSING:
                break
            number = self._graph.producer[number].inputs[0]
        return number

    def _called(self, site: Site) -> str:
        return _called(site, self._graph.model.get_submodule(site.module))

    def _add(self, number: int, name: str, quantiser: Quantiser) -> str:
        self._names[number] = name
        self._quantisers[name] = quantiser
        return name

    def _width(self, number: int) -> int | None:
        """Return the bits of a tensor: the most that a layer which reads it asks for; else those of what it becomes."""
        if number not in self._widths:
            self._widths[number] = None  # an operation in place may read what it makes
            asked = list(self._asked(number))
            later = [self._width(made) for step in self._others(number) for made in step.outputs]
            found = [width for width in later if width is not None]
            self._widths[number] = max(asked or found, default=None) or self._own(number)
        return self._widths[number]

    def _asked(self, number: int) -> Iterable[int]:
        for step in self._graph.readers.get(number, []):
            if self._graph.is_layer(step):
                yield self._bits[step.site.module].activation
            elif step.site.function in LAYERS:
                yield FLOAT
            elif step.site.function in PASSING:
                yield from (width for made in step.outputs for width in self._asked(made))

    def _others(self, number: int) -> Iterable[Step]:
        return (step for step in self._graph.readers.get(number, []) if step.site.function not in LAYERS)

    def _own(self, number: int) -> int | None:
        """Return the bits of a layer's result that no layer reads, and that the model does not put out as it is."""
        step = self._graph.producer.get(number)
        if step is None or not self._graph.is_layer(step) or self._is_output(number):
            return None
        return self._bits[step.site.module].activation

    def _is_output(self, number: int) -> bool:
        if number in self._graph.trace.outputs:
            return True
        kept = (step for step in self._graph.readers.get(number, []) if step.site.function in PASSING)
        return any(self._is_output(made) for step in kept for made in step.outputs)

    def _layer_inputs(self) -> tuple[dict[Site, str], dict[Site, str]]:
        doors: dict[Site, str] = {}
        inputs: dict[Site, str] = {}
        for step in filter(self._graph.is_layer, self._graph.trace.steps):
            origin = self._origin(step.inputs[0])
            name, asked = self._names.get(origin), self._bits[step.site.module].activation
            if asked < FLOAT and (name is None or asked < self._quantisers[name].bits):
                name = doors[step.site] = f"{name or origin}:{asked}"
                self._quantisers[name] = Quantiser(asked)
            if name is not None:
                inputs[step.site] = name
        return doors, inputs


def _called(site: Site, module: nn.Module) -> str:
    """Return a short name of the tensor that is made at a site: the module's, where it is one of torch's own."""
    name = f"{site.module or 'model'}@{site.call}" if site.call else site.module or "model"
    own = type(module).__module__.startswith("torch.nn.") and not site.index
    return name if own else f"{name}:{site.function}{site.index or ''}"
