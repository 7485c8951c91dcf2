"""`fgspace show FILE`: every hyper-parameter with its domain, the size of the space, the resolved description."""

import math
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import yaml

from fgspace.cli.display.table import table
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.config.loading import load
from fgspace.network.costs import Shape
from fgspace.plugins.registry import load_registry
from fgspace.spaces.domains import in_words
from fgspace.spaces.domains.sizes import in_digits
from fgspace.spaces.space import Space

_HEADER = ("HYPER-PARAMETER", "DOMAIN", "FROM", "UNDERSTOOD AS")


def run(arguments: Namespace) -> int:
    """Print how a file is understood; whether its processes fit the network is left to `fgspace check`."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    space = load(arguments.what, registry=registry, processes=False).space
    if arguments.json:
        tell("show-file/1", {"file": arguments.what, **_in_json(space)})
    else:
        say("\n".join(_lines(space)))
    return 0


def _in_json(space: Space) -> dict[str, Any]:
    searched = [
        {
            "path": path,
            "domain": domain.to_json(),
            "in_words": in_words(domain),
            "initial": space.initial.get(path),
            "understood_as": space.forms[path],
        }
        for path, domain in space.hyper_parameters.items()
    ]
    size = None if space.size == math.inf else space.size
    whole = {"size": size, "size_is_exact": space.size_is_exact, "digest": space.digest}
    return {"hyper_parameters": searched, **whole, "description": space.at(space.initial)}


def _lines(space: Space) -> Iterator[str]:
    if space.hyper_parameters:
        yield table([_HEADER, *_rows(space)])
    else:
        yield "nothing is searched: the space is one description"
    yield ""
    yield f"size      {'' if space.size_is_exact else 'at most '}{in_size(space.size)}"
    yield f"digest    {space.digest}"
    yield f"input     {_input(space.input_shape)}"
    yield ""
    yield "# the description at the initial point; auto follows from the part before"
    yield yaml.safe_dump(space.at(space.initial), sort_keys=False, default_flow_style=None, width=100).rstrip()


def _rows(space: Space) -> Iterator[tuple[str, str, str, str]]:
    for path, domain in space.hyper_parameters.items():
        start = space.initial.get(path, "not active")
        yield path, in_words(domain), _brief(start), space.forms[path]


def _input(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if type(shape) is tuple else repr(shape)


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def in_size(size: int | float) -> str:
    """Return the number of points in words: "65,536 points", "about 10^20 points"."""
    return "continuous" if size == math.inf else f"{in_digits(size)} point{'s' * (size != 1)}"
