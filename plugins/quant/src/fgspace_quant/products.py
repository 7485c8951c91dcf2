"""Products of an input and a parameter that functions compute, outside `Linear`: which parameter, and how it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

_PLAIN = {"alpha": 1, "beta": 1, "out": None}
"""The options of these functions, and the values with which they do the work of a linear layer."""


@dataclass(frozen=True)
class Weights:
    """The names of the parameters of a product; `transposed` says that the weight lies as (in, out)."""

    weight: str
    bias: str | None
    transposed: bool


@dataclass(frozen=True)
class Factors:
    """What a function multiplies: the input, the weight and the bias as the function takes them."""

    x: Any
    weight: Any
    bias: Any = None
    transposed: bool = True


def factors(function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Factors | None:
    """Return what one of FUNCTIONS is given, None if it has options that no linear layer has."""
    names = {"linear": ("input", "weight", "bias"), "addmm": ("input", "mat1", "mat2"), "mm": ("input", "mat2")}
    given = {**dict(zip(names.get(function, ("input", "other")), args, strict=False)), **kwargs}
    if any(given.pop(option, value) != value for option, value in _PLAIN.items()):
        return None
    if function == "linear":
        return Factors(given.get("input"), given.get("weight"), given.get("bias"), transposed=False)
    if function == "addmm":
        return Factors(given.get("mat1"), given.get("mat2"), given.get("input"))
    return Factors(given.get("input"), given.get("mat2", given.get("other")))


def weights(found: Factors | None, names: Mapping[Tensor, str]) -> Weights | None:
    """Return the parameters of a product, by their `names`; None if a factor is neither a parameter nor an input."""
    if found is None or not isinstance(found.weight, Tensor) or found.weight.dim() != 2:
        return None
    weight, bias = names.get(found.weight), None if found.bias is None else names.get(found.bias)
    if weight is None or not isinstance(found.x, Tensor) or (found.bias is not None and bias is None):
        return None
    return Weights(weight, bias, found.transposed)
