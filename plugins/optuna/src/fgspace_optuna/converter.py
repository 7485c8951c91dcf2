"""The converter of studies: those of Optuna become a space with trials, and those of fgspace a study in a storage."""

from typing import Any

from fgspace import Converted, ForeignFile, Results, WrittenStudy

from fgspace_optuna.storages import kind_of_file


class OptunaConverter:
    """Turns studies of Optuna into experiments with their trials, and studies of fgspace into studies of Optuna."""

    def recognises(self, file: ForeignFile) -> str | None:
        """Return "an Optuna database" or the like for what holds studies of Optuna."""
        if file.address:
            return "an Optuna storage"
        return kind_of_file(file.path)

    def convert(self, file: ForeignFile) -> Converted:
        """Return the space and the trials of a study.

        Raises:
            FgspaceError: it has no study, several and none is named, or none of its trials has parameters.
        """
        from fgspace_optuna.reading import converted

        return converted(file)

    def write_study(self, study: Results, experiment: Any, storage: str, name: str) -> WrittenStudy:
        """Write a study into a storage of Optuna.

        Raises:
            FgspaceError: the storage cannot be written, or has a study of that name.
        """
        from fgspace_optuna.writing import written

        return written(study, experiment, storage, name)
