"""The storage that samplers read: the trials that an algorithm was told, and those that run, and no others."""
# ruff: noqa: D102 - what these methods do, `optuna.storages.BaseStorage` says

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from fgspace_optuna.told import as_told

STUDY = "fgspace"
_ID = 0


class Memory(BaseStorage):
    """Holds one study, whose trials end only by `keep`; what is asked for on the way is forgotten after `trying`.

    So a sampler that is made anew finds the same study whenever the same trials were told, whatever was asked for
    between. The identity of a trial is its place.
    """

    def __init__(self, directions: Sequence[str]) -> None:
        self._directions = [StudyDirection[one.upper()] for one in directions]
        self._told: list[FrozenTrial] = []
        self._open: list[FrozenTrial] = []
        self._notes: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._told)

    def keep(self, trial: FrozenTrial) -> None:
        """Keep a trial that ended; its number is the number of those before it."""
        self._told.append(trial)

    @contextmanager
    def trying(self, running: Sequence[FrozenTrial] = (), *, noting: bool = False) -> Iterator[None]:
        """Have these trials run besides those that are begun within, all of which are forgotten after it.

        `noting` keeps what a sampler notes about the study.
        """
        before = dict(self._notes)
        self._open = list(running)
        try:
            yield
        finally:
            self._open = []
            if not noting:
                self._notes = before

    # What Optuna's own storages do, for one study.

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        every = [*self._told, *self._open]
        return every if states is None else [trial for trial in every if trial.state in states]

    def get_trial(self, trial_id: int) -> FrozenTrial:
        told = len(self._told)
        return self._told[trial_id] if trial_id < told else self._open[trial_id - told]

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        at = len(self._told) + len(self._open)
        self._open.append(as_told(at, TrialState.RUNNING, ({}, {})))
        return at

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        trial = self.get_trial(trial_id)
        trial.params = {**trial.params, param_name: distribution.to_external_repr(param_value_internal)}
        trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial = self.get_trial(trial_id)
        trial.system_attrs = {**trial.system_attrs, key: value}

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial = self.get_trial(trial_id)
        trial.user_attrs = {**trial.user_attrs, key: value}

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        return trial_number

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        return self._directions

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        return dict(self._notes)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self._notes[key] = value

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        return {}

    def get_study_id_from_name(self, study_name: str) -> int:
        return _ID

    def get_study_name_from_id(self, study_id: int) -> str:
        return STUDY

    def get_all_studies(self) -> list[Any]:
        return []

    # What a sampler has no reason to do.

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        raise NotImplementedError("a sampler makes no study")

    def delete_study(self, study_id: int) -> None:
        raise NotImplementedError("a sampler deletes no study")

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        raise NotImplementedError("a sampler names nothing of a study")

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        raise NotImplementedError("a sampler ends no trial")

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        raise NotImplementedError("a sampler reports nothing")
