"""The front of a study as a thread beside it may read it, without slowing the study down."""

from collections.abc import Sequence

from fgspace.runs.watching.tally import Ranked
from fgspace.study.ledger import Leaders
from fgspace.study.study import Study
from fgspace.study.trial import Trial


class Leading:
    """Hands the front from the thread of a study to another one.

    Ranking every trial a second time would take more than all other looking. So the thread of the study copies its
    front when it was asked for one, at the next trial that ends; where none ends for a while, the other thread adds the
    few that ended since the last copy.

    Args:
        study: the study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._copied: Ranked = study.ranked()
        self._is_asked = False
        self._since: list[Trial] = []

    def trial_ended(self) -> None:
        """Copy the front if that was asked for; called in the thread of the study."""
        if self._is_asked:
            self._copied = self._study.ranked()
            self._is_asked = False

    def look(self, news: Sequence[Trial]) -> Ranked:
        """Return the front; `news` are the trials that have ended since the last look, none of which may be in it."""
        if self._is_asked:
            self._since.extend(news)
            leaders = Leaders(self._study.objectives, ranked=self._copied)
            for trial in self._since:
                leaders.add(trial)
            return leaders.ranked()
        self._since = list(news)
        self._is_asked = bool(news)
        return self._copied

    def at_the_end(self) -> Ranked:
        """Return the front of a study whose thread does nothing any more."""
        return self._study.ranked()
