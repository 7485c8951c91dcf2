"""`fgspace check`: checks a file and the networks at its points before any trial."""

from argparse import ArgumentParser, Namespace

from fgspace.cli.arguments import input_shape, whole
from fgspace.cli.commands.show_file import in_size
from fgspace.cli.printing import say
from fgspace.config.loading import load
from fgspace.config.reachable_points import check_points
from fgspace.plugins.registry import load_registry


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace check`."""
    parser.add_argument("file", metavar="FILE", help="the file that describes the space")
    parser.add_argument(
        "--points", type=whole(1), metavar="N", help="how many points to check, at random (default: all, at most 1,000)"
    )
    parser.add_argument("--input", metavar="C,H,W", help="the input's shape, where the file does not say")


def run(arguments: Namespace) -> int:
    """Check the file and the networks of its points; print how many were checked."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    experiment = load(arguments.file, registry=registry, input_shape=input_shape(arguments.input))
    checked = check_points(experiment, arguments.points)
    say(f"{arguments.file}: in order; {checked:,} of {in_size(experiment.space.size)} checked")
    return 0
