"""The front of a study as a thread beside it may read it, without slowing the study down."""

from fgspace.runs.watching.tally import Ranked
from fgspace.study.ledger import Leaders
from fgspace.study.study import Study

_FEW = 64


class Leading:
    """Reads the front of a study in another thread.

    No trial is kept for it, since what lives longer costs the garbage collector more than the loop has. Among a few
    candidates, the thread finds the front itself; of many, it asks the thread of the study to leave out those that are
    dominated, at the next trial that ends, and until then returns the front as it was.

    Args:
        study: the study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._last: Ranked = study.leaders.ranked()
        self.is_asked = False

    def tidy(self) -> None:
        """Leave out what is dominated, where `is_asked` says so; called in the thread of the study."""
        self.is_asked = False
        self._study.leaders.ranked()

    def look(self, *, is_idle: bool) -> Ranked:
        """Return the front; `is_idle` says that no trial has ended since the last look."""
        candidates = self._study.leaders.candidates()
        if len(candidates) > len(self._last) + _FEW and not is_idle:
            self.is_asked = True
        else:
            leaders = Leaders(self._study.objectives, candidates=candidates)
            self._last = leaders.ranked()
        return self._last

    def at_the_end(self) -> Ranked:
        """Return the front of a study whose thread does nothing any more."""
        return self._study.leaders.ranked()
