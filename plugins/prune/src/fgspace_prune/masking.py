"""Makes the masked model: it has the full shapes, and zeros, which training keeps, in place of the cut entries."""

from collections.abc import Mapping
from functools import partial
from typing import Any

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
    too. A copy of the masked model gets its hooks when it first runs. Where nothing is cut, no hooks are added.
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
    """Keeps the cut entries of a model's parameters at zero.

    `lines` maps the name of a parameter to one bool vector per dim, true for the indices that are kept (None: all).
    """

    def __init__(self, lines: Mapping[str, tuple[torch.Tensor | None, ...]]) -> None:
        self.lines = lines
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
                parameters[name].register_hook(partial(zeroed, lines))  # type: ignore[no-untyped-call]

    def loaded(self, model: nn.Module, keys: Any) -> None:
        """Zero the cut entries of weights that were just loaded."""
        parameters = dict(model.named_parameters())
        for name, lines in self.lines.items():
            zero(lines, parameters[name])

    def __deepcopy__(self, memo: dict[int, Any]) -> "Cut":
        """Return a copy whose model is not hooked yet."""
        return Cut(self.lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the kept indices alone: the model is hooked again where it is loaded."""
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
