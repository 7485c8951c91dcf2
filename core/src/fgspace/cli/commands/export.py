"""`fgspace export`: writes a network in a format that other programs run."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.arguments import input_shape
from fgspace.config.loading import load
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import load_registry
from fgspace.signatures.calls import takes


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace export`."""
    parser.add_argument(
        "file", metavar="FILE", help="the file that describes the network, or a space: its initial point"
    )
    parser.add_argument(
        "--format",
        metavar="NAME",
        default="onnx",
        help="an exporter that `fgspace list exporter` shows (default: onnx)",
    )
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="a file of weights and quantisation ranges, as evaluators save it",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="the file to write (default: FILE with the format as its ending)"
    )
    parser.add_argument(
        "--input", metavar="C,H,W", help="the input's shape (default: the file's or its data's, else 3,32,32)"
    )


def run(arguments: Namespace) -> int:
    """Build the network, hand it to the exporter, and print where it was written."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    export = registry.get("exporter", arguments.format).load()
    space = load(arguments.file, registry=registry, input_shape=input_shape(arguments.input)).space
    output = Path(arguments.output or Path(arguments.file).with_suffix(f".{arguments.format}"))
    if arguments.weights is not None and not takes(export, "weights"):
        raise FgspaceError(f"{arguments.format} takes no weights; leave --weights out")
    try:
        given = {"weights": arguments.weights} if takes(export, "weights") else {}
        export(space.build(), output, space.input_shape, **given)
    except ValueError as error:
        raise FgspaceError(f"{arguments.format}: {error}") from error
    print(output)
    return 0
