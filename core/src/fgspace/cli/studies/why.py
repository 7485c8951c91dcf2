"""`fgspace why`: tells how a trial came about, and its result."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace.cli.arguments import whole
from fgspace.cli.display.table import table
from fgspace.cli.machine import tell
from fgspace.cli.printing import say
from fgspace.documents.numbers import in_short
from fgspace.errors import brief
from fgspace.runs.lineage import account
from fgspace.study.results import Results

_ANCESTORS = 12
"""The number of ancestors that are shown, besides the oldest."""
_ELEMENTS = 6
"""The number of changed elements of a list up to which each is shown."""

Line = tuple[str, str]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace why`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder of a study")
    parser.add_argument("number", type=whole(0), metavar="N", help="the number of a trial")


def run(arguments: Namespace) -> int:
    """Print everything that the study records about a trial."""
    results = Results(arguments.dir)
    record = account(results, arguments.number)
    results.close()
    if arguments.json:
        tell("why/1", record)
    else:
        say(table(_lines(record)))
    return 0


def _lines(record: Mapping[str, Any]) -> Iterator[Line]:
    yield "trial", f"{record['trial']}, {record['state']}{', on the front' if record['front'] else ''}"
    if record["error"]:
        yield "because", record["error"].splitlines()[0]
    yield "proposed", _proposal(record)
    for parent, changed in record["changes"].items():
        label = "changed" if len(record["changes"]) == 1 else f"unlike {parent}"
        yield from _labelled(label, [_change(path, *values) for path, values in changed.items()] or ["nothing"])
    yield from _labelled("ancestors", list(_ancestors(record["ancestors"])))
    yield from _labelled("point", [f"{path}: {brief(value)}" for path, value in record["point"].items()])
    yield from _labelled("metrics", [f"{name} {in_short(value)}" for name, value in record["metrics"].items()])
    if record["seconds"] is not None:
        yield "seconds", f"{record['seconds']:.4g}"
    yield from _labelled("same network", list(_duplicates(record)))
    yield from _study(record["study"])


def _proposal(record: Mapping[str, Any]) -> str:
    if record["source"]:
        return f"not by the algorithm: {record['source']}"
    return _operation(record) if record["operator"] else "by the algorithm, which does not say how"


def _operation(record: Mapping[str, Any]) -> str:
    """Return an operator with its parents, in words."""
    of = " and ".join(map(str, record["parents"]))
    return f"{record['operator'] or 'unknown'}{' of ' + of if of else ''}"


def _change(path: str, before: Any, after: Any) -> str:
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        places = [place for place in range(len(after)) if before[place] != after[place]]
        if len(places) <= _ELEMENTS:
            return f"{path}: " + ", ".join(f"[{place}] {before[place]} → {after[place]}" for place in places)
        return f"{path}: {len(places)} of {len(after)} elements"
    was, now = ("not active" if value is None else brief(value) for value in (before, after))
    return f"{path}: {was} → {now}"


def _ancestors(older: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each ancestor, the latest first; those in the middle of a long line are only counted."""
    for one in older[:_ANCESTORS]:
        yield _ancestor(one)
    if len(older) > _ANCESTORS + 1:
        yield f"... {len(older) - _ANCESTORS - 1} more, the oldest of all:"
    if len(older) > _ANCESTORS:
        yield _ancestor(older[-1])


def _ancestor(one: Mapping[str, Any]) -> str:
    metrics = ", ".join(f"{name} {in_short(value)}" for name, value in one["metrics"].items())
    return f"{one['trial']}, {_operation(one)}: {metrics or one['state']}"


def _duplicates(record: Mapping[str, Any]) -> Iterator[str]:
    if record["duplicate_of"] is not None:
        yield f"as trial {record['duplicate_of']}, which was evaluated; this one was not"
    if record["duplicates"]:
        yield f"proposed again as trial {', '.join(map(str, record['duplicates']))}"


def _study(study: Mapping[str, Any]) -> Iterator[Line]:
    options = "".join(f", {name} {brief(value)}" for name, value in study["options"].items() if value is not None)
    yield "algorithm", f"{study['algorithm']}, seed {study['seed']}{options}"
    if study["evaluator"]:
        settings = ", ".join(f"{name} {_inline(value)}" for name, value in study["evaluator"].items() if name != "type")
        yield "evaluator", f"{study['evaluator'].get('type')}{', ' + settings if settings else ''}"
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
    """Yield lines that share a label, which only the first one shows."""
    yield from zip([label, *[""] * (len(texts) - 1)], texts, strict=False)
