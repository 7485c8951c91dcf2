"""The front of a study as a thread beside it may read it, without slowing the study down."""

from collections.abc import Sequence

from fgspace.runs.watching.tally import Ranked
from fgspace.study.ledger import Leaders
from fgspace.study.study import Study
from fgspace.study.trial import Trial

_FEW = 64


class Leading:
    """Hands the front from the thread of a study to another one.

    Ranking every trial a second time would take more than all other looking. Of a few, this thread does that itself; of
    many, the thread of the study copies its front at the next trial that ends.

    Args:
        study: the study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._copied: Ranked = study.ranked()
        self._is_asked = self._is_served = False
        self._since: list[Trial] = []

    def trial_ended(self) -> None:
        """Copy the front if that was asked for; called in the thread of the study."""
        if self._is_asked:
            self._copied, self._is_asked, self._is_served = self._study.ranked(), False, True

    def look(self, news: Sequence[Trial]) -> Ranked:
        """Return the front; `news` are the trials that have ended since the last look."""
        if self._is_served:
            self._is_served, self._since = False, []
        self._since.extend(news)
        if len(self._since) > _FEW and news:
            self._is_asked = True
            return self._copied
        leaders = Leaders(self._study.objectives, ranked=self._copied)
        known = {number for number, _ in self._copied}
        for trial in self._since:
            if trial.number not in known:
                leaders.add(trial)
        return leaders.ranked()

    def at_the_end(self) -> Ranked:
        """Return the front of a study whose thread does nothing any more."""
        return self._study.ranked()
