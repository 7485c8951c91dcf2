"""Deterministic studies: the trials are the same for any number of workers, in whatever order they end."""

import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from fgspace import FgspaceError
from fgspace.api import space
from fgspace.study.study import Study

sys.path.insert(0, str(Path(__file__).parent))
programs = import_module("search_programs")

SPACE = space(
    {
        "type": "FineGrainedSpace",
        "modules": ["conv", "act"],
        "conv": {"type": "Conv2d", "out_channels": {"int": [1, 40]}, "kernel_size": {"choice": [1, 3, 5]}},
        "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.01, 0.3]}}]},
    }
)


class Threads(ThreadPoolExecutor):
    """Runs trials in threads, several at a time."""

    def __init__(self, workers):
        super().__init__(workers)
        self.workers = workers


class Careless(programs.Climb):
    """Also proposes points a second time."""

    def propose(self, rng):
        if self.best is None or rng.random() < 0.3:
            return self.space.sample(rng)
        return self.space.mutate(self.best.point, rng)


def erratic(description):
    """Take a random time, so that trials end in any order."""
    time.sleep(Random().random() * 0.004)
    channels = description["conv"]["out_channels"]
    if channels == 7:
        raise ValueError("seven")
    return {"loss": abs(channels - 20) + description["conv"]["kernel_size"]}


def outline(study):
    return [
        (trial.number, trial.point, trial.state, trial.metrics, trial.error, trial.duplicate_of, trial.lineage)
        for trial in study.trials
    ]


def careless(workers, **options):
    study = Study(SPACE, Careless, {"loss": "min", "params": "min"}, {"params": {"max": 900}}, 3, **options)
    with Threads(workers) as executor:
        study.run(erratic, trials=50, executor=executor)
    return outline(study)


@pytest.mark.parametrize("look_back", [1, 4])
def test_the_trials_are_the_same_for_any_number_of_workers(look_back):
    trials = careless(1, deterministic=look_back)
    states = {trial[2] for trial in trials}
    assert states == {"complete", "failed", "infeasible"}
    assert any(trial[5] is not None for trial in trials)
    for workers in (2, 3, 9):
        assert careless(workers, deterministic=look_back) == trials


def test_a_look_back_of_one_is_a_study_with_one_worker():
    assert careless(3, deterministic=1) == careless(1)


def test_a_study_that_is_killed_and_gone_on_with_by_other_numbers_of_workers_is_the_same(tmp_path):
    whole = programs.study(None, deterministic=5)
    whole.run(programs.loss, trials=300)
    for least, workers in ((5, 2), (60, 3)):
        process = programs.start(tmp_path, 300, workers, deterministic=5)
        assert programs.kill_when(process, tmp_path, least) == -signal.SIGKILL
    study = programs.study(tmp_path, deterministic=5)
    assert study.evaluated < 300
    study.run(programs.loss, trials=300)
    assert outline(study) == outline(whole)
    study.close()
    longer, longest = programs.study(tmp_path, deterministic=5), programs.study(None, deterministic=5)
    for one in (longer, longest):
        one.run(programs.loss, trials=320)
    assert outline(longer) == outline(longest)


def test_a_trial_too_far_ahead_must_wait():
    study = programs.study(None, deterministic=2)
    first, second = study.ask(), study.ask()
    study.tell(second, {"loss": 1.0})
    with pytest.raises(FgspaceError) as error:
        study.ask()
    assert str(error.value) == "trial 0 must be told before trial 2 can be asked for"
    study.tell(first, {"loss": 1.0})
    assert study.ask().number == 2


def test_another_look_back_is_another_study(tmp_path):
    programs.study(tmp_path, deterministic=8).close()
    for other, shown in ((4, "4"), (None, "absent")):
        with pytest.raises(FgspaceError) as error:
            programs.study(tmp_path, deterministic=other)
        assert str(error.value) == (
            f"{str(tmp_path / 'study.db')!r} is another study: its look-back (deterministic) is 8, not {shown};"
            " name another folder"
        )
    with pytest.raises(FgspaceError, match=r"^deterministic: expected a whole number of at least 1, got 0$"):
        programs.study(tmp_path, deterministic=0)


def stopping(workers):
    study = programs.stopping(None, deterministic=4)
    with Threads(workers) as executor:
        study.run(programs.erratic_climb, trials=60, executor=executor)
    return [(*trial, study.trials[trial[0]].curve) for trial in outline(study)]


def test_what_is_stopped_early_is_the_same_for_any_number_of_workers():
    trials = stopping(1)
    assert {trial[2] for trial in trials} == {"complete", "stopped"}
    assert stopping(3) == trials
