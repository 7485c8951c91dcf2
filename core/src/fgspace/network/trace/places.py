"""Finds the line of the user's code that makes a call."""

import sys
from pathlib import Path

import torch

_SKIPPED = (f"{Path(torch.__file__).parent}/", f"{Path(__file__).parent}/")


def line_of_call() -> str:
    """Return the file and line, as `net.py:12`, of the innermost code that is neither torch's nor this room's."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_SKIPPED):
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
