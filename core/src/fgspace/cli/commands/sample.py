"""`fgspace sample`: draws points of a space at random."""

from argparse import ArgumentParser, Namespace
from random import Random

from fgspace.cli.arguments import whole
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.config.loading import load
from fgspace.plugins.registry import load_registry


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace sample`."""
    parser.add_argument("file", metavar="FILE", help="the file that describes the space")
    parser.add_argument("-n", type=whole(1), default=1, metavar="N", help="how many points (default 1)")
    parser.add_argument("--seed", type=whole(0), metavar="S", help="the seed of the draw (default: the file's, else 0)")


def run(arguments: Namespace) -> int:
    """Print points: as JSON one point per line, else one hyper-parameter per line."""
    experiment = load(arguments.file, registry=load_registry(arguments.no_plugin, arguments.modules))
    rng = Random(experiment.seed if arguments.seed is None else arguments.seed)
    for number in range(arguments.n):
        point = experiment.space.sample(rng)
        if arguments.json:
            tell("sample/1", {"number": number, "point": point})
        else:
            say(f"point {number}", *(f"  {path}: {value}" for path, value in point.items()), sep="\n")
    return 0
