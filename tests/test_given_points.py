"""Every algorithm continues from points that it did not propose, and a stopped study proposes the same points."""

import fgspace
import pytest

SPACE = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "hyper_parameters": {"depth": {"int": [1, 9]}, "mask": {"bits": 6}, "rate": {"float": [0.1, 1.0]}},
    }
)
GIVEN = [{"depth": 9}, {"mask": [1, 1, 1, 0, 0, 0], "rate": 0.5}, {"depth": 9}]
ALGORITHMS = ("RandomSearch", "RegularizedEvolution", "LocalSearch", "NSGA2", "NSGA3", "BackboneNasSearch", "SANAS")


def evaluate(description):
    if description["depth"] == 3:
        raise ValueError("depth 3 does not converge")
    return {"score": description["rate"] - sum(description["mask"]), "size": description["depth"]}


def outline(study):
    return [(trial.point, trial.state, trial.metrics, trial.duplicate_of, trial.lineage) for trial in study.trials]


@pytest.mark.parametrize("deterministic", [None, 2])
@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "Predictor"])
def test_a_study_that_begins_with_given_points_goes_on_as_if_it_had_not_been_stopped(
    tmp_path, algorithm, deterministic
):
    rest = {"initial_points": GIVEN, "deterministic": deterministic, "seed": 4}
    objectives = {"score": "max", "size": "min"}
    whole = fgspace.Study(SPACE, algorithm, objectives, **rest)
    whole.run(evaluate, trials=12)
    for trials in (1, 2, 5, 12):
        study = fgspace.Study(SPACE, algorithm, objectives, store=tmp_path, **rest)
        study.run(evaluate, trials=trials)
        study.close()
    study = fgspace.Study.open(tmp_path)
    assert outline(study) == outline(whole)
    assert [trial.lineage["operator"] for trial in study.trials[:4]].count("given") == 3
    assert study.trials[2].duplicate_of == 0
    study.close()
