"""The process type `LowRank`: puts two thin layers in place of a linear layer or a 1×1 convolution."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fgspace import Layer, Searched

from fgspace_lowrank.domains import domains
from fgspace_lowrank.plan import Plan
from fgspace_lowrank.ranks import Rank, check, left_alone, ranks_of
from fgspace_lowrank.rows import rows_after

if TYPE_CHECKING:  # torch is imported where a network is built or planned: `fgspace show` does without
    from torch import nn


class LowRankWarning(UserWarning):
    """Warns of layers that `LowRank` is asked to factorise and cannot."""


class LowRank:
    """Factorises linear layers and 1×1 convolutions: a weight (m, n) becomes the product of (m, rank) and (rank, n).

    The product is the best approximation of that rank. A layer whose rank saves nothing, rank·(m + n) ≥ m·n, is left
    alone. The factors of `layer` are `layer.0` and `layer.1`.

    Args:
        ranks: one for all layers, a list with one for each layer in the order in which they run, or a mapping from the
            names of layers or parts. A whole number is the rank (in a convolution with groups, that of each group). A
            number with a point is the share of a layer's weights that stays; 1.0 and "full" leave a layer alone.
        energy: in place of ranks, the share of the sum of the squared singular values that stays. The ranks then follow
            from trained weights, so it is for `fgspace.compress`; a description takes the ranks that `chosen` returns.
        strict: whether layers that cannot be factorised are an error instead of a warning.
    """

    def __init__(
        self,
        ranks: Annotated[Rank | list[Rank] | dict[str, Rank] | None, Searched(follows=domains)] = None,
        energy: float | None = None,
        strict: bool = False,
    ) -> None:
        check(ranks, energy)
        self.ranks, self.energy, self.strict = ranks, energy, strict

    def __call__(self, model: "nn.Module", input_shape: Sequence[Any]) -> "nn.Module":
        """Return a factorised copy of the model; the model does not change.

        Raises:
            ValueError: the ranks do not fit the model, it does not run before or afterwards, or it is quantised.
        """
        from fgspace_lowrank.factors import factorised
        from fgspace_lowrank.running import copied, run

        small = factorised(model, self.chosen(model, input_shape))
        problem, cure = "its code does not run with two layers in place of one", "; leave this layer out of ranks"
        run(copied(small, {}), input_shape, problem, cure)
        return small

    def chosen(self, model: "nn.Module", input_shape: Sequence[Any]) -> dict[str, int]:
        """Return the rank of each layer of a model that is factorised, as `ranks` takes them."""
        from fgspace_lowrank.factors import ranks_with_energy

        found = self.plan(model, input_shape)
        given = self.ranks if self.energy is None else ranks_with_energy(model, found.layers, self.energy)
        ranks = ranks_of(found, given)
        self._say(left_alone(found, self.ranks if self.energy is None else self.energy))
        return ranks

    @staticmethod
    def plan(model: "nn.Module", input_shape: Sequence[Any]) -> Plan:
        """Return the layers of a model that can be factorised; the model may be on the meta device."""
        from fgspace_lowrank.finding import plan

        return plan(model, input_shape)

    def layers_after(self, rows: Sequence[Layer], plan: Plan) -> list[Layer]:
        """Return the rows of the factorised model, given those of the model."""
        if self.energy is not None:
            way = f"write the ranks that LowRank(energy={self.energy}).chosen(model, input_shape) returns"
            raise ValueError(f"energy: a description has no trained weights for ranks to follow from; {way}")
        ranks = ranks_of(plan, self.ranks)
        if self.strict:
            self._say(left_alone(plan, self.ranks))
        return rows_after(rows, plan, ranks)

    def _say(self, problem: str) -> None:
        """Warn of a problem, "" being none; under `strict`, raise ValueError."""
        if problem and self.strict:
            raise ValueError(problem)
        if problem:
            warnings.warn(problem, LowRankWarning, stacklevel=4)
