"""The operators of simulated annealing, each compared with its formula."""

from itertools import pairwise
from math import exp
from random import Random

import pytest
from fgspace_annealing.annealing import acceptance, drawn_weights, fitted_rate, tchebycheff, temperature
from hypothesis import assume, given
from hypothesis import strategies as st

shares = st.floats(0, 1)
positive = st.floats(1e-6, 1e6)
three = st.tuples(shares, shares, shares)


@given(positive, positive)
def test_a_worse_point_is_accepted_with_the_probability_of_metropolis(worsening, temperature):
    assert acceptance(worsening, temperature) == exp(-worsening / temperature)


@given(st.floats(-1e6, 0), st.floats(0, 1e6))
def test_a_point_that_is_no_worse_is_always_accepted(worsening, temperature):
    assert acceptance(worsening, temperature) == 1


@given(positive)
def test_at_temperature_zero_no_worse_point_is_accepted(worsening):
    assert acceptance(worsening, 0.0) == 0


@given(positive, st.floats(0.01, 1))
def test_the_temperature_starts_at_the_first_and_falls_by_the_rate(initial, rate):
    falling = [temperature(trials, initial, rate) for trials in range(50)]
    assert falling[0] == initial
    for before, after in pairwise(falling):
        assert after == pytest.approx(before * rate)


def test_the_temperature_ends_at_zero_and_not_in_an_error():
    assert temperature(100_000, 1.0, 0.85) == 0


@pytest.mark.parametrize(
    ("trials", "probability"), [(1, 0.99), (10, 0.95), (20, 0.77), (30, 0.27), (40, 0.001), (50, 0.0)]
)
def test_the_defaults_accept_a_hundredth_less_as_often_as_they_say(trials, probability):
    assert acceptance(0.01, temperature(trials, 1.0, 0.85)) == pytest.approx(probability, abs=0.005)


@pytest.mark.parametrize(
    ("trials", "probability"), [(0, 0.37), (1, 0.34), (10, 0.13), (20, 0.02), (24.5, 0.003), (30, 0.0), (49, 0.0)]
)
def test_a_fitted_schedule_accepts_a_hundredth_less_as_often_as_it_says(trials, probability):
    assert acceptance(0.01, temperature(trials, 0.01, fitted_rate(0.01, 0.0003, 50))) == pytest.approx(
        probability, abs=0.005
    )


@given(positive, shares, st.integers(2, 1000))
def test_a_fitted_schedule_ends_at_its_final_temperature(initial, share, steps):
    assume(share > 1e-6)
    rate = fitted_rate(initial, share * initial, steps)
    assert temperature(steps - 1, initial, rate) == pytest.approx(share * initial)


def test_a_schedule_of_one_trial_has_a_rate():
    assert fitted_rate(1.0, 0.001, 1) == 0.001


@given(st.integers(1, 5), st.integers())
def test_drawn_weights_are_positive_and_the_largest_is_one(count, seed):
    weights = drawn_weights(count, Random(seed))
    assert len(weights) == count
    assert min(weights) > 0
    assert max(weights) == 1


@given(three, three, three)
def test_the_sum_never_prefers_a_dominated_point(one, other, weights):
    first, second = tuple(map(min, one, other)), tuple(map(max, one, other))
    low, high = (0.0,) * 3, (1.0,) * 3
    assert tchebycheff(first, low, high, weights) <= tchebycheff(second, low, high, weights)


@given(st.tuples(shares, shares), st.floats(0.01, 100), st.floats(-100, 100))
def test_the_sum_does_not_depend_on_the_unit_of_an_objective(values, unit, origin):
    scaled = (values[0] * unit + origin, values[1])
    there = tchebycheff(scaled, (origin, 0.0), (unit + origin, 1.0), (1.0, 0.5))
    assert there == pytest.approx(tchebycheff(values, (0.0, 0.0), (1.0, 1.0), (1.0, 0.5)), abs=1e-6)


def test_the_sum_is_the_worst_weighted_objective_and_a_twentieth_of_all():
    assert tchebycheff((3.0, 20.0), (1.0, 10.0), (5.0, 20.0), (1.0, 0.2)) == 0.5 + 0.05 * (0.5 + 0.2)


def test_an_objective_that_never_differed_does_not_count():
    assert tchebycheff((3.0, 7.0), (1.0, 7.0), (5.0, 7.0), (1.0, 1.0)) == 0.5 + 0.05 * 0.5
