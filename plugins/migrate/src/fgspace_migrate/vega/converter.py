"""The converter of Vega's experiment files."""

from fgspace import Converted, ForeignFile
from fgspace.errors import FgspaceError

from fgspace_migrate.domains import as_written
from fgspace_migrate.sections import Notes, Section
from fgspace_migrate.vega.experiment import experiment
from fgspace_migrate.vega.pipeline import is_vega, search_step


class VegaConverter:
    """Converts experiment files of Vega, of 0.9.3 and of 1.x: the first step of theirs that searches."""

    def recognises(self, file: ForeignFile) -> str | None:
        """Return what the file is, None if it is not of Vega."""
        return "an experiment of Vega" if is_vega(file.data) else None

    def convert(self, file: ForeignFile) -> Converted:
        """Return the experiment of a file.

        Raises:
            FgspaceError: it neither searches nor describes a network.
        """
        notes = Notes(file.line)
        step = search_step(file.data, notes)
        if step is None:
            raise FgspaceError(f"{file.path}: has no step with a search_space or a model; there is nothing to convert")
        sections = experiment(step, Section(file.data, ()), notes)
        if not sections.get("search_space"):
            raise FgspaceError(f"{file.path}: describes no network and searches nothing; there is nothing to convert")
        return Converted(as_written(sections), notes.in_order())
