"""Networks and their files: builds what a description stands for, saves its weights and loads them."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgspace import FgspaceError, load_weights

if TYPE_CHECKING:
    from torch import nn


def build(
    description: Mapping[str, Any], input_shape: tuple[int, ...], *, init: bool, trained: bool = False
) -> "nn.Module":
    """Build the network of a description for images of this shape; what it says of the evaluator is left out."""
    import fgspace

    network = {name: value for name, value in description.items() if name != "evaluator"}
    return fgspace.build(network, input_shape=input_shape, init=init, trained=trained)


def save(network: "nn.Module", file: Path) -> None:
    """Write the weights beside their place first, so that no one ever finds half of them."""
    import torch

    # torch says of a full disk only that a write failed; what Python writes, tells which study has to stop for it.
    content = io.BytesIO()
    torch.save(network.state_dict(), content)
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(f".{os.getpid()}.aside")
    try:
        aside.write_bytes(content.getbuffer())
        aside.replace(file)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def restore(network: "nn.Module", file: Path) -> None:
    """Load the weights of a file; raises FgspaceError where it is not there, or holds another network's."""
    if not file.is_file():
        raise FgspaceError(f"evaluator: no weights at {str(file)!r}; train the candidate first, or give its folder")
    try:
        load_weights(network, str(file), strict=True, option="evaluator")
    except ValueError as error:
        raise FgspaceError(str(error)) from error
