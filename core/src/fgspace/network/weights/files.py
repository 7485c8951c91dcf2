"""Reads the tensors of a file of weights; no code in a file is ever run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fgspace.errors import brief
from fgspace.network.weights.safetensors import read_safetensors

_HOLDERS = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params")
"""The names under which checkpoints hold the weights of a network, beside those of an optimiser and others."""
_WRITE = "write it with torch.save(model.state_dict(), file)"


def read_weights(file: str, otherwise: str) -> dict[str, Tensor]:
    """Return name → tensor of a file that torch.save or safetensors wrote, a checkpoint that holds more included.

    Raises:
        ValueError: there is no such file, it cannot be read, or it holds no weights. `otherwise` is what to do instead
            of giving the path of a file.
    """
    if not Path(file).is_file():
        what = "is a folder" if Path(file).is_dir() else "does not exist"
        raise ValueError(f"{file!r} {what}; give the path of a file of weights, {otherwise}")
    try:
        held = read_safetensors(file) if file.endswith(".safetensors") else _torch(file)
    except OSError as error:
        raise ValueError(f"{file!r} cannot be read: {error.strerror or error}") from error
    return _weights(held, file)


def _torch(file: str) -> Any:
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # damaged files make torch raise anything
        raise ValueError(f"{file!r} holds no weights that can be read without running its code; {_WRITE}") from error


def _weights(held: Any, file: str) -> dict[str, Tensor]:
    """Return the mapping of names to tensors that is held, or that a mapping which is held holds."""
    for _ in range(3):  # {"model": {"state_dict": weights}}
        if _is_weights(held):
            return {name: tensor for name, tensor in held.items() if isinstance(tensor, Tensor)}
        held = _inner(held, file)
    raise ValueError(f"{file!r} holds no weights; {_WRITE}")


def _is_weights(held: Any) -> bool:
    # A module may put more than tensors into its state, under this name.
    return isinstance(held, Mapping) and all(
        isinstance(value, Tensor) or str(name).endswith("_extra_state") for name, value in held.items()
    )


def _inner(held: Any, file: str) -> Any:
    """Return the part of a checkpoint that holds the weights, None if there is none."""
    if not isinstance(held, Mapping):
        return None
    for name in _HOLDERS:
        if isinstance(held.get(name), Mapping):
            return held[name]
    sets = [name for name, value in held.items() if isinstance(value, Mapping) and value and _is_weights(value)]
    if len(sets) > 1:
        names = " and ".join(map(brief, sets))
        raise ValueError(f"{file!r} holds several sets of weights, {names}; save the one that is meant alone")
    return held[sets[0]] if sets else None
