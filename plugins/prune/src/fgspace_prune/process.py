"""The process type `Prune`: takes the finished model and returns one with fewer channels."""

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fgspace import Searched, load_weights

if TYPE_CHECKING:
    from torch import nn

    from fgspace_prune.groups import Group, Plan
    from fgspace_prune.layers import Counted

CRITERIA = ("l1", "l2", "bn_scale", "taylor", "random")
"""The measures of importance, by name; they import torch, which reading a file does without."""


def bit_domains(rows: Sequence[Any], plan: "Counted") -> Any:
    """Return the domains of the mask rows of a model, and their starts."""
    from fgspace_prune import encoding

    return encoding.bit_domains(rows, plan)


def width_domains(rows: Sequence[Any], plan: "Counted") -> Any:
    """Return the domains of the widths of a model's groups, and their starts."""
    from fgspace_prune import encoding

    return encoding.width_domains(rows, plan)


class PruneWarning(UserWarning):
    """Warns of an option of `Prune` that does not fit the model, or of an operation that cannot be followed."""


class Prune:
    """Cuts channels out of a model; the groups of channels that must be cut together are found from the model itself.

    A mask row has a 1 for each channel that stays and a 0 for each that is cut; a row that is shorter than its width
    keeps the rest. Mask rows take precedence over `widths`, and `widths` over `ratios`; groups that none of them names
    keep all channels.

    Args:
        chn_mask: rows for the widths that a single layer makes, in execution order. If there are enough rows, each
            projection shortcut has one too, which is ignored.
        chn_node_mask: rows for the widths that several layers make together, because their outputs are added, in
            execution order of the first of these layers. If there is one row more, the first is for the stem.
        init_model_file: file of full-width weights, as `torch.save(model.state_dict(), file)` writes them; the slices
            of the kept channels are copied. Its names may have another prefix.
        path: another name of `init_model_file`.
        masks: rows by the name of a layer, or of a group. A layer whose channels are in several groups has one row for
            all of them.
        widths: number of channels to keep, for each group in order or by name; the most important ones stay. The number
            of a layer is divided among its groups in proportion to their widths.
        ratios: share of channels to cut, for all groups or by name; the least important ones are cut.
        criterion: measure of importance: "l1", "l2", "bn_scale", "taylor" or "random".
        round_to: the widths that `ratios` leave are rounded up to a multiple of this.
        physical: whether the tensors become smaller; otherwise they keep their shapes, with zeros that training keeps.
        strict: whether surplus rows, rows that are too long or cut every channel, and weights that do not match are
            errors instead of warnings. Where it is not given, a file that lacks more than a tenth of the weights, or
            half of a layer, is an error too; false says that this is wanted.
        weights: whether `init_model_file` is read; if not, it need not exist.
        seed: seed of the criterion "random".
    """

    def __init__(
        self,
        chn_mask: list[list[int]] | None = None,
        chn_node_mask: list[list[int]] | None = None,
        init_model_file: str | None = None,
        masks: Annotated[dict[str, list[int]] | None, Searched(follows=bit_domains)] = None,
        ratios: float | dict[str, float] | None = None,
        criterion: str = "l1",
        round_to: int = 1,
        physical: bool = True,
        strict: bool | None = None,
        widths: Annotated[list[int] | dict[str, int] | None, Searched(follows=width_domains)] = None,
        weights: bool = True,
        seed: int = 0,
        path: str | None = None,
    ) -> None:
        if criterion not in CRITERIA:
            raise ValueError(f"criterion: expected one of {', '.join(map(repr, CRITERIA))}, got {criterion!r}")
        if round_to < 1:
            raise ValueError(f"round_to: expected at least 1, got {round_to!r}")
        if init_model_file is not None and path is not None:
            raise ValueError("path: is another name of init_model_file; write one of them")
        for ratio in ratios.values() if isinstance(ratios, Mapping) else () if ratios is None else (ratios,):
            if not 0 <= ratio < 1:
                raise ValueError(f"ratios: expected the share that is cut, from 0 to below 1, got {ratio!r}")
        self.rows = (chn_mask or (), chn_node_mask or (), masks or {})
        self.widths, self.ratios, self.criterion, self.round_to, self.seed = widths, ratios, criterion, round_to, seed
        self.physical, self.strict = physical, strict
        self.file = (init_model_file or path) if weights else None

    def __call__(self, model: "nn.Module", input_shape: Sequence[int]) -> "nn.Module":
        """Return a pruned copy of the model for inputs of `input_shape`; the model is left unchanged.

        Raises ValueError where a mask does not fit the model, or the pruned model does not run; then the message names
        the line of code that fails. A model that `Quant` has quantised is refused.
        """
        from fgspace_prune.check import check
        from fgspace_prune.finding import plan
        from fgspace_prune.masking import masked
        from fgspace_prune.slicing import sliced

        _refuse_quantised(model)
        model = self._loaded(model)
        found = plan(model, input_shape)
        for note in found.unknown:
            warnings.warn(note, PruneWarning, stacklevel=2)
        masks = self.masks(found, model)
        zeroed = masked(found, model, masks)
        if not any(0 in row for row in masks.values()):
            return zeroed
        small = sliced(found, model, masks)
        check(found, small, zeroed, masks, input_shape)
        return small if self.physical else zeroed

    def count(self, model: "nn.Module", input_shape: Sequence[int]) -> dict[str, int]:
        """Return `params` and `macs` of the model that `__call__` returns with `physical`, without building it.

        The model may be on the meta device: the number of channels that stay does not depend on weights.
        """
        from fgspace_prune.cost import cost
        from fgspace_prune.finding import plan

        found = plan(model, input_shape)
        return cost(found, self.masks(found, model))

    @staticmethod
    def plan(model: "nn.Module", input_shape: Sequence[int]) -> "Counted":
        """Return the plan of the model, prepared for counting candidates; the model may be on the meta device."""
        from fgspace_prune.finding import plan
        from fgspace_prune.layers import Counted

        return Counted(plan(model, input_shape))

    def layers_after(self, rows: Sequence[Any], plan: "Counted") -> list[Any]:
        """Return the rows of the small model's layers, given those of the full model's, as in `fgspace.network`."""
        from fgspace_prune.layers import layers

        return layers(plan, rows, self.masks(plan.plan))

    def masks(self, found: "Plan", model: "nn.Module | None" = None) -> dict[str, tuple[int, ...]]:
        """Return the mask rows of all groups that an option names.

        Without a model, all channels are equally important: the number that stays does not depend on weights.
        """
        import numpy as np

        from fgspace_prune.criterion import highest, scores
        from fgspace_prune.rows import read_rows, repaired

        rows = read_rows(found, *self.rows)
        nothing = [f"ratios: no channel can be cut: {'; '.join(map(str, found.refusals))}"]
        self._say([*rows.problems, *(nothing if self.ratios and not found.groups else ())])
        counts = {**self._counts(found), **self._widths(found)}
        open_groups = [group for group in found.groups if group.name in counts and group.name not in rows.masks]
        if not open_groups and all(map(any, rows.masks.values())):
            return rows.masks
        importance = np.zeros(found.channels) if model is None else scores(found, model, self.criterion, self.seed)
        whole = repaired(found, rows.masks, lambda group: highest(group, importance, 1))
        return whole | {group.name: highest(group, importance, counts[group.name]) for group in open_groups}

    def _counts(self, found: "Plan") -> dict[str, int]:
        """Return the number of channels that `ratios` keep, by group name."""
        from fgspace_prune.criterion import kept_count

        ratios = self.ratios
        if not isinstance(ratios, Mapping):
            ratios = {group.name: ratios for group in found.groups} if ratios is not None else {}
        chosen = [(_named(found, "ratios", layer), ratio) for layer, ratio in ratios.items()]
        return {g.name: kept_count(g.width, ratio, self.round_to) for groups, ratio in chosen for g in groups}

    def _widths(self, found: "Plan") -> dict[str, int]:
        """Return the number of channels that `widths` keep, by group name."""
        from fgspace_prune.criterion import shares

        widths = self.widths or {}
        if not isinstance(widths, Mapping):
            if len(widths) != len(found.groups):
                raise ValueError(f"widths: expected {len(found.groups)} numbers, one a group, got {len(widths)}")
            widths = {group.name: width for group, width in zip(found.groups, widths, strict=True)}
        counts: dict[str, int] = {}
        for layer, width in widths.items():
            groups = _named(found, "widths", layer)
            least, most = len(groups), sum(group.width for group in groups)
            if not least <= width <= most:
                raise ValueError(f"widths: expected {least} to {most} channels of {layer!r}, got {width!r}")
            counts |= zip((group.name for group in groups), shares([g.width for g in groups], width), strict=True)
        return counts

    def _loaded(self, model: "nn.Module") -> "nn.Module":
        """Return a copy of the model with the weights of the file, or the model itself where no file is given."""
        from fgspace_prune.structure import copied

        if self.file is None:
            return model
        model = copied(model, {})
        said = load_weights(
            model, self.file, strict=self.strict, option="init_model_file", otherwise="or write weights: false"
        )
        self._say([said] if said else [])
        return model

    def _say(self, problems: Sequence[str]) -> None:
        if problems and self.strict:
            raise ValueError("\n".join(problems))
        for problem in problems:
            warnings.warn(problem, PruneWarning, stacklevel=4)


def _named(found: "Plan", option: str, layer: str) -> "tuple[Group, ...]":
    from fgspace_prune.rows import groups_of

    try:
        return groups_of(found, layer)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def _refuse_quantised(model: "nn.Module") -> None:
    """Raise ValueError for a quantised model: its weights are rounded while it runs, and hide their channels."""
    if any(type(module).__module__.partition(".")[0] == "fgspace_quant" for module in model.modules()):
        raise ValueError("the network is quantised before it is pruned; write Prune before Quant in modules")
