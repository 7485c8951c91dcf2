"""Switches the 8-bit weights of a quantised model between the range that fits every integer kernel and the full one."""

from fgspace_quant.affine import BYTE, weight_grid
from fgspace_quant.bits import FLOAT
from fgspace_quant.copies import copied
from fgspace_quant.model import QuantisedModel
from fgspace_quant.weights import AffineWeight, FixedWeight, LearnedWeight, WeightQuantiser


def with_full_range(model: QuantisedModel, full_range: bool) -> QuantisedModel:
    """Return a copy of a model as `Quant` makes it with this `full_range`; its calibrated ranges stay.

    Raises ValueError if that changes the range of learned steps.
    """
    made = copied(model)
    grid = weight_grid(BYTE, full_range)
    for name, quantiser in _bytes(made).items():
        if isinstance(quantiser, AffineWeight):
            quantiser.full_range = full_range
            quantiser.rescale()
        elif quantiser.grid != grid:
            raise ValueError(
                f"full_range: the steps of {name!r} are learned for weights of -{quantiser.grid.high} to "
                f"{quantiser.grid.high}, not of -{grid.high} to {grid.high}; "
                f"write full_range: {str(full_range).lower()} in Quant and train again"
            )
    return made


def needs_wide_sums(model: QuantisedModel) -> bool:
    """Say whether two products of a weight and an activation may exceed 16 bits in this model."""
    return any(_is_full(quantiser) for quantiser in _bytes(model).values())


def _is_full(quantiser: AffineWeight | LearnedWeight) -> bool:
    if isinstance(quantiser, AffineWeight):
        return quantiser.full_range
    return quantiser.grid != weight_grid(BYTE, full_range=False)


def _bytes(model: QuantisedModel) -> dict[str, AffineWeight | LearnedWeight]:
    """Return the quantisers of 8-bit weights by layer, of the layers with quantised inputs."""
    narrow = (name for name, bits in model.plan.bits.items() if bits.activation < FLOAT)
    found: dict[str, WeightQuantiser | None] = {name: model.weight_quantiser(name) for name in narrow}
    return {
        name: one
        for name, one in found.items()
        if one is not None and not isinstance(one, FixedWeight) and one.bits == BYTE
    }
