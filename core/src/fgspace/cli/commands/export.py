"""`fgspace export`: writes a network in a format that other programs run."""

import errno
import inspect
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace.cli.arguments import input_shape, whole
from fgspace.cli.machine import tell
from fgspace.cli.network_file import network_file
from fgspace.cli.only_networks import check_is_network
from fgspace.cli.printing import say
from fgspace.cli.weighted import weighted
from fgspace.config.loading import load
from fgspace.documents.reader import read_text
from fgspace.errors import DescriptionError, FgspaceError, did_you_mean
from fgspace.plugins.registry import load_registry
from fgspace.runs.exporter import exporter
from fgspace.runs.network_facts import facts_of
from fgspace.signatures.annotations import misfit
from fgspace.signatures.parameters import Parameter, parameters

_GIVEN = 3
"""How many arguments an exporter is given without their names: the model, the path and the input's shape."""
PREPROCESSED = "with_preprocessing"
"""The parameter of an exporter that puts the preprocessing before the network."""
FACTS = "facts"
"""The parameter of an exporter that is no option: see `NetworkFacts`."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace export`."""
    parser.add_argument(
        "file",
        metavar="DIR|FILE",
        help="the file that describes the network (a space: its initial point), or the folder of a search",
    )
    parser.add_argument("--trial", type=whole(0), metavar="N", help="the trial of the front, where DIR is a search's")
    parser.add_argument(
        "--format",
        metavar="NAME",
        default="onnx",
        help="an exporter that `fgspace list exporter` shows (default: onnx)",
    )
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--weights",
        metavar="WEIGHTS",
        help="a file of weights and quantisation ranges, as evaluators save it (default: weights.pt beside the file)",
    )
    weights.add_argument("--random", action="store_true", help="export the network with random weights")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="what to write (default: the file, with the ending of the format)"
    )
    parser.add_argument(
        "--input", metavar="C,H,W", help="the input's shape (default: the file's or its data's, else 3,32,32)"
    )
    parser.add_argument(
        "--with-preprocessing",
        action="store_true",
        help="make the recorded preprocessing the first operations, so that raw pixels go in",
    )
    parser.add_argument(
        "--option",
        metavar="NAME=VALUE",
        dest="options",
        action="append",
        default=[],
        help="an option of the exporter, its value as in YAML: int4=true; may be given again",
    )


def run(arguments: Namespace) -> int:
    """Build the network and hand it to the exporter; print where it was written, with which weights.

    On stderr, print what the exporter found.
    """
    registry = load_registry(arguments.no_plugin, arguments.modules)
    file = network_file(Path(arguments.file), arguments.trial)
    registry.get("exporter", arguments.format)  # an unknown format is said before a problem of the file
    experiment = load(str(file), registry=registry, input_shape=input_shape(arguments.input))
    check_is_network(experiment.space, arguments, "export")
    export = exporter(arguments.format, experiment.space.network_at(), registry=registry)
    options = read_options(arguments.options, arguments.format, export)
    if arguments.with_preprocessing:
        if PREPROCESSED not in parameters(export):
            raise FgspaceError(f"--with-preprocessing: {arguments.format} of this network cannot have it; leave it out")
        options[PREPROCESSED] = True
    model, weights = weighted(experiment, file, arguments.weights, random=arguments.random)
    output = Path(arguments.output or file.with_suffix(getattr(export, "ending", f".{arguments.format}")))
    if FACTS in parameters(export):
        options[FACTS] = facts_of(experiment, file)
    try:
        found = export(model, output, experiment.space.input_shape, **options)
    except ValueError as error:
        raise FgspaceError(f"{arguments.format}: {error}") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise FgspaceError(
            f"{str(output)!r} cannot be written: {error.strerror or error}; name another by -o"
        ) from error
    if arguments.json:
        told = None if found is None else str(found)
        tell("export/1", {"output": str(output), "format": arguments.format, "weights": weights, "found": told})
        return 0
    say(output)
    say(f"weights: {weights}")
    if found is not None:
        say(f"{arguments.format}: {found}", file=sys.stderr)
    return 0


def read_options(written: Sequence[str], format: str, export: Callable[..., Any]) -> dict[str, Any]:
    """Read the options that `--option` gives, as an exporter's signature takes them.

    Raises:
        FgspaceError: an option is not written as NAME=VALUE, is given twice, or is none that the exporter takes; or
            its value is no YAML, or not of the parameter's type. All that is wrong is said at once.
    """
    known = _options_of(export)
    options: dict[str, Any] = {}
    problems = []
    for text in written:
        name, equals, value = text.partition("=")
        try:
            if not equals:
                raise ValueError(f"--option: expected NAME=VALUE, got {text!r}")
            if name in options:
                raise ValueError(f"--option {name}: is given twice")
            options[name] = None
            options[name] = _value(name, value, _parameter(name, known, format))
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise FgspaceError("\n".join(dict.fromkeys(problems)))
    return options


def _options_of(export: Callable[..., Any]) -> Mapping[str, Parameter]:
    """Return the parameters of an exporter that are left for options; the model has its weights already."""
    left = list(parameters(export).values())[_GIVEN:]
    return {parameter.name: parameter for parameter in left if parameter.name not in ("weights", FACTS)}


def _parameter(name: str, known: Mapping[str, Parameter], format: str) -> Parameter:
    names = [parameter.name for parameter in known.values() if not parameter.starred]
    if name in names:
        return known[name]
    if any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in known.values()):
        return Parameter(name)
    near = did_you_mean(name, names) or f"; it takes {', '.join(names) or 'none'}"
    raise ValueError(f"--option {name}: {format} has no option {name!r}{near}")


def _value(name: str, written: str, parameter: Parameter) -> Any:
    try:
        value = read_text(f"value: {written}", "--option").data["value"]
    except DescriptionError:
        raise ValueError(f"--option {name}: expected a value as in YAML, got {written!r}") from None
    wrong = misfit(value, parameter.annotation)
    if wrong is not None:
        raise ValueError(f"--option {'.'.join(map(str, (name, *wrong[0])))}: {wrong[1]}")
    return value
