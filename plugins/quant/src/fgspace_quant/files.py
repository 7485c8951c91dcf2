"""Reads the weights of the model that is to be quantised from a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

SHOWN = 4


def load_weights(model: nn.Module, file: str) -> str:
    """Set a float model's weights and buffers to those that a file has for them, by name and shape.

    The file is what `torch.save(model.state_dict(), file)` writes; nothing in it is ever run. Returns what did not
    match, "" where everything did. Raises ValueError where there is no such file, or nothing of it matches.
    """
    found, wanted = _read(file), model.state_dict()
    fits = {name: tensor for name, tensor in found.items() if name in wanted and tensor.shape == wanted[name].shape}
    if not fits:
        raise ValueError(f"init_model_file: nothing in {file!r} has the name and shape of a weight of this model")
    model.load_state_dict(fits, strict=False)
    missing = [name for name in wanted if name not in fits]
    surplus = [name for name in found if name not in fits]
    parts = (("not from the file", missing), ("not taken from it", surplus))
    said = "; ".join(f"{what}: {_some(names)}" for what, names in parts if names)
    return f"init_model_file: {file!r}: {said}" if said else ""


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
