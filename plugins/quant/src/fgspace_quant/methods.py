"""The rounding methods, and the options of `Quant` that say how a tensor is rounded."""

from dataclasses import dataclass

from fgspace_quant.bits import FLOAT, Bits

METHODS = ("affine", "lsq", "pact", "dorefa", "wrpn", "xnor", "bireal")
TENSOR_METHODS = frozenset({"affine", "lsq"})
"""The methods that quantise whole tensors, as integer kernels compute with them; only these can be exported."""
ONE_BIT = frozenset({"dorefa", "pact", "wrpn", "xnor", "bireal"})
"""The methods that can round to 1 bit."""
ONLY_ONE_BIT = frozenset({"xnor", "bireal"})
"""The methods that cannot round to more than 1 bit."""


@dataclass(frozen=True)
class Rounding:
    """How tensors are rounded; `fgspace_quant.process.Quant` documents each option."""

    method: str = "affine"
    observer: str = "minmax"
    weight_observer: str = "minmax"
    power_of_two: bool = False
    full_range: bool = False

    @property
    def whole_tensors(self) -> bool:
        """Say whether tensors are rounded where they are made, not at the inputs of layers."""
        return self.method in TENSOR_METHODS

    def method_for(self, bits: int) -> str:
        """Return the method for a tensor of this many bits: "affine" where the chosen one cannot round to them."""
        return "affine" if self.method in ONLY_ONE_BIT and bits > 1 else self.method

    def uses_full_range(self, bits: Bits) -> bool:
        """Say whether the weights of a layer may use all their bits; else 8-bit weights use 7 of them.

        Only integer kernels need the reduced range. A layer with float activations does not run in one, and the
        methods that cannot be exported do not either.
        """
        return self.full_range or not self.whole_tensors or bits.activation == FLOAT
