"""`fgspace profile`: measures on a device what a cost of a file reads, such as a table of layers."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fgspace.cli.arguments import seconds, whole
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.config.costs import SECTION, check_section, written_costs
from fgspace.config.loading import load
from fgspace.documents.document import Document
from fgspace.documents.reader import read
from fgspace.errors import DescriptionError, FgspaceError, did_you_mean
from fgspace.plugins.registry import Registry, load_registry
from fgspace.signatures.calls import make
from fgspace.signatures.reasons import FAILURES, reason
from fgspace.spaces.templates.checks import Checker

_OF_NETWORKS = ("search_space", "evaluator", "definitions")
"""The sections that say what is measured; the others may name costs that have no numbers yet."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace profile`."""
    parser.add_argument("file", metavar="FILE", help="the file of a search whose costs have one that is measured")
    parser.add_argument("--cost", metavar="NAME", help="which one, where the file has several")
    parser.add_argument(
        "--device-command",
        metavar="CMD",
        help="what measures on another machine: it gets the path of an ONNX file, as its last argument or in place of"
        " {}, and prints milliseconds (default: measure here)",
    )
    parser.add_argument(
        "--timeout", type=seconds, metavar="SECONDS", default=60.0, help="how long CMD may take (default: 60)"
    )
    parser.add_argument(
        "--networks",
        type=whole(1),
        metavar="N",
        default=2000,
        help="how many networks of the space are looked at, at most (default: 2000)",
    )


def run(arguments: Namespace) -> int:
    """Measure what the cost lacks, say what is measured on stderr, and print what was written."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    document = read(Path(arguments.file))
    networks = {name: document.data[name] for name in _OF_NETWORKS if name in document.data}
    space = load(Document(networks, document.keys, document.values), registry=registry).space
    name, written = _chosen(document, registry, arguments.cost)
    try:
        cost = make(registry, "cost", written, space=space)
    except FAILURES as error:
        at = document.option((SECTION, name), message := reason(error))
        raise DescriptionError([document.problem(at, f"{SECTION}.{name}", message)]) from error
    found = cost.profile(
        space,
        networks=arguments.networks,
        command=arguments.device_command,
        timeout=arguments.timeout,
        tell=lambda line: say(line, file=sys.stderr, flush=True),
    )
    if arguments.json:
        tell("profile/1", {"cost": name, "found": str(found)})
    else:
        say(found)
    return 0


def _chosen(document: Document, registry: Registry, wanted: str | None) -> tuple[str, Mapping[str, Any]]:
    """Return name and options of the cost to measure.

    Raises:
        DescriptionError: the costs of the file are wrong.
        FgspaceError: it has none that is measured, or several and none is named.
    """
    problems, checker = check_section(document), Checker(document, registry)
    for name, written in written_costs(document).items():
        checker.part(written, (SECTION, name), f"{SECTION}.{name}", "cost")
    if problems or checker.problems:
        raise DescriptionError([*problems, *checker.problems])
    costs = {
        name: written
        for name, written in written_costs(document).items()
        if hasattr(registry.get("cost", written["type"]).load(), "profile")
    }
    if not costs:
        example = "costs: {pi4_ms: {type: LatencyTable, file: pi4.json}}"
        raise FgspaceError(f"the file has no cost that is measured; write for instance {example}")
    if wanted is None and len(costs) > 1:
        raise FgspaceError(f"the file has several costs that are measured; name one by --cost: {', '.join(costs)}")
    chosen = wanted or next(iter(costs))
    if chosen not in costs:
        near = did_you_mean(chosen, costs) or f"; there are {', '.join(costs)}"
        raise FgspaceError(f"--cost: the file has no cost {chosen!r} that is measured{near}")
    return chosen, costs[chosen]
