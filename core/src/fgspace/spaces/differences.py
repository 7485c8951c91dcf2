"""Tells how a stored space, of which only the JSON form is known, differs from the present one, and what to write."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fgspace.spaces.domains import in_words
from fgspace.spaces.domains.syntax import read_domain

Place = tuple[str | int, ...]
"""The keys that lead to a value of a file: its section, and what is in it."""
SPACE: Place = ("search_space",)
"""The place of the space as a whole."""
_MOST = 5
"""The most differences of one kind that are told."""


@dataclass(frozen=True)
class Difference:
    """One difference: its place in a file, what differs, and how: `stored` is of the stored study, `here` of this one.

    `verb` joins the name with the values: the seed "is" 1, not 2. `cure` is what to write to go on with the study.
    Without values, `verb` is a sentence on the stored study, and `told` one that stands beside the place in the file.
    """

    at: Place
    name: str
    verb: str
    stored: str | None = None
    here: str | None = None
    cure: str = ""
    told: str = ""

    def __str__(self) -> str:
        if self.stored is None:
            return self.verb
        return f"its {self.name} {self.verb} {self.stored}, not {self.here}{self.cure}"

    def in_file(self) -> str:
        """Return the difference as it is told beside its place in the file."""
        if self.stored is None:
            return self.told
        name = self.name.removeprefix("space's ")
        return f"{name} {self.verb} {self.stored} in the study, and {self.here} here{self.cure}"


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between the JSON forms of two spaces; in words about the second, "its space's x is 1"."""
    ours, theirs = here.get("hyper_parameters", {}), there.get("hyper_parameters", {})
    for path in theirs:
        if path not in ours:
            sentence = f"its space has hyper-parameter {path!r}, which is not in this one"
            told = f"hyper-parameter {path!r} is searched in the study, and not here"
            yield Difference(_at(path), "", sentence, told=told)
    for path in ours:
        if path not in theirs:
            told = f"hyper-parameter {path!r} is searched here, and not in the study"
            yield Difference(_at(path), "", f"its space lacks hyper-parameter {path!r}", told=told)
    told_apart = [
        *(one for path in theirs if path in ours for one in _of_hyper_parameter(path, ours[path], theirs[path])),
        *_of_descriptions(here.get("description"), there.get("description"), ""),
    ]
    yield from told_apart[:_MOST]
    if len(told_apart) > _MOST:
        more = f"and {len(told_apart) - _MOST} further values differ"
        yield Difference(SPACE, "", more, told=more)
    for name in ("input_shape", "forbidden"):
        if here.get(name) != there.get(name):
            yield Difference((*SPACE, name), f"space's {name}", "is", shown(there.get(name)), shown(here.get(name)))


def shown(value: Any) -> str:
    """Return a value as differences show it."""
    return "absent" if value is None else value if isinstance(value, str) else json.dumps(value)


def _of_hyper_parameter(path: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[Difference]:
    at, name = _at(path), f"space's {path}"
    if here["domain"] != there["domain"]:
        cure = "" if "branches" in there else f" (write {_in_flow(there['domain'])} to go on with it)"
        yield Difference(at, name, "is", _domain(there["domain"]), _domain(here["domain"]), cure)
    elif here["initial"] != there["initial"]:
        yield Difference(at, name, "starts", f"at {shown(there['initial'])}", f"at {shown(here['initial'])}")
    ours, theirs = here.get("branches", {}), there.get("branches", {})
    for label in theirs:
        if label in ours:
            yield from _of_descriptions(ours[label], theirs[label], f"{path}.{label}")


def _of_descriptions(here: Any, there: Any, at: str) -> Iterator[Difference]:
    """Yield the values that differ; a place that is searched in one of the two is told as a hyper-parameter."""
    if here == there or any(isinstance(one, Mapping) and "hyper_parameter" in one for one in (here, there)):
        return
    if at == "evaluator" and None in (here, there):
        return  # nothing of it is searched in one of them; the evaluators themselves are compared elsewhere
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for key in {**there, **here}:
            yield from _of_descriptions(here.get(key), there.get(key), f"{at}.{key}".lstrip("."))
    else:
        name = f"space's {at}" if at else "space"
        yield Difference(_at(at), name, "is", shown(there), shown(here))


def _at(path: str) -> Place:
    """Return the place of a path of the space."""
    steps = tuple(filter(None, path.split(".")))
    return steps if steps[:1] == ("evaluator",) else (*SPACE, *steps)


def _domain(written: Mapping[str, Any]) -> str:
    try:
        return in_words(read_domain(written))
    except ValueError:  # of a version that knew other domains
        return _in_flow(written)


def _in_flow(written: Mapping[str, Any]) -> str:
    """Return a domain as one line of a file."""
    shown = {key: _in_flow(one) if isinstance(one, Mapping) else json.dumps(one) for key, one in written.items()}
    return f"{{{', '.join(f'{key}: {one}' for key, one in shown.items())}}}"
