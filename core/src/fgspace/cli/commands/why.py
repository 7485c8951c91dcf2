"""`fgspace why`: where a trial comes from, and what became of it."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace.cli.arguments import whole
from fgspace.cli.lines import in_short
from fgspace.cli.printing import say
from fgspace.cli.table import table
from fgspace.errors import brief
from fgspace.runs.lineage import account
from fgspace.study.results import Results

_ANCESTORS = 12
"""How many ancestors are shown, beside the oldest."""
_ELEMENTS = 6
"""How many changed elements of a list are shown one by one."""

Line = tuple[str, str]


def add_arguments(parser: ArgumentParser) -> None:
    """Add what `fgspace why` takes."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder of a study")
    parser.add_argument("number", type=whole(0), metavar="N", help="the number of a trial")
    parser.add_argument("--json", action="store_true", help="print all that is known as one JSON object")


def run(arguments: Namespace) -> int:
    """Print what is known of a trial."""
    results = Results(arguments.dir)
    told = account(results, arguments.number)
    results.close()
    say(json.dumps(told) if arguments.json else table(_lines(told)))
    return 0


def _lines(told: Mapping[str, Any]) -> Iterator[Line]:
    yield "trial", f"{told['trial']}, {told['state']}{', on the front' if told['front'] else ''}"
    if told["error"]:
        yield "because", told["error"].splitlines()[0]
    yield "proposed", _proposal(told)
    for parent, changed in told["changes"].items():
        label = "changed" if len(told["changes"]) == 1 else f"unlike {parent}"
        yield from _labelled(label, [_change(path, *values) for path, values in changed.items()] or ["nothing"])
    yield from _labelled("ancestors", list(_ancestors(told["ancestors"])))
    yield from _labelled("point", [f"{path}: {brief(value)}" for path, value in told["point"].items()])
    yield from _labelled("metrics", [f"{name} {in_short(value)}" for name, value in told["metrics"].items()])
    if told["seconds"] is not None:
        yield "seconds", f"{told['seconds']:.4g}"
    yield from _labelled("same network", list(_duplicates(told)))
    yield from _study(told["study"])


def _proposal(told: Mapping[str, Any]) -> str:
    if told["source"]:
        return f"not by the algorithm: {told['source']}"
    return _made(told) if told["operator"] else "by the algorithm, which does not say how"


def _made(told: Mapping[str, Any]) -> str:
    """Return an operator with what it was applied to."""
    of = " and ".join(map(str, told["parents"]))
    return f"{told['operator'] or 'unknown'}{' of ' + of if of else ''}"


def _change(path: str, before: Any, after: Any) -> str:
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        places = [place for place in range(len(after)) if before[place] != after[place]]
        if len(places) <= _ELEMENTS:
            return f"{path}: " + ", ".join(f"[{place}] {before[place]} → {after[place]}" for place in places)
        return f"{path}: {len(places)} of {len(after)} elements"
    was, now = ("not active" if value is None else brief(value) for value in (before, after))
    return f"{path}: {was} → {now}"


def _ancestors(older: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line an ancestor, the latest first; those in the middle of a long line are only counted."""
    for one in older[:_ANCESTORS]:
        yield _ancestor(one)
    if len(older) > _ANCESTORS + 1:
        yield f"... {len(older) - _ANCESTORS - 1} more, the oldest of all:"
    if len(older) > _ANCESTORS:
        yield _ancestor(older[-1])


def _ancestor(one: Mapping[str, Any]) -> str:
    metrics = ", ".join(f"{name} {in_short(value)}" for name, value in one["metrics"].items())
    return f"{one['trial']}, {_made(one)}: {metrics or one['state']}"


def _duplicates(told: Mapping[str, Any]) -> Iterator[str]:
    if told["duplicate_of"] is not None:
        yield f"as trial {told['duplicate_of']}, which was evaluated; this one was not"
    if told["duplicates"]:
        yield f"proposed again as trial {', '.join(map(str, told['duplicates']))}"


def _study(study: Mapping[str, Any]) -> Iterator[Line]:
    options = "".join(f", {name} {brief(value)}" for name, value in study["options"].items() if value is not None)
    yield "algorithm", f"{study['algorithm']}, seed {study['seed']}{options}"
    if study["evaluator"]:
        said = ", ".join(f"{name} {_inline(value)}" for name, value in study["evaluator"].items() if name != "type")
        yield "evaluator", f"{study['evaluator'].get('type')}{', ' + said if said else ''}"
    if study["early_stopping"]:
        yield "stopping", _inline({**study["early_stopping"], "type": study["early_stopping"]["type"].split(":")[-1]})
    yield "data", f"digest {study['data']}" if study["data"] else "the evaluator does not say"
    yield "space", f"digest {study['space']}"
    yield from _labelled("types", [f"{name} from {origin}" for name, origin in study["origins"].items()])


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        rest = ", ".join(f"{name}: {_inline(one)}" for name, one in value.items() if name != "type")
        return f"{value['type']}{f' ({rest})' if rest else ''}" if "type" in value else f"({rest})"
    return str(value)


def _labelled(label: str, texts: Sequence[str]) -> Iterator[Line]:
    """Yield lines under one label, which only the first of them has."""
    yield from zip([label, *[""] * (len(texts) - 1)], texts, strict=False)
