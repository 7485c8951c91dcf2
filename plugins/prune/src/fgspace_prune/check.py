"""Checks a small model: it runs, its views have the expected shapes, and its output is that of the masked model."""

import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import fgspace
import torch
from torch import nn

from fgspace_prune.groups import Plan
from fgspace_prune.keep import Masks, keep_vector
from fgspace_prune.places import frame_of, of_model, place, stack
from fgspace_prune.trace import example, running, tensors_in
from fgspace_prune.views import Views

OTHERWISE = (
    "the pruned network's output differs from the masked one's: its code uses the number of channels, or is not "
    "deterministic; keep all channels, or write code that does not depend on their number"
)
ADVICE = "compute the shape from the tensor, or keep the channels it holds"


def check(plan: Plan, small: nn.Module, masked: nn.Module, masks: Masks, input_shape: Sequence[int]) -> None:
    """Raise ValueError where the small model does not run, or its output is not that of the masked model.

    Both run once, in evaluation mode, on two images of noise. Models on the meta device run but are not compared.
    """
    odd: list[str] = []
    views = _reporting(small, plan, masks, odd)
    ours, wanted = run(small, input_shape, views, odd), run(masked, input_shape, nullcontext(), [])
    for one, other in zip(ours, wanted, strict=True):
        if one.shape != other.shape:
            shapes = f"the pruned network's output has shape {tuple(one.shape)}, the full one's {tuple(other.shape)}"
            raise ValueError(odd[0] if odd else f"{shapes}; {ADVICE}")
        if not one.is_meta and bool(other.isfinite().all()) and not _near(one, other):
            raise ValueError(odd[0] if odd else OTHERWISE)


def _reporting(small: nn.Module, plan: Plan, masks: Masks, odd: list[str]) -> Views:
    """Return a mode that adds to `odd` a sentence about the first view whose shape is not the expected one."""
    names = {id(module): name for name, module in small.named_modules()}

    def report(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
        made = f"makes a view of shape {shape} where the pruned network has {expected}"
        odd.append(f"{place(stack(), names)}: {made}; {ADVICE}")

    return Views(plan.views, keep_vector(plan, masks), report)


def _near(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Say whether outputs differ by rounding alone: less than 0.1 %, or 16 steps of a type of fewer bits."""
    scale = float(other.abs().max()) if other.numel() else 0.0
    share = max(1e-3, 16 * torch.finfo(other.dtype).eps)
    return bool((one - other).abs().max() <= share * scale) if other.numel() else True


def run(model: nn.Module, input_shape: Sequence[int], mode: Any, odd: Sequence[str]) -> list[torch.Tensor]:
    """Return the model's floating-point outputs for two images of noise; raise ValueError where it does not run."""
    training = [module for module in model.modules() if module.training]
    try:
        with running(), mode:
            output = fgspace.trace.call(model.eval(), example(model, input_shape))
    except Exception as error:  # the model's code may raise anything when its widths change
        reason = str(error).partition("\n")[0] or type(error).__name__
        frames = [frame_of(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)][::-1]
        names = {id(module): name for name, module in model.named_modules()}
        fails = f"{place(of_model(frames), names)}: the pruned network fails here: {reason}; {ADVICE}"
        raise ValueError(odd[0] if odd else fails) from error
    finally:
        for module in training:
            module.training = True
    return [leaf for leaf in tensors_in(output) if leaf.is_floating_point()]
