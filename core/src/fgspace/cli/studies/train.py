"""`fgspace train`: trains in full what a search found, or the network of a file."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fgspace.cli.arguments import imports, whole
from fgspace.cli.interrupts import INTERRUPTED, Interrupts
from fgspace.cli.machine import tell, tell_note
from fgspace.cli.printing import in_line, say
from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.documents.numbers import in_short
from fgspace.documents.shell import command
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Registry, load_registry
from fgspace.runs.executor_choice import with_executor
from fgspace.runs.training.members import Found, Member, found_in, member_of
from fgspace.runs.training.teachers import with_teachers
from fgspace.runs.training.trainer import Outcome, Trainer

FAILED = 3
"""The exit status where a training failed."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `fgspace train`."""
    parser.add_argument("place", metavar="DIR|FILE", help="the folder of a search, or a file with a network")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--trial",
        type=whole(0),
        metavar="N",
        dest="trials",
        action="append",
        default=[],
        help="train this trial; may be given again",
    )
    which.add_argument("--front", action="store_true", help="train every trial of the front")
    which.add_argument(
        "--best", action="store_true", help="train the trial of the front that is best by the first objective (default)"
    )
    parser.add_argument("--epochs", type=whole(1), metavar="E", help="epochs to train (default: the evaluator's)")
    parser.add_argument(
        "--set",
        dest="settings",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an option of the evaluator, its value as in YAML: evaluator.lr=0.05; may be given again",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder of the results (default: DIR/trained, or runs/NAME-trained)"
    )
    parser.add_argument("--workers", type=whole(1), metavar="K", help="how many networks are trained at a time")
    parser.add_argument("--executor", metavar="NAME", help="where they are trained, for instance ray")
    parser.add_argument("--address", metavar="ADDR", help="the address of the executor's cluster")


def run(arguments: Namespace) -> int:
    """Train, print every epoch, and the results; the same command goes on with what was interrupted."""
    registry = load_registry(arguments.no_plugin, arguments.modules)
    experiment, members = _members(arguments, registry)
    experiment = with_executor(experiment, arguments.executor, address=arguments.address)
    trainer = Trainer(experiment, arguments.modules, tell_note if arguments.json else _say_line)
    try:
        with Interrupts():
            outcomes = trainer.run(members, arguments.workers)
    except KeyboardInterrupt:
        say("stopped; go on with the same command, which loses at most an epoch", file=sys.stderr)
        return INTERRUPTED
    status = FAILED if any(outcome.failed for outcome in outcomes) else 0
    if arguments.json:
        tell("train/1", {"networks": list(map(_in_json, outcomes)), "exit_status": status})
    else:
        say(*_report(outcomes, arguments), sep="\n")
    return status


def _say_line(line: str) -> None:
    say(in_line(line), flush=True)


def _in_json(outcome: Outcome) -> dict[str, Any]:
    member = {"name": outcome.member.name, "folder": str(outcome.member.folder)}
    metrics = None if outcome.metrics is None else dict(outcome.metrics)
    return {**member, "metrics": metrics, "failed": outcome.failed}


def _members(arguments: Namespace, registry: Registry) -> tuple[Experiment, list[Member]]:
    place = Path(arguments.place)
    if place.is_dir() and not (place / "study.db").exists() and (place / "experiment.yaml").exists():
        place /= "experiment.yaml"
    if place.is_dir():
        return _of_search(place, arguments, registry)
    if arguments.trials or arguments.front or arguments.best:
        raise FgspaceError(f"{place}: is no folder of a search; leave --trial, --front and --best out")
    experiment = load(place, registry=registry)
    if experiment.evaluator is None and (place.parents[2] / "study.db" if len(place.parents) > 2 else place).exists():
        folder, number = place.parents[2], place.parent.name
        raise FgspaceError(f"{place}: has no evaluator; write {command('fgspace', 'train', folder, '--trial', number)}")
    folder = arguments.out or Path("runs") / f"{place.stem}-trained"
    member = member_of(experiment, experiment.space.initial, place.stem, folder, _settings(arguments))
    if isinstance(member.teacher, int) or member.teacher == "largest":
        raise FgspaceError(f"{place}: distil.from: is no folder of a search; give the file of a trained network")
    return experiment, [member]


def _of_search(place: Path, arguments: Namespace, registry: Registry) -> tuple[Experiment, list[Member]]:
    found = found_in(place, arguments.trials)
    experiment = load(place / "experiment.yaml", registry=registry)
    settings = _settings(arguments)

    def member(number: int) -> Member:
        folder = (arguments.out or place / "trained") / str(number)
        return member_of(experiment, found.trials[number].point, str(number), folder, settings)

    def params(number: int) -> float:
        return experiment.space.cost(found.trials[number].point)["params"]

    numbers = _numbers(found, arguments)
    if not arguments.trials and not arguments.front and not arguments.json:
        say(f"trial {numbers[0]}: {found.by} of the front")
    return experiment, with_teachers([member(number) for number in numbers], found, member, params)


def _numbers(found: Found, arguments: Namespace) -> list[int]:
    if arguments.trials:
        return list(dict.fromkeys(arguments.trials))
    return [trial.number for trial in found.front] if arguments.front else [found.best.number]


def _settings(arguments: Namespace) -> Sequence[str]:
    epochs = [] if arguments.epochs is None else [f"evaluator.epochs={arguments.epochs}"]
    return [*arguments.settings, *epochs]


def _report(outcomes: Sequence[Outcome], arguments: Namespace) -> Iterator[str]:
    """Yield the lines of the table of results, failures, and what to do next."""
    trained = [outcome for outcome in outcomes if outcome.metrics is not None]
    yield ""
    yield f"trained: {len(trained)} of {len(outcomes)}"
    names = list(dict.fromkeys(name for outcome in trained for name in outcome.metrics or {}))
    rows = [["NETWORK", *(in_line(name.upper()) for name in names)]] if trained else []
    for outcome in trained:
        rows.append([outcome.member.name, *(in_short((outcome.metrics or {}).get(name)) for name in names)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    yield ""
    for outcome in trained:
        yield f"{outcome.member.folder}  description.yaml, weights.pt, metrics.json, log.csv"
    if trained:
        network = trained[0].member.folder / "description.yaml"
        yield ""
        yield f"next: {command('fgspace', 'export', network, *imports(arguments))}"
