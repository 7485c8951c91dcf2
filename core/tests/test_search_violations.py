"""How far a trial breaks its constraints: shares of the bounds, summed, and what that says of two trials."""

import math

import pytest
from fgspace.study.objectives import Objectives
from fgspace.study.trial import Trial

LIMITED = Objectives({"accuracy": "max"}, {"macs": {"max": 10}, "params": {"min": 5}})


def complete(accuracy, **metrics):
    return Trial(0, {}, "complete", {"accuracy": accuracy, **metrics})


def test_of_two_trials_that_break_their_constraints_equally_neither_dominates():
    good, poor = complete(0.9, macs=15, params=5), complete(0.1, macs=10, params=2.5)
    assert LIMITED.violation(good) == LIMITED.violation(poor) == 0.5
    assert not LIMITED.dominates(good, poor)
    assert not LIMITED.dominates(poor, good)


def test_of_two_failed_trials_neither_dominates_and_any_measured_one_dominates_both():
    failed, far = Trial(0, {}, "failed"), complete(0.1, macs=1e9, params=0)
    assert not LIMITED.dominates(failed, failed)
    assert LIMITED.dominates(far, failed)
    assert not LIMITED.dominates(failed, far)


def test_of_two_trials_at_their_bounds_the_better_one_dominates():
    good, poor = complete(0.9, macs=10, params=5), complete(0.1, macs=0, params=9)
    assert LIMITED.violation(good) == LIMITED.violation(poor) == 0
    assert LIMITED.dominates(good, poor)
    assert not LIMITED.dominates(poor, good)


@pytest.mark.parametrize(
    ("bounds", "value", "violation"),
    [
        ({"max": 10}, 10, 0),
        ({"max": 10}, 12, 0.2),
        ({"min": 10}, 8, 0.2),
        ({"min": -4}, -6, 0.5),
        ({"max": -4}, -3, 0.25),
        ({"max": 0}, 3, 3),
        ({"min": 0}, -3, 3),
        ({"min": 2, "max": 10}, 1, 0.5),
        ({"min": 2, "max": 10}, 20, 1),
        ({"min": 2, "max": 10}, 2.5, 0),
        ({"min": 2, "max": 10}, 9.5, 0),
        ({"min": 2, "max": 2}, 2, 0),
    ],
)
def test_a_violation_is_a_share_of_the_bound_or_the_excess_itself_where_the_bound_is_zero(bounds, value, violation):
    objectives = Objectives({"accuracy": "max"}, {"gain": bounds})
    assert objectives.violation(complete(0.5, gain=value)) == pytest.approx(violation)
    assert objectives.is_feasible(complete(0.5, gain=value)) == (violation == 0)
    assert (objectives.broken({"gain": value}) is None) == (violation == 0)


def test_violations_of_several_constraints_add_up_and_what_was_not_measured_counts_nothing():
    assert LIMITED.violation(complete(0.5, macs=15, params=4)) == pytest.approx(0.5 + 0.2)
    assert LIMITED.violation(complete(0.5, macs=15)) == 0.5
    assert LIMITED.violation(complete(0.5)) == 0
    assert LIMITED.violation(Trial(0, {}, "failed", {"macs": 1})) == math.inf


def test_a_trial_that_keeps_its_constraints_dominates_one_that_does_not_however_much_better_that_is():
    poor, good = complete(0.1, macs=10, params=5), complete(0.9, macs=10.5, params=5)
    assert LIMITED.dominates(poor, good)
    assert not LIMITED.dominates(good, poor)
