"""Follows the tensors of a described network: which layer makes each, and how often each is read."""

from collections import Counter

from fgspace.network.costs import Shape, is_many
from fgspace.network.parts.part import FineGrainedSpace
from fgspace.network.resolve.joins import expand, options_of

Value = int | tuple["Value", ...]
"""The number of a tensor, or a tuple of values."""
SEVERAL = 2
"""How often a tensor is read where it is not known: more than once, so that nothing is taken to read it alone."""


class Tensors:
    """Numbers the tensors of a network, and counts how often each is read."""

    def __init__(self) -> None:
        self._makers: list[str | None] = []
        self._reads: Counter[int] = Counter()

    def new(self, shape: Shape = (), maker: str | None = None) -> Value:
        """Return a new tensor, made by the layer of this path, or a tuple of new ones for several shapes."""
        if is_many(shape):
            return tuple(self.new(one) for one in shape)
        self._makers.append(maker)
        return len(self._makers) - 1

    def read(self, value: Value, times: int = 1) -> None:
        """Count that a tensor, or each of several, is read."""
        for one in value if isinstance(value, tuple) else ():
            self.read(one, times)
        if isinstance(value, int):
            self._reads[value] += times

    def maker_of(self, value: Value | None) -> str | None:
        """Return the layer that made a tensor, if that is read once."""
        return self._makers[value] if isinstance(value, int) and self._reads[value] == 1 else None


class Flow:
    """The values that the parts of a composite get and put out, one part after the other, as they run."""

    def __init__(self, part: FineGrainedSpace, value: Value, tensors: Tensors) -> None:
        self._part, self._value, self._tensors = part, value, tensors
        self._count = len(expand(part))
        self._outputs: list[Value] = []

    def take(self) -> Value:
        """Return the input of the next part."""
        join, outputs = self._part.join, self._outputs
        if join in ("sequential", "interpolate", "append"):
            return outputs[-1] if outputs else self._value
        if join == "merge":
            return _flat(outputs) if outputs else self._value
        if join == "map":
            return self._value[len(outputs)] if isinstance(self._value, tuple) else self._tensors.new()
        return self._value

    def put(self, value: Value) -> None:
        """Note the output of a part."""
        self._outputs.append(value)

    def output(self) -> Value:
        """Return the output of the composite, after all parts."""
        join, outputs = self._part.join, self._outputs
        if join == "sequential":
            listed = options_of(self._part).get("out_list")
            last = outputs[-1] if outputs else self._value
            return last if listed is None else tuple(outputs[index] for index in listed)
        if join in ("append", "tuple", "map"):
            return tuple(outputs)
        if join == "merge":
            return _flat(outputs)
        if join in ("add", "multiply") and len(outputs) == 1:
            return outputs[0]
        self._tensors.read(outputs[-1] if join == "interpolate" and outputs else tuple(outputs))
        return self._tensors.new()


def _flat(outputs: list[Value]) -> Value:
    return tuple(one for output in outputs for one in (output if isinstance(output, tuple) else (output,)))
