"""The plan of a quantised model: which tensors are quantised and where, and which batch norms are folded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from fgspace_quant.bits import Bits
from fgspace_quant.products import Weights
from fgspace_quant.sites import Site


@dataclass(frozen=True)
class Quantiser:
    """One quantised tensor: its bits, and the upper end of the activation function before it."""

    bits: int
    ceiling: float | None = None


@dataclass(frozen=True)
class Plan:
    """Which tensors are quantised, and where.

    Attributes:
        bits: the bits of each layer, by its name.
        runs: the sites of each layer, one for each run.
        quantisers: the quantised activations, by name.
        results: site → the quantiser that rounds its result.
        doors: site of a layer → the quantiser that rounds its input once more, to fewer bits.
        inputs: site of a layer → the quantiser that its input was rounded by.
        folds: layer → the batch norm that is folded into it.
        redundant: site of an activation function → the quantiser after it, which does its work as well.
        terms: the quantiser of a tensor that only a sum reads → that of the other term, where a ReLU is the only one to
            read the sum.
        image: the quantiser of the model's input.
        weights: the parameters of each layer that a function computes outside `Linear`.
    """

    bits: Mapping[str, Bits]
    runs: Mapping[str, tuple[Site, ...]]
    quantisers: Mapping[str, Quantiser] = field(default_factory=dict)
    results: Mapping[Site, str] = field(default_factory=dict)
    doors: Mapping[Site, str] = field(default_factory=dict)
    inputs: Mapping[Site, str] = field(default_factory=dict)
    folds: Mapping[str, str] = field(default_factory=dict)
    redundant: Mapping[Site, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    weights: Mapping[str, Weights] = field(default_factory=dict)

    @cached_property
    def layers(self) -> dict[Site, str]:
        """The name of the layer that runs at a site."""
        return {site: name for name, sites in self.runs.items() for site in sites}
