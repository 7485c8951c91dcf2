"""Shows a search on a terminal while it runs: its status at the bottom, above it a line for each finished trial."""

from collections import deque
from collections.abc import Collection, Sequence
from typing import Self

from fgspace.cli.display.captured import Captured
from fgspace.cli.display.lines import in_words
from fgspace.cli.display.panel import panel
from fgspace.cli.display.screen import Screen
from fgspace.cli.printing import escaped, in_line
from fgspace.runs.watching.status import Status
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial


class Live:
    """Draws the status of a search, with the outcome of each trial and what is printed meanwhile above it."""

    def __init__(self, objectives: Objectives) -> None:
        self._objectives = objectives
        self._captured = Captured()
        self._notes: deque[str] = deque()

    def __enter__(self) -> Self:
        self._captured.__enter__()
        self._screen = Screen(self._captured.terminal)
        return self

    def __exit__(self, *_: object) -> None:
        self._captured.__exit__()
        self._screen.draw(escaped(self._captured.taken(all_of_it=True)) + self._noted(), [], last=True)

    @property
    def error(self) -> OSError | None:
        """The error that the output broke with, None while it works."""
        return self._screen.error

    @property
    def terminal(self) -> int:
        """A file descriptor of the terminal, which what is printed does not reach."""
        return self._captured.terminal

    def note(self, text: str) -> None:
        """Have a line shown above; may be called from the handler of a signal."""
        self._notes.append(text)

    def show(self, status: Status, news: Sequence[Trial], front: Collection[int], more: int = 0) -> None:
        """Draw a status, with trials that have ended since the last one above it, and how many more there were.

        `front` are the numbers of the trials on the front.
        """
        names = self._objectives.names
        lines = [f"... {more:,} trials more"] if more else []
        lines += [in_words(trial, trial.number in front, names) for trial in news]
        text = "".join(f"{in_line(line)}\n" for line in lines)
        wide, high = self._screen.size
        above = escaped(self._captured.taken()) + text + self._noted()
        self._screen.draw(above, panel(status, wide, high - 1), last=status.state != "running")

    def _noted(self) -> str:
        return "".join(self._notes.popleft() for _ in range(len(self._notes)))
