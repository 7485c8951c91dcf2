"""`fgspace build`: the parts of a network, with their shapes, parameters and multiply-adds."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from fgspace.cli.arguments import input_shape
from fgspace.cli.display.table import table
from fgspace.cli.machine import chosen, tell
from fgspace.cli.only_networks import check_is_network
from fgspace.cli.printing import say
from fgspace.config.loading import load
from fgspace.errors import DescriptionError
from fgspace.network.costs import PartError
from fgspace.plugins.registry import load_registry
from fgspace.spaces.space import Space

_HEADER = ("PART", "TYPE", "INPUT", "OUTPUT", "PARAMS", "MACS")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace build`."""
    parser.add_argument(
        "file", metavar="FILE", help="the file that describes the network, or a space: its initial point"
    )
    parser.add_argument(
        "--input", metavar="C,H,W", help="the input's shape (default: the file's or its data's, else 3,32,32)"
    )
    parser.add_argument("--without-weights", action="store_true", help="do not read the weights of parts and processes")


def run(arguments: Namespace) -> int:
    """Build the network, and print its parts."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    experiment = load(arguments.file, registry=registry, input_shape=input_shape(arguments.input))
    space = experiment.space
    check_is_network(space, arguments, "build")
    description = space.network_at()
    if arguments.without_weights:
        description = space.network.without_weights(description)
    try:
        space.network.build(description, space.input_shape)
        if arguments.json:
            tell("build/1", _in_json(space, description))
        else:
            say(_table(space, description))
    except PartError as error:
        raise DescriptionError([experiment.located(error)]) from error
    return 0


def _in_json(space: Space, description: Mapping[str, Any]) -> dict[str, Any]:
    cost = space.network.cost(description, space.input_shape)
    names = ("path", "type", "in_shape", "out_shape", "params", "macs")
    parts = [chosen(names, layer) for layer in space.network.layers(description, space.input_shape)]
    whole = {"params": cost.params, "macs": cost.macs, "costs": dict(cost.extra)}
    return {**whole, "input_shape": space.input_shape, "output_shape": cost.output_shape, "parts": parts}


def _summary(space: Space, description: Mapping[str, Any]) -> dict[str, Any]:
    cost = space.network.cost(description, space.input_shape)
    return {"params": cost.params, "macs": cost.macs, **cost.extra, "output_shape": cost.output_shape}


def _table(space: Space, description: Mapping[str, Any]) -> str:
    layers = space.network.layers(description, space.input_shape)
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
    summary = _summary(space, description)
    total = ("total", "", _times(space.input_shape), _times(summary["output_shape"]))
    parts = table([_HEADER, *rows, (*total, f"{summary['params']:,}", f"{summary['macs']:,}")])
    in_columns = ("params", "macs", "output_shape")
    added = [(name, f"{amount:,}") for name, amount in summary.items() if name not in in_columns]
    return "\n".join([parts, "", table([("COST", "AMOUNT"), *added])]) if added else parts


def _times(shape: Sequence[Any]) -> str:
    if shape and not isinstance(shape[0], int):
        return " and ".join(map(_times, shape))
    return "×".join(map(str, shape))
