"""Checks a small model: it runs, its views have the expected shapes, and its output is that of the masked model."""

import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import fgspace
import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from fgspace_prune.groups import Expected, Plan
from fgspace_prune.keep import Masks, keep_vector
from fgspace_prune.layout import viewed
from fgspace_prune.rules import RULES
from fgspace_prune.trace import example, running, tensors_in

TORCH = str(Path(torch.__file__).parent) + os.sep
HERE = str(Path(__file__).parent) + os.sep
OTHERWISE = (
    "the pruned network's output differs from the masked one's: its code uses the number of channels, or is not "
    "deterministic; keep all channels, or write code that does not depend on their number"
)
ADVICE = "compute the shape from the tensor, or keep the channels it holds"


class Frame(NamedTuple):
    """One stack frame: its file, line and function, and the object whose method it is."""

    file: str
    line: int
    function: str
    owner: Any


class Views(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Compares the shape of every view, in order, with the shape that the plan expects.

    `odd` describes the first view that differs and its place in the code; it is "" while none does. A difference alone
    is no error: the views that torch breaks an operation down into may depend on sizes.
    """

    def __init__(self, model: nn.Module, expected: Sequence[Expected], kept: np.ndarray) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names = {id(module): name for name, module in model.named_modules()}
        self.odd = ""
        self._expected: Iterator[Expected] = iter(expected)
        self._kept = kept

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch imports its compiler, for seconds, at the first operation

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run the operation, and remember the first view whose shape is not the expected one."""
        result = func(*args, **(kwargs or {}))
        name = func._schema.name.split("::")[1].removesuffix("_")
        if RULES.get(name) is viewed and func._overloadname != "dtype":
            expected = next(self._expected, None)
            shape = None if expected is None else smaller(expected, self._kept)
            if shape not in (None, tuple(result.shape)) and not self.odd:
                made = f"makes a view of shape {tuple(result.shape)} where the pruned network has {shape}"
                self.odd = f"{self.place(_stack())}: {made}; {ADVICE}"
        return result

    def place(self, frames: Sequence[Frame]) -> str:
        """Return the place in the model's code, given its stack frames, innermost first: module name, file and line."""
        module = next((self.names[id(frame.owner)] for frame in frames if id(frame.owner) in self.names), "")
        ours = [frame for frame in frames if not frame.file.startswith(TORCH)]
        inside = [frame for frame in frames if f"{os.sep}nn{os.sep}modules{os.sep}" in frame.file]
        frame = [*ours, *inside, *frames][0]
        return f"{module!r}: {frame.file}:{frame.line}" if module else f"{frame.file}:{frame.line}"


def smaller(expected: Expected, kept: np.ndarray) -> tuple[int, ...]:
    """Return the shape of a view in the model that has only these channels."""
    shape = list(expected.shape)
    for dims, classes in expected.lines:
        alive = kept[classes]
        for position, dim in enumerate(dims):
            others = tuple(p for p in range(len(dims)) if p != position)
            shape[dim] = int(alive.any(axis=others).sum())
    return tuple(shape)


def check(plan: Plan, small: nn.Module, masked: nn.Module, masks: Masks, input_shape: Sequence[int]) -> None:
    """Raise ValueError where the small model does not run, or its output is not that of the masked model.

    Both run once, in evaluation mode, on two images of noise. Models on the meta device run but are not compared.
    """
    views = Views(small, plan.views, keep_vector(plan, masks))
    ours, wanted = run(views, small, input_shape), run(Views(masked, (), np.ones(0)), masked, input_shape)
    for one, other in zip(ours, wanted, strict=True):
        if one.shape != other.shape:
            shapes = f"the pruned network's output has shape {tuple(one.shape)}, the full one's {tuple(other.shape)}"
            raise ValueError(views.odd or f"{shapes}; {ADVICE}")
        if not one.is_meta and bool(other.isfinite().all()) and not _near(one, other):
            raise ValueError(views.odd or OTHERWISE)


def _near(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Say whether outputs differ by rounding alone: less than 0.1 %, or 16 steps of a type of fewer bits."""
    scale = float(other.abs().max()) if other.numel() else 0.0
    share = max(1e-3, 16 * torch.finfo(other.dtype).eps)
    return bool((one - other).abs().max() <= share * scale) if other.numel() else True


def run(views: Views, model: nn.Module, input_shape: Sequence[int]) -> list[torch.Tensor]:
    """Return the model's floating-point outputs for two images of noise; raise ValueError where it does not run."""
    training = [module for module in model.modules() if module.training]
    try:
        with running(), views:
            output = fgspace.trace.call(model.eval(), example(model, input_shape))
    except Exception as error:  # the model's code may raise anything when its widths change
        reason = str(error).partition("\n")[0] or type(error).__name__
        frames = [_frame(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)][::-1]
        fails = f"{views.place(_of_model(frames))}: the pruned network fails here: {reason}; {ADVICE}"
        raise ValueError(views.odd or fails) from error
    finally:
        for module in training:
            module.training = True
    return [leaf for leaf in tensors_in(output) if leaf.is_floating_point()]


def _stack() -> list[Frame]:
    frame: FrameType | None = sys._getframe(1)
    frames = []
    while frame is not None:
        frames.append(_frame(frame, frame.f_lineno))
        frame = frame.f_back
    return _of_model(frames)


def _frame(frame: FrameType, line: int) -> Frame:
    return Frame(frame.f_code.co_filename, line, frame.f_code.co_name, frame.f_locals.get("self"))


def _of_model(frames: list[Frame]) -> list[Frame]:
    """Return the frames of the model's code, innermost first: those between `run` and the hook on its operations."""
    ours = [index for index, frame in enumerate(frames) if frame.file.startswith(HERE)]
    start = next((index for index in ours if frames[index].function == run.__name__), len(frames))
    between = frames[max((index + 1 for index in ours if index < start), default=0) : start]
    return [frame for frame in between if frame.file != fgspace.trace.call.__code__.co_filename]
