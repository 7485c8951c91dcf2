"""The numbers of reports against those of scipy, pymoo and Optuna, and against ones that can be counted by hand."""

import random

import fgspace as fg
import numpy as np
import optuna
import pytest
from fgspace.runs.reports.comparing.attainment import surface
from fgspace.runs.reports.comparing.ranks import mann_whitney
from fgspace.runs.reports.hypervolume import gain, scaled, volume
from fgspace.runs.reports.importance import importance
from fgspace.runs.reports.opening import source_of
from fgspace.runs.reports.progress import progress
from pymoo.indicators.hv import HV
from scipy.stats import mannwhitneyu


@pytest.mark.parametrize("seed", range(6))
def test_the_rank_test_is_that_of_scipy(seed):
    rng = random.Random(seed)
    first = [rng.gauss(0, 1) for _ in range(rng.randint(1, 8))]
    second = [rng.gauss(0.7, 1) for _ in range(rng.randint(1, 8))]
    expected = mannwhitneyu(first, second, method="exact")
    assert mann_whitney(first, second)[:2] == pytest.approx((expected.statistic, expected.pvalue))


def test_the_rank_test_with_ties_is_that_of_scipy_by_the_normal_distribution():
    first, second = [1.0, 2.0, 2.0, 3.0, 5.0], [2.0, 4.0, 4.0, 5.0, 6.0, 7.0]
    expected = mannwhitneyu(first, second, method="asymptotic")
    assert mann_whitney(first, second)[:2] == pytest.approx((expected.statistic, expected.pvalue))


def test_equal_samples_differ_in_nothing():
    assert mann_whitney([1.0, 1.0], [1.0, 1.0, 1.0]) == (3.0, 1.0, 0.5)


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_the_hypervolume_is_that_of_pymoo(objectives):
    rng = random.Random(objectives)
    points = [tuple(rng.random() for _ in range(objectives)) for _ in range(25)]
    assert volume(points) == pytest.approx(HV(ref_point=np.ones(objectives))(np.array(points)))


def test_gains_add_up_to_the_hypervolume():
    rng = random.Random(0)
    points = [tuple(rng.random() for _ in range(3)) for _ in range(20)]
    assert sum(gain(point, points[:index]) for index, point in enumerate(points)) == pytest.approx(volume(points))


def test_values_are_scaled_between_the_best_and_the_worst():
    assert scaled([(1.0, 5.0), (3.0, 5.0)], (1.0, 5.0), (3.0, 5.0)) == [(0.0, 0.0), (1.0, 0.0)]


def test_a_front_is_attained_where_enough_runs_reach_it():
    fronts = [[(0.0, 3.0), (2.0, 1.0)], [(1.0, 2.0)]]
    assert surface(fronts, 1) == [(0.0, 3.0), (1.0, 2.0), (2.0, 1.0)]
    assert surface(fronts, 2) == [(1.0, 3.0), (2.0, 2.0)]


SPACE = {
    "type": "FineGrainedSpace",
    "modules": ["a"],
    "a": {
        "type": "Linear",
        "out_features": {"int": [1, 100]},
        "bias": {"choice": [True, False]},
        "dtype": {"choice": ["much", "little", "less"]},
    },
}


def study_of(evaluate, trials=200):
    study = fg.Study(fg.space(SPACE, (5,)), "RandomSearch", {"error": "min"})
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, evaluate(trial.point))
    return study


def depends(point):
    return {"error": abs(point["a.out_features"] - 30) + 10.0 * point["a.bias"]}


def test_shares_of_importance_are_ordered_as_those_of_optuna():
    study = study_of(depends)
    ours = importance(source_of(study))["shares"]["error"]
    theirs = optuna.importance.get_param_importances(
        as_optuna(study), evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )
    assert sum(ours.values()) == pytest.approx(1)
    assert sorted(ours, key=ours.get) == sorted(theirs, key=theirs.get)


def as_optuna(study):
    distributions = {
        "a.out_features": optuna.distributions.IntDistribution(1, 100),
        "a.bias": optuna.distributions.CategoricalDistribution([True, False]),
        "a.dtype": optuna.distributions.CategoricalDistribution(["much", "little", "less"]),
    }
    found = optuna.create_study(direction="minimize")
    for trial in study.trials:
        if trial.duplicate_of is None:
            value = trial.metrics["error"]
            found.add_trial(optuna.create_trial(params=trial.point, distributions=distributions, value=value))
    return found


def test_few_trials_have_no_shares():
    assert importance(source_of(study_of(depends, 19)))["shares"] == {}


def test_progress_ends_where_the_study_does():
    study = study_of(depends, 30)
    steps = progress(source_of(study))["best"]["error"]
    assert steps[0][0] == 1
    assert steps[-1][0] == len(study.trials)
    assert steps[-1][3] == study.best.metrics["error"]
    assert [row[3] for row in steps] == sorted((row[3] for row in steps), reverse=True)
