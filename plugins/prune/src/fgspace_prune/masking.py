"""Makes the masked model: it has the full shapes, and zeros, which training keeps, in place of the cut entries."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from fgspace_prune.groups import Plan
from fgspace_prune.keep import Masks, keep_vector, kept_lines
from fgspace_prune.structure import copied


def masked(plan: Plan, model: nn.Module, masks: Masks) -> nn.Module:
    """Return a copy of the model in which every weight entry that the small model lacks is zero.

    The weights that make a cut channel and those that read it are both zeroed, so that the outputs are those of the
    small model even if an activation between them has f(0) ≠ 0. Training keeps the zeros: the gradients of these
    entries are set to zero, so momentum, Adam's moments and weight decay leave them at zero. Loaded weights are masked
    too; those of a model that was masked bring their cut channels with them. A copy of the masked model gets its hooks
    when it first runs. Where nothing is cut, no hooks are added.
    """
    kept = keep_vector(plan, masks)
    clone: nn.Module = copied(model, {})
    places = {place.names[0]: place.classes for place in plan.places if place.parameter}
    cut = Cut(places, kept, [group.classes for group in plan.groups if not kept[group.classes].all()])
    if cut.lines:
        cut.hold(clone)
        clone.register_forward_pre_hook(cut)
        clone.register_load_state_dict_post_hook(cut.loaded)  # type: ignore[no-untyped-call]
    return clone


class Cut:
    """Keeps the cut entries of a model's parameters at zero.

    Args:
        places: name of a parameter → the classes of the indices of each dim, None where none is ever cut.
        kept: whether each class is kept.
        groups: the slices of the groups of which some channels are cut.
    """

    def __init__(
        self, places: Mapping[str, Sequence[np.ndarray | None]], kept: np.ndarray, groups: Sequence[slice]
    ) -> None:
        self._places, self._kept, self._groups = places, kept, groups
        self.lines = self._lines()
        """Name of a parameter → one bool vector per dim, true for the indices that are kept (None: all)."""
        self._held = False

    def __call__(self, model: nn.Module, inputs: Any) -> None:
        """Hook the parameters of a copy of the model: copying leaves gradient hooks behind."""
        if not self._held:
            self.hold(model)

    def hold(self, model: nn.Module) -> None:
        """Zero the cut entries, and keep their gradients zero."""
        self._held = True
        parameters = dict(model.named_parameters())
        for name, lines in self.lines.items():
            zero(lines, parameters[name])
            if parameters[name].requires_grad:
                parameters[name].register_hook(partial(self._gradient, name))  # type: ignore[no-untyped-call]

    def loaded(self, model: nn.Module, keys: Any) -> None:
        """Zero the cut entries of weights that were just loaded.

        In a group, the channels that are cut are those that the weights lack, if they lack as many as are cut: then
        they are the weights of a model that was masked by other channels.
        """
        parameters = dict(model.named_parameters())
        alive = self._alive(parameters)
        for group in self._groups:
            if alive[group].sum() == self._kept[group].sum():
                self._kept[group] = alive[group]
        self.lines = self._lines()
        for name, lines in self.lines.items():
            zero(lines, parameters[name])

    def _lines(self) -> dict[str, tuple[torch.Tensor | None, ...]]:
        lines = {name: kept_lines(classes, self._kept) for name, classes in self._places.items()}
        return {name: some for name, some in lines.items() if any(line is not None for line in some)}

    def _alive(self, parameters: Mapping[str, nn.Parameter]) -> np.ndarray:
        """Return for each class whether any entry of the parameters that belongs to it is not zero."""
        alive = np.zeros_like(self._kept)
        for name, classes in self._places.items():
            there = parameters[name].detach() != 0
            for dim, line in enumerate(classes):
                if line is not None:
                    np.logical_or.at(alive, line, there.movedim(dim, 0).reshape(len(line), -1).any(1).cpu().numpy())
        return alive

    def _gradient(self, name: str, gradient: torch.Tensor) -> torch.Tensor:
        return zeroed(self.lines.get(name, ()), gradient)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Cut":
        """Return a copy whose model is not hooked yet."""
        return Cut(self._places, self._kept.copy(), self._groups)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the kept channels alone: the model is hooked again where it is loaded."""
        return Cut, (self._places, self._kept, self._groups)


def zero(lines: tuple[torch.Tensor | None, ...], parameter: nn.Parameter) -> None:
    """Set the cut entries of a parameter to zero."""
    with torch.no_grad():
        parameter.copy_(zeroed(lines, parameter))


def zeroed(lines: tuple[torch.Tensor | None, ...], tensor: torch.Tensor) -> torch.Tensor:
    """Return the tensor with zeros where any of its dims is cut."""
    for dim, line in enumerate(lines):
        if line is not None:
            shape = [-1 if d == dim else 1 for d in range(tensor.dim())]
            tensor = tensor.where(line.to(tensor.device).reshape(shape), tensor.new_zeros(()))
    return tensor
