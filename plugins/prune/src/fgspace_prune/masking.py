"""Makes the masked model: full shapes, zeros where the smaller model has nothing, and zeros that training keeps."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from fgspace_prune.groups import Plan
from fgspace_prune.keep import Masks, keep_vector, kept_lines
from fgspace_prune.structure import copied


def masked(plan: Plan, model: nn.Module, masks: Masks) -> nn.Module:
    """Return a copy of the model in which every weight entry that the smaller model lacks is zero.

    Both the channel and what reads it are zeroed, so that an activation with f(0) ≠ 0 between them does no harm:
    the outputs are those of the smaller model. The zeros survive training: gradients of these entries are set to
    zero, so that momentum, Adam's moments and weight decay leave them at zero too; weights that are loaded are masked.
    A copy of the masked model is hooked again when it first runs. Where nothing is cut, the copy is as the model was.
    """
    kept = keep_vector(plan, masks)
    clone: nn.Module = copied(model, {})
    alive = {place.names[0]: kept_lines(place.classes, kept) for place in plan.places if place.parameter}
    lines = {name: some for name, some in alive.items() if any(line is not None for line in some)}
    if lines:
        cut = Cut(lines)
        cut.hold(clone)
        clone.register_forward_pre_hook(cut)
        clone.register_load_state_dict_post_hook(cut.loaded)  # type: ignore[no-untyped-call]
    return clone


class Cut:
    """Holds the cut entries of a model's parameters at zero.

    `lines` has for each parameter's name which indices of each dim are kept (None: all of them).
    """

    def __init__(self, lines: Mapping[str, tuple[torch.Tensor | None, ...]]) -> None:
        self.lines = lines
        self._held = False

    def __call__(self, model: nn.Module, inputs: Any) -> None:
        """Hold the parameters of a copy of the model, which takes no gradient hooks."""
        if not self._held:
            self.hold(model)

    def hold(self, model: nn.Module) -> None:
        """Zero the cut entries, and keep their gradients zero."""
        self._held = True
        parameters = dict(model.named_parameters())
        for name, lines in self.lines.items():
            zero(lines, parameters[name])
            if parameters[name].requires_grad:
                parameters[name].register_hook(partial(zeroed, lines))  # type: ignore[no-untyped-call]

    def loaded(self, model: nn.Module, keys: Any) -> None:
        """Zero the cut entries again, of weights that were loaded."""
        parameters = dict(model.named_parameters())
        for name, lines in self.lines.items():
            zero(lines, parameters[name])

    def __deepcopy__(self, memo: dict[int, Any]) -> "Cut":
        """Return one that holds nothing yet."""
        return Cut(self.lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the kept indices alone: what is held is found again in the process that loads it."""
        return Cut, (self.lines,)


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
