"""The process type `Quant`: takes the finished model, returns it with weights and activations quantised."""

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fgspace import Choice, Searched, Vector

from fgspace_quant.bits import ENDS, FLOAT, Assignment, assign
from fgspace_quant.costs import SINGLE, costs

if TYPE_CHECKING:
    from torch import nn

    from fgspace_quant.model import QuantisedModel

SEARCHED = Choice((2, 4, 8))


def inner_layers(rows: Sequence[Any], plan: None) -> tuple[Vector, list[int]]:
    """Return the bits of every layer but the first and the last, and where they start: all 8."""
    names = layer_names(rows)
    if len(names) < 3:
        raise ValueError(f"the network has {len(names)} layers, and none between the first and the last; write bits")
    return Vector(SEARCHED, len(names) - 2), [8] * (len(names) - 2)


def layer_names(rows: Sequence[Any]) -> list[str]:
    """Return the names of the layers that are quantised, in order, each once."""
    return list(dict.fromkeys(row.path for row in rows if row.type in ("Conv2d", "Linear")))


Widths = Annotated[int | list[int] | dict[str, int], Searched(SEARCHED, follows=inner_layers)]
METHODS = ("affine", "lsq", "pact", "dorefa", "wrpn", "xnor", "bireal")
ONE_BIT = frozenset({"dorefa", "pact", "wrpn", "xnor", "bireal"})
ONLY_ONE_BIT = frozenset({"xnor", "bireal"})


class QuantWarning(UserWarning):
    """Something in a description of `Quant` does not fit the model; under `strict` it is an error."""


class Quant:
    """Quantises every convolution and linear layer of a model, and the activations between them.

    Layers stand in the order in which the model registers them, which is that in which they run.

    Args:
        nbit_w_list: bits of weights: one number, one a layer, or by name of a layer or a part; 2 to 8, or 32 for
            none. Lists with one number for each layer but the first and the last leave these two float.
        nbit_a_list: bits of the activation that each layer reads, likewise.
        method: "affine" or "lsq", which quantise whole tensors as they deploy; or, with rounding at the layers' inputs
            alone, "pact", "dorefa", "wrpn" (1 bit too), "xnor" and "bireal" (1 bit; layers of more are affine).
        observer: how calibration finds the range of an activation: "minmax", "ema", "percentile" or "mse".
        scales: "free", or "power_of_two", with which the exported model computes exactly what the simulation does.
        first_last: what numbers, and lists that leave the two out, mean for the first and the last layer: "8bit", at
            least 8 bits; "fp32"; "same". Without it: "fp32" for such lists, else "8bit".
        strict: whether numbers too many, and weights that do not match, are errors and not warnings.
        weight_observer: "minmax" keeps the largest weight of a channel, "mse" the least squared error.
        init_model_file: weights of the float model, as `torch.save(model.state_dict(), file)` writes them.
        weights: whether `init_model_file` is read; without, it need not be there.
    """

    def __init__(
        self,
        nbit_w_list: Widths = 8,
        nbit_a_list: Widths = 8,
        method: Literal["affine", "lsq", "pact", "dorefa", "wrpn", "xnor", "bireal"] = "affine",
        observer: Literal["minmax", "ema", "percentile", "mse"] = "minmax",
        scales: Literal["free", "power_of_two"] = "free",
        first_last: Literal["8bit", "fp32", "same"] | None = None,
        strict: bool = False,
        weight_observer: Literal["minmax", "mse"] = "minmax",
        init_model_file: str | None = None,
        weights: bool = True,
    ) -> None:
        _one_of("method", method, METHODS)
        _one_of("observer", observer, ("minmax", "ema", "percentile", "mse"))
        _one_of("scales", scales, ("free", "power_of_two"))
        _one_of("first_last", first_last, (*ENDS, None))
        _one_of("weight_observer", weight_observer, ("minmax", "mse"))
        for option, width in (("nbit_w_list", nbit_w_list), ("nbit_a_list", nbit_a_list)):
            _check_bits(option, width, method)
        self.widths = (nbit_w_list, nbit_a_list)
        self.method, self.observer, self.weight_observer = method, observer, weight_observer
        self.power_of_two, self.first_last, self.strict = scales == "power_of_two", first_last, strict
        self.file = init_model_file if weights else None

    def __call__(self, model: "nn.Module", input_shape: Sequence[int]) -> "QuantisedModel":
        """Return a quantised copy of the model for images of `input_shape`, (C, H, W); the model is left as it was.

        Raises ValueError where the bits do not fit the layers, or the model does not run.
        """
        from fgspace_quant.quantise import quantised

        return quantised(self, model, input_shape)

    def cost(self, layers: Sequence[Any]) -> dict[str, float]:
        """Return what a network of these rows costs quantised; see `fgspace_quant.costs`.

        Nothing where a row stands for a whole module of somebody's own, whose layers cannot be seen: `count` can.
        """
        if any(row.macs and row.type not in SINGLE for row in layers):
            return {}
        return costs(layers, self.assigned(layer_names(layers)).bits)

    def count(self, model: "nn.Module", input_shape: Sequence[int]) -> dict[str, float]:
        """Return the same of a model that no description stands for; it may be on the meta device."""
        from fgspace_quant.quantise import rows

        return self.cost(rows(model, input_shape))

    def assigned(self, layers: Sequence[str]) -> Assignment:
        """Return the bits of layers with these names, in this order; raise ValueError of what `strict` forbids."""
        found = assign(layers, *self.widths, self.first_last)
        self._refuse(found.problems)
        return found

    def say(self, problems: Sequence[str]) -> None:
        """Warn of what does not fit, or under `strict` raise ValueError."""
        self._refuse(problems)
        for problem in problems:
            warnings.warn(problem, QuantWarning, stacklevel=4)

    def method_of(self, bits: int) -> str:
        """Return the method for so many bits: those that have one bit alone leave more to the affine."""
        return "affine" if self.method in ONLY_ONE_BIT and bits > 1 else self.method

    def _refuse(self, problems: Sequence[str]) -> None:
        if problems and self.strict:
            raise ValueError("\n".join(problems))


def _one_of(option: str, given: Any, known: Sequence[Any]) -> None:
    if given not in known:
        names = ", ".join(repr(one) for one in known if one is not None)
        raise ValueError(f"{option}: expected one of {names}, got {given!r}")


def _check_bits(option: str, width: Any, method: str) -> None:
    least = 1 if method in ONE_BIT else 2
    given = width.values() if isinstance(width, Mapping) else [width] if isinstance(width, int) else width
    for bits in given:
        if not least <= bits <= 8 and bits != FLOAT:
            raise ValueError(f"{option}: expected {least} to 8 bits, or 32 for none, got {bits!r}")
