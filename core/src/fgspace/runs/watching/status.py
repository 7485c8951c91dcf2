"""The status of a search at one moment, as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["running", "finished", "stopped", "killed"]


@dataclass(frozen=True)
class Best:
    """The best value of an objective among feasible trials, and its trial."""

    value: float
    trial: int


@dataclass(frozen=True)
class Failure:
    """A reason of failed trials: how many had it (texts that differ in numbers alone are one reason), and the last."""

    reason: str
    times: int
    trial: int


@dataclass(frozen=True)
class AtWork:
    """What a worker is at: its trial (None while it gets ready), for how many seconds, and what of it is done."""

    trial: int | None
    seconds: float
    what: str | None = None
    done: int | None = None
    of: int | None = None


@dataclass(frozen=True)
class Status:
    """The status of a search at one moment.

    `state` is "running"; "finished" where it has its number of trials or no further point; "stopped" where it ended
    before that, by Ctrl-C or an error; "killed" where its process is gone without having closed the study. `trials` is
    the number of evaluated trials in the end, None where that is unknown; `evaluated` those of them that are done;
    `counts` holds all trials by state, duplicates included. `rate` is the number of evaluated trials a second, lately;
    `elapsed` and `left` are seconds of this run of the search, None where they are unknown. `process` says which
    process it is or was, and when it last said so.
    """

    state: State
    trials: int | None
    evaluated: int
    counts: Mapping[str, int]
    front: int
    best: Mapping[str, Best]
    rate: float | None
    elapsed: float | None
    left: float | None
    workers: tuple[AtWork, ...]
    failures: tuple[Failure, ...]
    process: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the status as plain JSON."""
        return asdict(self)
