"""The front of a study as a list that notebooks show as a table."""

from fgspace.study.showing.tables import front_table
from fgspace.study.trial import Trial


class Front(list[Trial]):
    """The trials on a front: a list, which notebooks show as a table."""

    def _repr_html_(self) -> str:
        return front_table(self)
