"""Writes the signatures of the modules of torch that core has cost rules for, so that files are read without torch."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Union, get_args, get_origin

import torch
from fgspace.plugins.builtin import fgspace_provide_cost_rules
from torch import nn

ROOT = Path(__file__).parents[1]
MODULE = ROOT / "core" / "src" / "fgspace" / "signatures" / "torch_modules.py"
HEAD = '''\
"""The signatures of the modules of torch that core has cost rules for, as functions: they are read without torch.

Written by tools/torch_signatures.py; run that where torch has changed.
"""

# mypy: ignore-errors
from typing import Any, Literal

VERSION = "{version}"
"""The release of torch that has these signatures."""

'''


def main() -> int:
    """Write the module, and format it."""
    names = sorted(one.name for one in fgspace_provide_cost_rules())
    written = HEAD.format(version=release(torch.__version__)) + "\n\n".join(map(function, names)) + "\n"
    MODULE.write_text(written, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", MODULE], check=True)
    return 0


def release(version: str) -> str:
    """Return the first two numbers of a version: "2.13"."""
    return ".".join(version.split(".")[:2])


def function(name: str) -> str:
    """Return a function with the signature of a module of torch, as code."""
    given = inspect.signature(getattr(nn, name))
    signature = given.replace(parameters=[typed(one) for one in given.parameters.values()], return_annotation=None)
    return f"def {name}{re.sub(r'-> None$', '-> None: ...', str(signature))}"


def typed(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter without classes of torch, and with its annotation as code."""
    options = get_args(parameter.annotation) if get_origin(parameter.annotation) is Union else (parameter.annotation,)
    code = " | ".join("None" if one is type(None) else inspect.formatannotation(one) for one in options)
    is_known = parameter.annotation is not parameter.empty and "torch." not in code
    return parameter.replace(annotation=_Code(code if is_known else "Any"))


class _Code:
    """Code that is shown as it is."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __repr__(self) -> str:
        return self._code


if __name__ == "__main__":
    sys.exit(main())
