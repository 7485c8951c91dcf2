"""`fgspace build`: the parts of a network, with their shapes, parameters and multiply-adds."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

from fgspace.cli.table import table
from fgspace.errors import FgspaceError
from fgspace.experiment import load
from fgspace.registry import load_registry
from fgspace.spaces import Space

_HEADER = ("PART", "TYPE", "INPUT", "OUTPUT", "PARAMS", "MACS")


def add_arguments(parser: ArgumentParser) -> None:
    """Add what `fgspace build` takes."""
    parser.add_argument(
        "file", metavar="FILE", help="the file that describes the network, or a space: its initial point"
    )
    parser.add_argument(
        "--input", metavar="C,H,W", help="the input's shape (default: the file's or its data's, else 3,32,32)"
    )
    parser.add_argument("--json", action="store_true", help="print params, macs and output_shape as JSON")


def run(arguments: Namespace) -> int:
    """Build the network, and print what it is made of."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    space = load(arguments.file, registry=registry, input_shape=input_shape(arguments.input)).space
    space.build(init=False)
    print(json.dumps(_summary(space)) if arguments.json else _table(space))
    return 0


def input_shape(written: str | None) -> tuple[int, ...] | None:
    """Read the shape that `--input` gives.

    Raises:
        FgspaceError: it is not whole numbers of at least 1 with commas between.
    """
    if written is None:
        return None
    try:
        shape = tuple(int(size) for size in written.split(","))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise FgspaceError(f"--input: expected whole numbers with commas between, as in 3,32,32; got {written!r}")
    return shape


def _summary(space: Space) -> dict[str, Any]:
    cost = space.network.cost(space.at(space.initial), space.input_shape)
    return {"params": cost.params, "macs": cost.macs, **cost.extra, "output_shape": cost.output_shape}


def _table(space: Space) -> str:
    layers = space.network.layers(space.at(space.initial), space.input_shape)
    rows = [
        (
            layer.path,
            layer.type,
            _times(layer.in_shape),
            _times(layer.out_shape),
            f"{layer.params:,}",
            f"{layer.macs:,}",
        )
        for layer in layers
    ]
    summary = _summary(space)
    total = ("total", "", _times(space.input_shape), _times(summary["output_shape"]))
    return table([_HEADER, *rows, (*total, f"{summary['params']:,}", f"{summary['macs']:,}")])


def _times(shape: Sequence[Any]) -> str:
    if shape and not isinstance(shape[0], int):
        return " and ".join(map(_times, shape))
    return "×".join(map(str, shape))
