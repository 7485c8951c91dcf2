"""Finds the line of a model's code, and its modules, where an operation runs."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import fgspace
import torch
from torch import nn

TORCH = str(Path(torch.__file__).parent) + os.sep
HERE = str(Path(__file__).parent) + os.sep
TRACE = str(Path(fgspace.trace.call.__code__.co_filename).parent) + os.sep
RUNS = ("run", "trace")
"""The functions of this package that run a model: the frames outside them are not the model's."""


class Frame(NamedTuple):
    """One stack frame: its file, line and function, and the object whose method it is."""

    file: str
    line: int
    function: str
    owner: Any


def stack() -> list[Frame]:
    """Return the frames of the model's code that runs now, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    frames = []
    while frame is not None:
        frames.append(frame_of(frame, frame.f_lineno))
        frame = frame.f_back
    return of_model(frames)


def frame_of(frame: FrameType, line: int) -> Frame:
    """Return what is told of a frame of Python."""
    return Frame(frame.f_code.co_filename, line, frame.f_code.co_name, _owner(frame))


def _owner(frame: FrameType) -> Any:
    """Return the object whose method runs; of a function that is called with a module, such as a hook, the module."""
    found = frame.f_locals.get("self")
    return found if found is not None else frame.f_locals.get("module")


def of_model(frames: list[Frame]) -> list[Frame]:
    """Return the frames of the model's code, innermost first: those between `RUNS` and the hook on its operations."""
    ours = [index for index, frame in enumerate(frames) if frame.file.startswith(HERE)]
    start = next((index for index in ours if frames[index].function in RUNS), len(frames))
    between = frames[max((index + 1 for index in ours if index < start), default=0) : start]
    return [frame for frame in between if not frame.file.startswith(TRACE)]


def place(frames: list[Frame], names: Mapping[int, str]) -> str:
    """Return the place of these frames in the model's code: the module's name, if there is one, file and line."""
    module = next((names[id(frame.owner)] for frame in frames if id(frame.owner) in names), "")
    line = line_in(frames)
    return f"{module!r}: {line}" if module else line


def users_line(frames: list[Frame]) -> str:
    """Return file and line of the innermost code that is not torch's, "" where there is none."""
    return next((f"{frame.file}:{frame.line}" for frame in frames if not frame.file.startswith(TORCH)), "")


def line_in(frames: list[Frame]) -> str:
    """Return file and line of the innermost code that is not torch's; of a layer of torch where there is none."""
    inside = [frame for frame in frames if f"{os.sep}nn{os.sep}modules{os.sep}" in frame.file]
    found = [*inside, *frames]
    return users_line(frames) or (f"{found[0].file}:{found[0].line}" if found else "")


def owners(frames: list[Frame]) -> list[nn.Module]:
    """Return the modules whose code these frames run, innermost first, each once."""
    found = {id(frame.owner): frame.owner for frame in frames if isinstance(frame.owner, nn.Module)}
    return list(found.values())


def integers(module: nn.Module) -> Iterator[tuple[str, int]]:
    """Yield the whole numbers that a module keeps, by name: its own, then those of objects such as a configuration.

    Modules of torch have none: it is known what they remember.
    """
    if type(module).__module__.startswith("torch.nn.modules."):
        return
    own = [(name, value) for name, value in vars(module).items() if not name.startswith("_")]
    yield from ((name, value) for name, value in own if type(value) is int)
    for name, held in own:
        if hasattr(held, "__dict__") and not isinstance(held, nn.Module | torch.Tensor | type):
            yield from ((f"{name}.{key}", value) for key, value in vars(held).items() if type(value) is int)
