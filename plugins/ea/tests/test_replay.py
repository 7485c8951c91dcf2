"""An algorithm that is told the same trials in the same order proposes the same points, with trials pending, too."""

from random import Random

import fgspace
import pytest
from ea_problems import LEVELS, zdt1
from fgspace_ea.local_search import LocalSearch
from fgspace_ea.nsga2 import NSGA2
from fgspace_ea.nsga3 import NSGA3
from fgspace_ea.prune_ea import PruneEA
from fgspace_ea.quant_ea import QuantEA
from fgspace_ea.regularized_evolution import RegularizedEvolution

TWO = fgspace.Objectives({"a": "min", "b": "min"})
KINDS = (RegularizedEvolution, LocalSearch, NSGA2, NSGA3, PruneEA, QuantEA)


@pytest.mark.parametrize("trials", [50, 77, 100])
@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_goes_on_as_if_it_had_never_stopped(kind, trials):
    algorithm, again = kind(LEVELS, TWO, seed=4), kind(LEVELS, TWO, seed=4)
    told, flying = workers(algorithm, trials)
    for trial in told:
        again.tell(trial)
    for trial in flying:
        again.expect(trial.number, trial.point)
    assert [again.ask() for _ in range(30)] == [algorithm.ask() for _ in range(30)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_on_disk_that_was_left_proposes_what_it_would_have_proposed(kind, tmp_path):
    whole = fgspace.Study(LEVELS, kind, {"a": "min", "b": "min"}, seed=2)
    whole.run(measured, 70)
    for trials in (45, 70):
        study = fgspace.Study(LEVELS, kind, {"a": "min", "b": "min"}, seed=2, store=tmp_path / "study.db")
        study.run(measured, trials)
        study.close()
    again = fgspace.Study.open(tmp_path / "study.db")
    assert [trial.point for trial in again.trials] == [trial.point for trial in whole.trials]


def workers(algorithm, trials):
    """Return the trials that five workers told, in that order, and those that they still have; every ninth fails."""
    rng, told, flying = Random(1), [], []
    for number in range(trials):
        flying.append(fgspace.Trial(number, algorithm.ask(), lineage=algorithm.lineage))
        if len(flying) == 5:
            trial = flying.pop(rng.randrange(5))
            done = {"state": "failed"} if trial.number % 9 == 8 else {"state": "complete", "metrics": zdt1(trial.point)}
            told.append(fgspace.Trial(trial.number, trial.point, lineage=trial.lineage, **done))
            algorithm.tell(told[-1])
    return told, flying


def measured(description):
    """Measure a description: the hyper-parameters of the problem stand in it under their own names."""
    return zdt1(description)
