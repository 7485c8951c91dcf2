"""The status of a search as lines of text, as wide as a terminal is."""

from collections.abc import Iterator

from fgspace.cli.display.widths import columns, cut, flowed
from fgspace.cli.printing import in_line
from fgspace.documents.numbers import in_short
from fgspace.runs.watching.status import AtWork, Status

_WORKERS = 8
"""The number of workers that are shown one by one."""
_BAR = 40
_STATES = {"failed": "failed", "stopped": "stopped early", "infeasible": "infeasible"}
_SAID = {"finished": "finished", "stopped": "stopped before its end", "killed": "killed: its process is gone"}


def in_full(status: Status) -> list[str]:
    """Return the lines that show a status once, as wide as standard output, the reasons of failure in full."""
    wide = columns()
    head = [*_head(status, wide), *flowed(_results(status), wide), *flowed(_times(status), wide)]
    return [*head, *_failures(status), *map(at_work_in_words, status.workers)]


def panel(status: Status, wide: int, most: int) -> list[str]:
    """Return the lines that show a status, none wider than `wide` columns and at most `most` of them."""
    lines = [
        *_head(status, wide),
        *flowed(_results(status), wide),
        *flowed(_times(status), wide),
        *(cut(line, wide) for line in _failures(status)),
    ]
    workers = [cut(line, wide) for line in _workers(status, max(1, min(_WORKERS, most - len(lines) - 1)))]
    return [*lines, *workers][:most]


def _head(status: Status, wide: int) -> list[str]:
    """Return the line with the number of trials and a bar, and how the search ended if it did."""
    counts = f"{status.evaluated:,} of {status.trials:,} trials" if status.trials else f"{status.evaluated:,} trials"
    room = min(_BAR, wide - len(counts) - 2)
    bar = f"  {_bar(status.evaluated / status.trials, room)}" if status.trials and room >= 5 else ""
    said = [] if status.state == "running" else [_SAID[status.state]]
    return [cut(counts + bar, wide), *(cut(one, wide) for one in said)]


def _bar(share: float, room: int) -> str:
    full = min(room, int(share * room))
    return "━" * full + "─" * (room - full)


def _results(status: Status) -> Iterator[str]:
    yield f"front {status.front:,}"
    for name, best in status.best.items():
        yield f"best {in_line(name)} {in_short(best.value)} (trial {best.trial})"
    for state, words in _STATES.items():
        if status.counts.get(state):
            yield f"{status.counts[state]:,} {words}"


def _times(status: Status) -> Iterator[str]:
    if status.elapsed is not None:
        yield f"elapsed {in_time(status.elapsed)}"
    if status.rate:
        yield f"{status.rate:.3g} trials/s" if status.rate >= 0.1 else f"{60 * status.rate:.3g} trials/min"
    if status.left is not None:
        yield f"left about {in_time(status.left)}"


def _failures(status: Status) -> Iterator[str]:
    for one in status.failures:
        times = f"{one.times:,} times, last trial" if one.times > 1 else "trial"
        yield f"failed ({times} {one.trial}): {in_line(one.reason)}"


def _workers(status: Status, most: int) -> Iterator[str]:
    for one in status.workers[:most]:
        yield at_work_in_words(one)
    if len(status.workers) > most:
        yield f"and {len(status.workers) - most:,} more"


def at_work_in_words(one: AtWork) -> str:
    """Return what a worker is at: "trial 12: epoch 3 of 10, 41 s"."""
    told = [] if one.what is None else [in_line(one.what) + _steps(one)]
    name = "getting ready" if one.trial is None else f"trial {one.trial}"
    return f"{name}: {', '.join([*told, in_seconds(one.seconds)])}"


def _steps(one: AtWork) -> str:
    if one.done is None:
        return ""
    return f" {one.done:,}" + (f" of {one.of:,}" if one.of is not None else "")


def in_seconds(seconds: float) -> str:
    """Return a length of time as "41 s", or as "1:02:03" from a minute on."""
    return f"{seconds:.0f} s" if seconds < 60 else in_time(seconds)


def in_time(seconds: float) -> str:
    """Return a length of time as "0:41", "1:02:03" or "3 days 1:02:03"."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{days} day{'s' * (days != 1)} {clock}" if days else clock
