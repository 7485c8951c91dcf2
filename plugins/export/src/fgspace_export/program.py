"""Writes a network by `torch.export`: a `.pt2` that torch runs without the network's code."""

import sys
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from fgspace import NetworkFacts
from torch import nn

from fgspace_export.checks import Report, compared, write
from fgspace_export.examples import batches, evaluating, outputs, tensors, traced
from fgspace_export.preprocessing import on_pixels


def export(
    model: nn.Module,
    path: str | Path,
    input_shape: Sequence[Any],
    facts: NetworkFacts | None = None,
    batch: int | None = None,
    with_preprocessing: bool = False,
) -> Report:
    """Write a network to a `.pt2` file, which `torch.export.load(file).module()` reads.

    The file is read again, and its outputs are compared with those of the network; the numbers stand beside it, in
    FILE.json.

    Args:
        model: the network.
        path: the file to write.
        input_shape: the shape of its input, without the batch.
        facts: what is known of the network.
        batch: the size of all batches, where it is fixed; by default any batch is taken.
        with_preprocessing: whether the network takes raw pixels, of its own size, and its preprocessing comes first.

    Raises:
        ValueError: torch.export cannot follow the network's code.
    """
    if with_preprocessing:
        model, facts = on_pixels(model, facts, input_shape)
    program = exported_program(model, input_shape, batch)
    held = BytesIO()  # torch takes no path with another ending
    torch.export.save(program, held)
    Path(path).write_bytes(held.getvalue())
    again = torch.export.load(BytesIO(Path(path).read_bytes())).module()
    given = batches(input_shape, facts, batch)
    found = {kind: compared([(_run(again, one), outputs(model, one)) for one in some]) for kind, some in given.items()}
    report = Report(found, {"torch": torch.__version__, "python": sys.version.split()[0], "batch": batch or "any"})
    write(Path(f"{path}.json"), report, model, facts)
    return report


def answers(path: Path, given: Any) -> torch.Tensor:
    """Return what the network in a file puts out."""
    return _run(torch.export.load(BytesIO(path.read_bytes())).module(), given)[0]


export.ending = ".pt2"  # type: ignore[attr-defined]
export.answers = answers  # type: ignore[attr-defined]


def exported_program(model: nn.Module, input_shape: Sequence[Any], batch: int | None = None) -> Any:
    """Return what torch.export makes of a network, for any batch or a fixed one.

    Raises:
        ValueError: it cannot follow the network's code.
    """
    positional, named, dynamic = traced(input_shape, batch)
    with evaluating(model), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return torch.export.export(model, positional, named, dynamic_shapes=dynamic, strict=False)
        except Exception as error:  # of any kind: the code is the user's
            raise ValueError(refusal(error, batch)) from error


def refusal(error: Exception, batch: int | None) -> str:
    """Return why a network cannot be exported, and what to do."""
    said = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
    cure = "; --option batch=1 writes it for that batch alone" if batch is None else ""
    return f"torch.export cannot follow the network's code: {said}{cure}"


def _run(module: nn.Module, given: Any) -> list[torch.Tensor]:
    with torch.no_grad():
        return tensors(module(**given) if isinstance(given, Mapping) else module(given))
