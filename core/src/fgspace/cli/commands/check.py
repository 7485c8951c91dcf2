"""`fgspace check`: checks a file and the networks at its points before any trial, or a plugin."""

import math
import warnings
from argparse import ArgumentParser, Namespace
from pathlib import Path

from fgspace.cli.arguments import input_shape, whole
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.cli.showing.show_file import in_size
from fgspace.config.loading import load
from fgspace.config.reachable_points import check_points
from fgspace.plugins.registry import load_registry
from fgspace.runs.options_check import check_options
from fgspace.spaces.checking import Checked
from fgspace.spaces.space import Space

_UNITS = ("", " k", " M", " G", " T", " P", " E")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace check`."""
    parser.add_argument("file", metavar="FILE|PLUGIN", help="the file that describes the space, or a plugin to test")
    parser.add_argument(
        "--points",
        type=whole(1),
        metavar="N",
        help="how many points to check: boundary values and random ones (default: all, at most about 1,000)",
    )
    parser.add_argument("--input", metavar="C,H,W", help="the input's shape, where the file does not say")
    parser.add_argument("--tracebacks", action="store_true", help="show where the checks of a plugin failed, whole")


def run(arguments: Namespace) -> int:
    """Check the file of this name if there is one, else the plugin."""
    if _is_plugin(arguments.file):
        from fgspace.cli.publishing.check_plugin import run as check_plugin

        return check_plugin(arguments)
    return _check_file(arguments)


def _is_plugin(what: str) -> bool:
    """Return whether this can only be the name of a plugin: no file has it, and it does not look like that of one."""
    path = Path(what)
    return not (path.is_file() or path.suffix or path.name != what)


def _check_file(arguments: Namespace) -> int:
    """Check the file and the networks of its points; print how many were checked, and the range of their costs."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    experiment = load(arguments.file, registry=registry, input_shape=input_shape(arguments.input))
    experiment.check_evaluator()
    check_options(experiment)
    checked = check_points(experiment, arguments.points)
    if arguments.json:
        _tell(arguments.file, checked, experiment.space)
        return 0
    built = f", {checked.built} of them built and run" if checked.built else ""
    say(f"{arguments.file}: in order; {_share(checked.points, experiment.space.size)} checked{built}")
    if checked.costs:
        say(_ranges(checked))
    for note in checked.notes:
        warnings.warn(note, stacklevel=1)
    return 0


def _tell(file: str, checked: Checked, space: Space) -> None:
    costs = {name: {"least": low, "most": high} for name, (low, high) in checked.costs.items()}
    told = {"points": checked.points, "built": checked.built, "costs": costs, "notes": list(checked.notes)}
    tell("check/1", {"file": file, "size": None if space.size == math.inf else space.size, **told})


def _share(points: int, size: int | float) -> str:
    """Return how many points of how many: "960 of 960 points", "1,023 points of a continuous space"."""
    if size == math.inf:
        return f"{points:,} point{'s' * (points != 1)} of a continuous space"
    return f"{points:,} of {in_size(size)}"


def _ranges(checked: Checked) -> str:
    """Return the range of every cost: "params 1.2 M to 5 G, macs 3 M, among 1,064 points"."""
    ranges = [
        f"{name} {in_units(low)}" + (f" to {in_units(high)}" if low != high else "")
        for name, (low, high) in checked.costs.items()
    ]
    return f"{', '.join(ranges)}, among {checked.points:,} point{'s' * (checked.points != 1)}"


def in_units(amount: float) -> str:
    """Return an amount with three digits: "960", "1.31 M", "5 G"."""
    size = 0
    while abs(amount) >= 999.5 and size + 1 < len(_UNITS):
        amount, size = amount / 1000, size + 1
    return f"{amount:.3g}{_UNITS[size]}"
