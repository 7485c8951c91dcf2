"""Finds the line of the user's code that makes a call."""

import sys
from pathlib import Path
from types import FrameType

import torch

from fgspace.network.trace.inputs import call

_SKIPPED = (f"{Path(torch.__file__).parent}/", f"{Path(__file__).parents[2]}/")


def line_of_call(*others: str) -> str:
    """Return the file and line, as `net.py:12`, of the innermost code of the model that `call` runs; "" if it has none.

    Code of torch and of this distribution is left out, and so are files whose paths begin with one of `others`.
    """
    skipped = (*_SKIPPED, *others)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not call.__code__:
        if not frame.f_code.co_filename.startswith(skipped):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
