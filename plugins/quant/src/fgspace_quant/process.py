"""The process type `Quant`: takes the finished model, and returns it with weights and activations quantised."""

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fgspace import Choice, Searched, Vector, load_weights

from fgspace_quant.bits import ENDS, FLOAT, Assignment, assign
from fgspace_quant.costs import QUANTISED, TABLES, costs
from fgspace_quant.exporters import EXPORTERS
from fgspace_quant.float_parts import FloatPart, left_float
from fgspace_quant.methods import METHODS, ONE_BIT, Rounding
from fgspace_quant.rows import as_layers

if TYPE_CHECKING:
    from torch import nn

    from fgspace_quant.model import QuantisedModel

SEARCHED = Choice((2, 4, 8))


def inner_layers(rows: Sequence[Any], plan: None) -> tuple[Vector, list[int]]:
    """Return the domain of the bits of every layer but the first and the last, and their start: 8 for each."""
    names = layer_names(rows)
    if len(names) < 3:
        raise ValueError(f"the network has {len(names)} layers, and none between the first and the last; write bits")
    return Vector(SEARCHED, len(names) - 2), [8] * (len(names) - 2)


def layer_names(rows: Sequence[Any]) -> list[str]:
    """Return the names of the layers that are quantised, in forward order, each once."""
    return list(dict.fromkeys(row.path for row in as_layers(rows) if row.type in QUANTISED))


def nothing(layers: Sequence[str]) -> tuple[str, ...]:
    """Return a message if there are no layers."""
    return (
        ()
        if layers
        else ("nothing is quantised: expected a network with Conv2d or Linear, got one without; leave Quant out",)
    )


Widths = Annotated[int | list[int] | dict[str, int], Searched(SEARCHED, follows=inner_layers)]


class QuantWarning(UserWarning):
    """A description of `Quant` does not fit the model, or an export does not compute what the simulation does."""


class Quant:
    """Quantises every `Conv2d`, `Linear` and product with a parameter of a model, and the activations between them.

    Other weights that inputs are multiplied by (`Conv1d`, `ConvTranspose2d`, attention, ...) stay float, and a warning
    names them, with the lines that call them.
    Layers are numbered in the order in which they first run.

    Args:
        nbit_w_list: bits of weights, 2 to 8, or 32 for float: one number, a list with one for each layer, or a mapping
            from the names of layers or parts. A list without the first and the last layer leaves these two float.
        nbit_a_list: bits of the input of each layer, likewise.
        method: "affine" or "lsq" quantise whole tensors, as integer kernels compute, and can be exported. "pact",
            "dorefa", "wrpn" (these three down to 1 bit), "xnor" and "bireal" (only 1 bit; layers of more are affine)
            round at the inputs of layers, as their papers do.
        observer: how calibration chooses the range of an activation: "minmax", "ema", "percentile" or "mse".
        scales: "free", or "power_of_two", with which the exported model computes exactly what the simulation does.
        first_last: the bits of the first and the last layer where an option is a number, or a list without them:
            "8bit" is at least 8 bits, "fp32" is float, "same" is the number. The default is "fp32" for such lists,
            else "8bit".
        strict: whether surplus numbers, weights that stay float because no bits are for them, and weights that do not
            match are errors instead of warnings. Where it is not given, a file that lacks more than a tenth of the
            weights, or half of a layer, is an error too; false says that this is wanted.
        weight_observer: "minmax" keeps the largest weight of a channel, "mse" minimises the squared error.
        init_model_file: weights of the float model, as `torch.save(model.state_dict(), file)` writes them; the names
            may have another prefix.
        weights: whether `init_model_file` is read; the file may be missing if not.
        full_range: whether the largest of 8-bit weights alone decides their scale. By default the scale also keeps the
            sum of two neighbours within 128 steps, in every layer with quantised inputs, so that integer kernels of
            processors without VNNI do not saturate; learned steps (lsq) keep weights in -63 to 63.
    """

    exporters = EXPORTERS

    def __init__(
        self,
        nbit_w_list: Widths = 8,
        nbit_a_list: Widths = 8,
        method: Literal["affine", "lsq", "pact", "dorefa", "wrpn", "xnor", "bireal"] = "affine",
        observer: Literal["minmax", "ema", "percentile", "mse"] = "minmax",
        scales: Literal["free", "power_of_two"] = "free",
        first_last: Literal["8bit", "fp32", "same"] | None = None,
        strict: bool | None = None,
        weight_observer: Literal["minmax", "mse"] = "minmax",
        init_model_file: str | None = None,
        weights: bool = True,
        full_range: bool = False,
    ) -> None:
        _one_of("method", method, METHODS)
        _one_of("observer", observer, ("minmax", "ema", "percentile", "mse"))
        _one_of("scales", scales, ("free", "power_of_two"))
        _one_of("first_last", first_last, (*ENDS, None))
        _one_of("weight_observer", weight_observer, ("minmax", "mse"))
        for option, width in (("nbit_w_list", nbit_w_list), ("nbit_a_list", nbit_a_list)):
            _check_bits(option, width, method)
        self.widths = (nbit_w_list, nbit_a_list)
        self.rounding = Rounding(method, observer, weight_observer, scales == "power_of_two", full_range)
        self.first_last, self.strict = first_last, strict
        self.file = init_model_file if weights else None

    def __call__(self, model: "nn.Module", input_shape: Sequence[int]) -> "QuantisedModel":
        """Return a quantised copy of the model for images of `input_shape`, (C, H, W); the model does not change.

        Raises ValueError if the bits do not fit the layers, or the model does not run.
        """
        from fgspace_quant.quantise import quantised, traced

        graph = traced(model, input_shape)
        found = self.assigned(graph.layers)
        model, said = self._loaded(model)
        self._say((*nothing(graph.layers), *found.problems, *left_float(graph.float_weights), *said))
        return quantised(model, graph, found.bits, input_shape, self.rounding)

    def _loaded(self, model: "nn.Module") -> tuple["nn.Module", tuple[str, ...]]:
        """Return a copy of the model with the weights of the file, and a message if some do not match.

        The model itself is returned where no file is given.
        """
        if self.file is None:
            return model, ()
        from fgspace_quant.copies import copied

        model = copied(model)
        said = load_weights(
            model, self.file, strict=self.strict, option="init_model_file", otherwise="or write weights: false"
        )
        return model, (said,) if said else ()

    def cost(self, layers: Sequence[Any]) -> dict[str, float]:
        """Return the costs of a network with these rows, quantised; see `fgspace_quant.costs`."""
        layers = as_layers(layers)
        names = layer_names(layers)
        others = [FloatPart(row.path, row.type, row.where) for row in layers if row.params and _stays_float(row)]
        self._refuse((*nothing(names), *left_float(others)))
        return costs(layers, self.assigned(names).bits)

    def bits(self, layers: Sequence[Any]) -> dict[str, tuple[int, int]]:
        """Return the bits of the weights and of the input of each layer with these rows, by path."""
        found = self.assigned(layer_names(layers)).bits
        return {name: (bits.weight, bits.activation) for name, bits in found.items()}

    def count(self, model: "nn.Module", input_shape: Sequence[int]) -> dict[str, float]:
        """Return the costs of a model without a description; it may be on the meta device."""
        from fgspace import trace

        from fgspace_quant.quantise import traced

        graph = traced(model, input_shape)
        self._refuse((*nothing(graph.layers), *left_float(graph.float_weights)))
        return costs(as_layers(trace.rows(model, input_shape)), self.assigned(graph.layers).bits, graph.folds)

    def assigned(self, layers: Sequence[str]) -> Assignment:
        """Return the bits of layers with these names, in this order.

        Raises ValueError if the bits do not fit the layers, under `strict` surplus numbers too.
        """
        found = assign(layers, *self.widths, self.first_last)
        self._refuse(found.problems)
        return found

    def _say(self, problems: Sequence[str]) -> None:
        """Warn of problems; under `strict`, raise ValueError."""
        self._refuse(problems)
        for problem in problems:
            warnings.warn(problem, QuantWarning, stacklevel=3)

    def _refuse(self, problems: Sequence[str]) -> None:
        if problems and self.strict:
            raise ValueError("\n".join(problems))


def _stays_float(row: Any) -> bool:
    return row.type in TABLES or bool(row.macs and row.type not in QUANTISED)


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
