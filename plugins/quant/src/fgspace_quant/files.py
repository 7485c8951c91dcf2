"""Reads the weights of the float model, which `Quant` quantises, from a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from fgspace_quant.copies import copied

SHOWN = 4


def with_weights(model: nn.Module, file: str | None) -> tuple[nn.Module, tuple[str, ...]]:
    """Return a copy of a model with the weights of a file, and a message if some did not match; see `load_weights`.

    Without a file, the model itself is returned.
    """
    if file is None:
        return model, ()
    model = copied(model)
    said = load_weights(model, file)
    return model, (said,) if said else ()


def load_weights(model: nn.Module, file: str) -> str:
    """Load weights and buffers of a float model from a file, those whose name and shape match.

    `torch.save(model.state_dict(), file)` writes such a file; code in a file is never run. Returns a message that
    names the weights that did not match, "" if all did.

    Raises:
        ValueError: there is no such file, none of its weights matches, or one holds NaN or complex numbers.
    """
    found, wanted = _read(file), model.state_dict()
    fits = {name: tensor for name, tensor in found.items() if name in wanted and tensor.shape == wanted[name].shape}
    if not fits:
        raise ValueError(f"init_model_file: nothing in {file!r} has the name and shape of a weight of this model")
    for name, tensor in fits.items():
        check_numbers(f"init_model_file: {name!r} in {file!r}", tensor, wanted[name].is_complex())
    model.load_state_dict(fits, strict=False)
    missing = [name for name in wanted if name not in fits]
    surplus = [name for name in found if name not in fits]
    parts = (("not from the file", missing), ("not taken from it", surplus))
    said = "; ".join(f"{what}: {_some(names)}" for what, names in parts if names)
    return f"init_model_file: {file!r}: {said}" if said else ""


def check_numbers(name: str, tensor: Tensor, may_be_complex: bool = False) -> None:
    """Raise ValueError, which begins with the name, if a tensor holds NaN, or complex numbers where it may not."""
    found = "complex numbers" if tensor.is_complex() and not may_be_complex else None
    if found is None and not tensor.is_meta and bool(tensor.isnan().any()):
        found = "NaN"
    if found is not None:
        raise ValueError(f"{name} holds {found}; expected real numbers, give weights of a model that was trained well")


def _read(file: str) -> Mapping[str, Tensor]:
    if not Path(file).is_file():
        raise ValueError(
            f"init_model_file: there is no file {file!r}: the weights that are quantised are read from it; "
            "give its path, or build without weights"
        )
    try:
        held: Any = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError):
        held = None
    if not isinstance(held, Mapping) or not all(isinstance(tensor, Tensor) for tensor in held.values()):
        raise ValueError(
            f"init_model_file: {file!r} holds no weights; write it by torch.save(model.state_dict(), file)"
        )
    return held


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more
