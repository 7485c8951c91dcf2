"""Tells how a stored space, of which only the JSON form is known, differs from the present one, and what to write."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fgspace.spaces.domains import in_words
from fgspace.spaces.domains.syntax import read_domain

_MOST = 5
"""The most differences of one kind that are told."""


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between the JSON forms of two spaces, in words about the second: "its space's x is 1"."""
    ours, theirs = here.get("hyper_parameters", {}), there.get("hyper_parameters", {})
    for path in theirs:
        if path not in ours:
            yield f"its space has hyper-parameter {path!r}, which is not in this one"
    for path in ours:
        if path not in theirs:
            yield f"its space lacks hyper-parameter {path!r}"
    told = [
        *(one for path in theirs if path in ours for one in _of_hyper_parameter(path, ours[path], theirs[path])),
        *_of_descriptions(here.get("description"), there.get("description"), ""),
    ]
    yield from told[:_MOST]
    if len(told) > _MOST:
        yield f"and {len(told) - _MOST} further values differ"
    for name in ("input_shape", "forbidden"):
        if here.get(name) != there.get(name):
            yield f"its space's {name} is {_shown(there.get(name))}, not {_shown(here.get(name))}"


def _of_hyper_parameter(path: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    if here["domain"] != there["domain"]:
        cure = "" if "branches" in there else f" (write {_in_flow(there['domain'])} to go on with it)"
        yield f"its space's {path} is {_domain(there['domain'])}, not {_domain(here['domain'])}{cure}"
    elif here["initial"] != there["initial"]:
        yield f"its space's {path} starts at {_shown(there['initial'])}, not at {_shown(here['initial'])}"
    ours, theirs = here.get("branches", {}), there.get("branches", {})
    for label in theirs:
        if label in ours:
            yield from _of_descriptions(ours[label], theirs[label], f"{path}.{label}")


def _of_descriptions(here: Any, there: Any, at: str) -> Iterator[str]:
    """Yield the values that differ; a place that is searched in one of the two is told as a hyper-parameter."""
    if here == there or any(isinstance(one, Mapping) and "hyper_parameter" in one for one in (here, there)):
        return
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for key in {**there, **here}:
            yield from _of_descriptions(here.get(key), there.get(key), f"{at}.{key}".lstrip("."))
    else:
        place = f"'s {at}" if at else ""
        yield f"its space{place} is {_shown(there)}, not {_shown(here)}"


def _domain(written: Mapping[str, Any]) -> str:
    try:
        return in_words(read_domain(written))
    except ValueError:  # of a version that knew other domains
        return _in_flow(written)


def _in_flow(written: Mapping[str, Any]) -> str:
    """Return a domain as one line of a file."""
    shown = {key: _in_flow(one) if isinstance(one, Mapping) else json.dumps(one) for key, one in written.items()}
    return f"{{{', '.join(f'{key}: {one}' for key, one in shown.items())}}}"


def _shown(value: Any) -> str:
    return "absent" if value is None else value if isinstance(value, str) else json.dumps(value)
