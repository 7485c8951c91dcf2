"""One algorithm begins a study, and others go on."""

from dataclasses import replace

import fgspace
import pytest
from fgspace.study.algorithms.next_time import next_time
from fgspace.study.algorithms.relay import Relay, takes_over
from fgspace.testing import AlgorithmSuite

SPACE = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {f"x{i}": {"int": [0, 9]} for i in range(6)}})
LOSS = {"loss": "min"}
FORM = "expected algorithms, such as {type: Predictor, trials: 150}, each but the last with its number of trials"


class TestRelay(AlgorithmSuite):
    learns = False

    def make(self, space, objectives, seed, **options):
        stages = [{"type": "RandomSearch", "trials": 5}, {"type": "RandomSearch"}]
        return Relay(space, objectives, seed=seed, **{"stages": stages, **options})


class Downhill(fgspace.Algorithm):
    """Lowers one value of the best point that it was told."""

    def __init__(self, space, objectives, *, seed: int = 0):
        super().__init__(space, objectives, seed=seed)
        self.told = []

    def propose(self, rng):
        best = min(self.told, key=lambda trial: trial.metrics["loss"], default=None)
        if best is None:
            return self.fresh(lambda: self.space.sample(rng))
        self.because("lower", [best])
        path = rng.choice([path for path, value in best.point.items() if value] or list(best.point))
        return {**best.point, path: max(best.point[path] - 1, 0)}

    def learn(self, trial, rng):
        self.told.append(trial)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Register an algorithm for these tests alone."""
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    fgspace.register(kind="algorithm")(Downhill)


STAGES = [{"type": "RandomSearch", "trials": 8}, {"type": "Downhill"}]


def loss(description):
    return {"loss": float(sum(value for value in description.values() if isinstance(value, int)))}


def studied(trials=20, **options):
    study = fgspace.Study(SPACE, "Relay", LOSS, seed=3, stages=STAGES, **options)
    study.run(loss, trials=trials)
    return study


def test_the_first_proposes_what_it_would_alone_and_the_next_goes_on_from_the_best():
    alone = fgspace.Study(SPACE, "RandomSearch", LOSS, seed=3)
    alone.run(loss, trials=8)
    study = studied()
    assert [trial.point for trial in study.trials[:8]] == [trial.point for trial in alone.trials]
    best = min(study.trials[:8], key=lambda trial: trial.metrics["loss"])
    assert study.trials[8].lineage == {"operator": "lower", "parents": [best.number]}
    assert [takes_over(study.algorithm, number) for number in (0, 7, 8, 9)] == [None, None, "Downhill", None]


def test_a_stage_is_not_told_how_the_trials_before_it_came_about():
    study = studied(trials=12)
    downhill = study.algorithm.stages[1].algorithm
    assert [trial.lineage.get("operator") for trial in downhill.told] == [None] * 8 + ["lower"] * 4


@pytest.mark.parametrize("stopped", [3, 8, 11])
def test_a_resumed_study_proposes_what_one_in_one_go_does(tmp_path, stopped):
    whole = [trial.point for trial in studied().trials]
    studied(trials=stopped, store=tmp_path).close()
    again = fgspace.Study(SPACE, "Relay", LOSS, seed=3, stages=STAGES, store=tmp_path)
    again.run(loss, trials=20)
    assert [trial.point for trial in again.trials] == whole


def test_points_that_are_being_evaluated_at_the_hand_over_are_known_to_the_next():
    algorithm = Relay(SPACE, fgspace.Objectives(LOSS), stages=[{"type": "RandomSearch", "trials": 3}, STAGES[1]])
    asked = [algorithm.ask() for _ in range(5)]
    assert algorithm.stages[1].algorithm.pending == dict(enumerate(asked))


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], f"stages: {FORM}, got none"),
        ([{"type": "RandomSearch"}, STAGES[1]], f"stages.0: {FORM}, got {{'type': 'RandomSearch'}}"),
        ([STAGES[0]], f"stages.0: {FORM}, got {STAGES[0]!r}"),
        ([{"trials": 3}, STAGES[1]], f"stages.0: {FORM}, got {{'trials': 3}}"),
        ([{"type": "RandomSearch", "trials": True}, STAGES[1]], None),
        ([STAGES[0], {"type": "Downhill", "speed": 3}], "stages.1: Downhill has no option 'speed'"),
        ([STAGES[0], {"type": "Auto"}], "stages.1: Auto stands for another algorithm; name that one"),
        ([STAGES[0], {"type": "GridSearch", "steps": 0}], "stages.1: GridSearch: steps must be at least 2, got 0"),
    ],
)
def test_a_stage_that_is_none_is_an_error(stages, message):
    if message is None:
        message = f"stages.0: {FORM}, got {stages[0]!r}"
    with pytest.raises(fgspace.FgspaceError) as caught:
        fgspace.Study(SPACE, "Relay", LOSS, stages=stages)
    assert str(caught.value) == f"Relay: {message}"


def told(study, *losses):
    return [replace(study.trials[0], number=number, metrics={"loss": one}) for number, one in enumerate(losses)]


def test_the_next_study_is_advised_by_when_the_last_one_found_its_best():
    study = studied(trials=1)
    algorithm, objectives = study.algorithm, study.objectives
    early = told(study, 9.0, 5.0, *[6.0] * 18)
    assert next_time(algorithm, early, objectives) == (
        "next time RandomSearch alone with 8 trials, since none after them was better"
        " (of 20 trials, 2 bettered the best, the last of them trial 1)"
    )
    assert next_time(study.algorithm.stages[0].algorithm, early, objectives) == (
        "next time the same; 2 trials would have found as much"
        " (of 20 trials, 2 bettered the best, the last of them trial 1)"
    )
    assert next_time(algorithm, early[:19], objectives) is None
    assert next_time(algorithm, told(study, 9.0, *[9.0] * 17, 4.0, 3.0), objectives) == (
        "next time the same with more trials, since the last quarter still found better"
        " (of 20 trials, 3 bettered the best, the last of them trial 19; 2 of these were of Downhill)"
    )
    failed = [replace(trial, state="failed", metrics={}) for trial in early]
    assert next_time(algorithm, failed, objectives) == (
        "next time another space or looser constraints, since none of 20 trials is feasible"
    )
