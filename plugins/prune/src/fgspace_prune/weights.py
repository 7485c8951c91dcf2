"""Loads full-width weights from a file into a model, by name and shape, and reports those that do not match."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

SHOWN = 4


def load_weights(model: nn.Module, file: str) -> str:
    """Set the model's weights and buffers to those in the file that have the same name and shape.

    `torch.save(model.state_dict(), file)` writes such a file; no code in it is ever run. Returns a sentence about the
    weights that do not match, "" where all do. Raises ValueError where there is no such file, or none of its weights
    matches, or where one of those that match holds NaN, or complex numbers that the model does not.
    """
    found, wanted = _read(file), model.state_dict()
    fits = {name: tensor for name, tensor in found.items() if name in wanted and tensor.shape == wanted[name].shape}
    if not fits:
        raise ValueError(f"init_model_file: nothing in {file!r} has the name and shape of a weight of this model")
    for name, tensor in fits.items():
        _check_values(file, name, tensor, wanted[name])
    model.load_state_dict(fits, strict=False)
    odd = [n for n, tensor in found.items() if n in wanted and tensor.shape != wanted[n].shape]
    missing = [name for name in wanted if name not in found]
    surplus = [name for name in found if name not in wanted]
    parts = (("of another shape", odd), ("not in the file", missing), ("not in the model", surplus))
    said = "; ".join(f"{what}: {_some(names)}" for what, names in parts if names)
    return f"init_model_file: {file!r}: {said}" if said else ""


def _check_values(file: str, name: str, tensor: torch.Tensor, wanted: torch.Tensor) -> None:
    """Raise ValueError where a tensor holds NaN, or complex numbers for a model of real ones."""
    if tensor.is_complex() and not wanted.is_complex():
        raise ValueError(
            f"init_model_file: {name!r} in {file!r} is complex, and the model's is not; save its real part"
        )
    if tensor.is_floating_point() or tensor.is_complex():
        odd = int(tensor.isnan().sum())
        if odd:
            count = f"{odd} of {tensor.numel()} numbers are NaN"
            raise ValueError(
                f"init_model_file: {name!r} in {file!r}: {count}; give a file of a training that converged"
            )


def _read(file: str) -> Mapping[str, torch.Tensor]:
    if not Path(file).is_file():
        missing = f"init_model_file: there is no file {file!r}, from which the weights that are pruned are read"
        raise ValueError(f"{missing}; give its path, or build without weights")
    try:
        held: Any = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError):
        held = None
    if isinstance(held, Mapping) and isinstance(held.get("state_dict"), Mapping):
        held = held["state_dict"]
    if not isinstance(held, Mapping) or not all(isinstance(tensor, torch.Tensor) for tensor in held.values()):
        raise ValueError(
            f"init_model_file: {file!r} holds no weights; write it with torch.save(model.state_dict(), ...)"
        )
    return held


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more
