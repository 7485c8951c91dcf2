"""Studies from other tools and to them: the folder of one that another tool evaluated, and the handing over of ours."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from fgspace.config.converter import Converter, StudyWriter, WrittenStudy
from fgspace.config.experiment import Experiment
from fgspace.config.loading import load
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import Registry
from fgspace.runs.atomic_write import write_atomically
from fgspace.study.identity import Identity
from fgspace.study.results import Results
from fgspace.study.storage.sqlite import SqliteStore
from fgspace.study.trial import Trial

_ELSEWHERE = "another tool"
"""The algorithm of a study whose points another tool proposed."""


def write_folder(folder: Path, text: str, trials: Sequence[Trial], registry: Registry) -> Experiment:
    """Write a study whose trials another tool evaluated: the experiment, and a store with the trials.

    A search can start from its front, and reports and other commands read it; it cannot be gone on with, since its
    points were proposed elsewhere.

    Raises:
        FgspaceError: the folder holds a study, or the trials are not those of the experiment.
    """
    if (folder / "study.db").exists():
        raise FgspaceError(f"{folder}: holds a study already; name another folder")
    write_atomically(folder / "experiment.yaml", text)
    experiment = load(folder / "experiment.yaml", registry=registry)
    space = experiment.space
    for trial in trials:
        if wrong := space.misfit(trial.point):
            raise FgspaceError(f"trial {trial.number} of the study is no point of the space: {wrong}")
    identity = Identity(
        space=space.to_json(),
        digest=space.digest,
        paths=tuple(space.hyper_parameters),
        algorithm=_ELSEWHERE,
        target=_ELSEWHERE,
        options={},
        objectives=dict(experiment.objectives),  # type: ignore[arg-type]
        constraints=experiment.constraints,
    )
    with closing(SqliteStore(folder, identity)) as store:
        for trial in trials:
            store.add(trial)
    return experiment


def hand_over(
    folder: Path, converter: Converter | StudyWriter, storage: str, name: str, registry: Registry
) -> WrittenStudy:
    """Have a converter write the study in a folder for its tool.

    Raises:
        FgspaceError: there is no study with its experiment in the folder, or it cannot be written.
    """
    results = Results(folder)
    try:
        file = folder / "experiment.yaml"
        if not file.exists():
            raise FgspaceError(f"{folder}: has no experiment.yaml, which says what its hyper-parameters are")
        experiment = load(file, registry=registry, processes=False)
        if experiment.space.digest != results.identity.digest:
            raise FgspaceError(f"{file}: is not the experiment of the study beside it")
        return converter.write_study(results, experiment, storage, name)  # type: ignore[union-attr]
    finally:
        results.close()
