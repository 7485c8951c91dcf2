"""Decides from a trace which tensors of a model are quantised and where, and which batch norms are folded."""

from collections.abc import Iterable, Mapping

from torch import nn

from fgspace_quant.bits import FLOAT, Bits
from fgspace_quant.graph import LAYERS, NORMS, PASSING, Graph, ceiling
from fgspace_quant.plan import Plan, Quantiser
from fgspace_quant.sites import Site
from fgspace_quant.trace import Step


def plan(graph: Graph, bits: Mapping[str, Bits], whole_tensors: bool = True) -> Plan:
    """Return the plan of a model whose layers have these bits.

    With `whole_tensors`, a tensor that quantised layers alone read is quantised where it is made, to the most bits that
    one of its readers has; a reader with fewer bits rounds it once more. Results of convolutions, and sums of quantised
    tensors, are quantised whatever reads them, since integer kernels put them out. Other tensors stay float where they
    are made, and the layers that read them round them: a residual connection beside these layers reads the float.
    Without `whole_tensors`, as in the older methods, each layer rounds its input and nothing else is quantised.
    """
    if not whole_tensors:
        return _at_the_doors(graph, bits)
    return _Planner(graph, bits).plan()


def _at_the_doors(graph: Graph, bits: Mapping[str, Bits]) -> Plan:
    sites = {site: name for name, sites in graph.runs.items() for site in sites if bits[name].activation < FLOAT}
    return Plan(
        bits,
        graph.runs,
        {name: Quantiser(bits[name].activation) for name in sites.values()},
        doors=sites,
        weights=graph.weights,
    )


class _Planner:
    """Walks the trace once and collects the plan."""

    def __init__(self, graph: Graph, bits: Mapping[str, Bits]) -> None:
        self._graph = graph
        self._bits = bits
        self._widths: dict[int, int | None] = {}
        self._names: dict[int, str] = {}
        self._left: dict[int, str] = {}
        self._quantisers: dict[str, Quantiser] = {}
        self._results: dict[Site, str] = {}
        self._folds: dict[str, str] = {}
        self._redundant: dict[Site, str] = {}
        self._terms: dict[str, str] = {}
        self._taken: set[Site] = set()
        self._ends: set[int] = {0}
        self._whole: set[int] = set()

    def plan(self) -> Plan:
        """Return the plan."""
        image = self._image()
        for step in self._graph.trace.steps:
            if step.site.function not in PASSING and step.site not in self._taken:
                self._unit(step)
        doors, inputs = self._layer_inputs()
        return Plan(
            self._bits,
            self._graph.runs,
            self._quantisers,
            self._results,
            doors,
            inputs,
            self._folds,
            self._redundant,
            self._terms,
            image,
            self._graph.weights,
        )

    def _of(self, step: Step) -> Bits:
        """Return the bits of the layer that a call is."""
        return self._bits[self._graph.layer(step) or ""]

    def _image(self) -> str | None:
        width = self._width(0)
        return None if width in (None, FLOAT) else self._add(0, "input", Quantiser(width or 0))

    def _unit(self, step: Step) -> None:
        """Quantise the result of a call that computes, after the batch norm and the activation that follow it."""
        norm = self._graph.folded(step)
        end = norm or step
        clip = self._graph.clip(end.outputs[0], moved=not self._is_whole(step)) if end.single else None
        self._taken.update(taken.site for taken in (norm, clip) if taken is not None)
        if end.single:
            if self._is_whole(step):
                self._whole.update((clip or end).outputs)
            self._result(clip or end, clip)
            if clip is not None and step.site.function == "add" and self._is_whole(step):
                self._note_terms(step)
        if norm is not None and self._is_touched(step, clip or norm):
            self._folds[step.site.module] = norm.site.module

    def _is_whole(self, step: Step) -> bool:
        """Say whether integer kernels put out the result of a call: of a convolution, or a sum of rounded tensors.

        A result that a norm reads is left to kernels of floats.
        """
        if step.site.function == "add":
            is_whole = len(step.inputs) > 1 and all(self._origin(number) in self._names for number in step.inputs)
        else:
            is_whole = step.site.function == "conv2d" and self._graph.is_layer(step)
        return is_whole and not any(map(self._is_normed, (self._graph.folded(step) or step).outputs))

    def _is_normed(self, number: int) -> bool:
        """Say whether a norm that is computed in floats reads a tensor: it would make rounded small values large."""
        return any(
            any(self._is_normed(made) for made in step.outputs if made != number)
            if step.site.function in PASSING
            else step.site.function in NORMS
            for step in self._graph.readers.get(number, [])
        )

    def _note_terms(self, add: Step) -> None:
        """Note the terms of a sum of two rounded tensors that a ReLU reads, each that nothing else reads."""
        if len(add.inputs) != 2 or add.options:
            return
        names = [self._names.get(number) for number in add.inputs]
        for number, name, other in zip(add.inputs, names, reversed(names), strict=True):
            if name is not None and other is not None and self._graph.sole_reader(number) is add:
                self._terms[name] = other

    def _is_touched(self, layer: Step, end: Step) -> bool:
        """Say whether the weights or the result of a layer are quantised."""
        return self._of(layer).weight < FLOAT or end.site in self._results

    def _result(self, step: Step, clip: Step | None) -> None:
        (number,) = step.outputs
        self._ends.add(number)
        width = self._width(number)
        if width is None or width >= FLOAT:
            return
        called, quantiser = self._called(step.site), Quantiser(width, None if clip is None else ceiling(clip))
        if number not in self._whole and self._is_read_as_float(number):
            self._left[number] = called
            self._quantisers[called] = quantiser
            return
        name = self._add(number, called, quantiser)
        self._results[step.site] = name
        if clip is not None:
            self._redundant[clip.site] = name

    def _is_read_as_float(self, number: int) -> bool:
        """Say whether another function than a quantised layer computes with a tensor, or the model puts it out."""
        if number in self._graph.trace.outputs:
            return True
        for step in self._graph.readers.get(number, []):
            if step.site.function in PASSING:
                if any(self._is_read_as_float(made) for made in step.outputs):
                    return True
            elif not self._graph.is_layer(step) or self._of(step).activation == FLOAT:
                return True
        return False

    def _origin(self, number: int) -> int:
        """Return the tensor that this one was made of by functions that only move values."""
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
        """Return the bits of a tensor: the most of the layers that read it; None if it stays float.

        The result of a convolution, or of a sum of rounded tensors, is rounded whatever reads it: integer kernels put
        out whole numbers.
        """
        asked = max(self._asked(number), default=None)
        return self._wanted(number) if asked is None and number in self._whole else asked

    def _wanted(self, number: int) -> int | None:
        """Return the bits that a tensor has where it is rounded: those of its readers, or of the tensors made of it."""
        if number not in self._widths:
            self._widths[number] = None  # an operation in place may read what it makes
            asked = max(self._asked(number), default=None) or max(self._later(number), default=None)
            self._widths[number] = asked or self._own(number)
        return self._widths[number]

    def _asked(self, number: int) -> Iterable[int]:
        for step in self._graph.readers.get(number, []):
            if self._graph.is_layer(step):
                yield self._of(step).activation
            elif step.site.function in LAYERS:
                yield FLOAT
            elif step.site.function in PASSING:
                yield from (width for made in step.outputs for width in self._asked(made))

    def _later(self, number: int) -> Iterable[int]:
        """Yield the bits of the tensors that other functions than layers make of a tensor."""
        readers = (step for step in self._graph.readers.get(number, []) if not self._multiplies(step))
        widths = (self._wanted(made) for step in readers for made in step.outputs)
        yield from (width for width in widths if width is not None)

    def _multiplies(self, step: Step) -> bool:
        return step.site.function in LAYERS or self._graph.is_layer(step)

    def _own(self, number: int) -> int | None:
        """Return the bits of a layer's result that neither a layer reads nor the model puts out."""
        step = self._graph.producer.get(number)
        if step is None or not self._graph.is_layer(step) or self._is_output(number):
            return None
        return self._of(step).activation

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
            name, asked = self._names.get(origin), self._of(step).activation
            left = self._left.get(origin)
            if left is not None and asked < FLOAT:
                name = doors[step.site] = left
            if asked < FLOAT and (name is None or asked < self._quantisers[name].bits):
                name = doors[step.site] = f"{name or origin}:{asked}"
                self._quantisers[name] = Quantiser(asked)
            if name is not None:
                inputs[step.site] = name
        return doors, inputs


def _called(site: Site, module: nn.Module) -> str:
    """Return a short name for the tensor that a site makes: the name of the module, if that is one of torch's own."""
    name = f"{site.module or 'model'}@{site.call}" if site.call else site.module or "model"
    own = type(module).__module__.startswith("torch.nn.") and not site.nth
    return name if own else f"{name}:{site.function}{site.nth or ''}"
