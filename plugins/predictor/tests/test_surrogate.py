"""The surrogate and what is made of it, each held to its formula by brute force."""

from itertools import pairwise, product
from math import sqrt
from random import Random

import fgspace
import numpy as np
import pytest
from fgspace_predictor.acquisition import below, hypervolume_gain, scalar_gain, shortfall
from fgspace_predictor.beliefs import drawn_in
from fgspace_predictor.coordinates import Coordinates, squared_distances
from fgspace_predictor.gaussian_process import NOISES, SCALES, Setting, condition, likeliest, log_likelihood
from hypothesis import given
from hypothesis import strategies as st

MIXED = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "hyper_parameters": {
            "kernel": {"choice": [1, 3, 5]},
            "depth": {"int": [2, 6]},
            "rate": {"float": [0.01, 1.0], "log": True},
            "mask": {"bits": 3},
            "widths": {"vector": {"choice": [16, 32]}, "length": 2},
        },
    }
)
CONDITIONAL = fgspace.space(
    {
        "type": "FineGrainedSpace",
        "hyper_parameters": {
            "net": {"choice": [{"type": "ResNet", "depth": {"choice": [20, 32]}}, {"type": "Identity"}]}
        },
    }
)


def data(count, seed=0, width=4):
    rng = np.random.default_rng(seed)
    rows = rng.random((count, width))
    return rows, np.sin(3 * rows).sum(1) + 0.1 * rng.standard_normal(count)


def matern(first, second, length):
    """Return the Matérn covariance, entry by entry, of the textbook's formula."""
    return np.array([[_matern(np.linalg.norm(a - b) / length) for b in second] for a in first])


def _matern(r):
    return (1 + sqrt(5) * r + 5 * r**2 / 3) * np.exp(-sqrt(5) * r)


def test_points_are_as_far_apart_as_the_values_in_which_they_differ():
    one = {"kernel": 1, "depth": 2, "rate": 0.01, "mask": [0, 1, 1], "widths": [16, 16]}
    other = {"kernel": 5, "depth": 4, "rate": 0.1, "mask": [1, 1, 0], "widths": [16, 32]}
    rows = Coordinates(MIXED).rows([one, other])
    apart = 1 + 0.25 + 0.25 + 2 + 1
    assert squared_distances(rows, rows) == pytest.approx(np.array([[0, apart], [apart, 0]]))


def test_no_two_points_are_farther_apart_than_there_are_values():
    coordinates, rng = Coordinates(MIXED), Random(0)
    rows = coordinates.rows([MIXED.sample(rng) for _ in range(100)])
    assert coordinates.dimensions == 8
    assert squared_distances(rows, rows).max() <= 8


def test_points_of_a_conditional_space_have_rows_of_one_length():
    points = list(CONDITIONAL.enumerate())
    rows = Coordinates(CONDITIONAL).rows(points)
    assert len(points) == 3
    assert len({tuple(row) for row in rows.tolist()}) == 3


@pytest.mark.parametrize("setting", [Setting(0.5, 1e-4), Setting(2.0, 0.3)])
def test_predictions_are_those_of_the_textbook(setting):
    rows, values = data(12)
    at, _ = data(5, seed=1)
    inverse = np.linalg.inv(matern(rows, rows, setting.length) + (setting.noise + 1e-9) * np.eye(12))
    mean = (np.ones(12) @ inverse @ values) / (np.ones(12) @ inverse @ np.ones(12))
    variance = (values - mean) @ inverse @ (values - mean) / 12
    near = matern(at, rows, setting.length)
    predicted, deviation = condition(rows, values, setting).predict(at)
    assert predicted == pytest.approx(mean + near @ inverse @ (values - mean))
    assert deviation**2 == pytest.approx(variance * (1 - np.diag(near @ inverse @ near.T)), rel=1e-4)


def test_the_likelihood_is_the_density_of_the_values():
    rows, values = data(8)
    setting = Setting(0.7, 0.1)
    matrix = matern(rows, rows, 0.7) + (0.1 + 1e-9) * np.eye(8)
    process = condition(rows, values, setting)
    left, scaled = values - process.mean, process.variance * matrix
    _, logarithm = np.linalg.slogdet(scaled)
    density = -0.5 * (left @ np.linalg.solve(scaled, left) + logarithm + 8 * np.log(2 * np.pi))
    assert log_likelihood(rows, values, setting) == pytest.approx(density)


def test_the_likeliest_setting_is_the_best_of_the_grid():
    rows, values = data(20)
    grid = [Setting(scale * 2, noise) for scale, noise in product(SCALES, NOISES)]
    found = likeliest(rows, values, 4)
    assert log_likelihood(rows, values, found) == max(log_likelihood(rows, values, setting) for setting in grid)


def test_pure_noise_is_told_from_a_smooth_function():
    rows, _ = data(60)
    assert likeliest(rows, rows.sum(1), 4).noise == min(NOISES)
    assert likeliest(rows, np.random.default_rng(0).standard_normal(60), 4).noise == max(NOISES)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 2))
def test_the_shortfall_is_the_mean_of_draws(bound, mean, deviation):
    draws = mean + deviation * np.random.default_rng(0).standard_normal(20_000)
    found = shortfall(bound, np.array([mean]), np.array([deviation]))
    # Six standard errors of the mean of so many draws.
    assert found == pytest.approx([np.maximum(bound - draws, 0).mean()], abs=6 * deviation / np.sqrt(20_000))
    assert below(bound, np.array([mean]), np.array([deviation])) == pytest.approx([(draws <= bound).mean()], abs=0.02)


def test_the_shortfall_of_a_known_value_is_exact():
    assert shortfall(3.0, np.array([1.0, 5.0]), np.zeros(2)).tolist() == [2.0, 0.0]


def test_the_shortfall_falls_without_a_jump_far_from_the_bound():
    far = shortfall(0.0, np.linspace(0, 30, 3001), np.ones(3001))
    assert (np.diff(far) < 0).all()
    assert far[-1] > 0


def area(points, reference):
    """Return the area that points dominate, counted rectangle by rectangle between all their coordinates."""
    firsts, seconds = (sorted({*points[:, axis], reference[axis]}) for axis in (0, 1))
    total = 0.0
    for left, right in pairwise(firsts):
        for bottom, top in pairwise(seconds):
            covered = ((points[:, 0] <= left) & (points[:, 1] <= bottom)).any()
            total += covered * (right - left) * (top - bottom) * (right <= reference[0]) * (top <= reference[1])
    return total


@pytest.mark.parametrize("seed", range(5))
def test_the_gain_of_known_values_is_what_the_area_grows_by(seed):
    rng = np.random.default_rng(seed)
    front, candidates, reference = rng.random((6, 2)), 1.3 * rng.random((20, 2)), np.array([1.1, 1.1])
    before = area(front, reference)
    grown = [area(np.vstack([front, candidate]), reference) - before for candidate in candidates]
    assert hypervolume_gain(front, reference, candidates, np.zeros((20, 2))) == pytest.approx(grown)


@pytest.mark.parametrize("deviation", [(0.3, 0.0), (0.3, 0.2)])
def test_the_expected_gain_is_the_mean_of_draws(deviation):
    rng = np.random.default_rng(0)
    front, reference, mean = rng.random((5, 2)), np.array([1.1, 1.1]), np.array([[0.4, 0.3]])
    draws = mean + np.array(deviation) * rng.standard_normal((4_000, 2))
    drawn = hypervolume_gain(front, reference, draws, np.zeros((4_000, 2))).mean()
    assert hypervolume_gain(front, reference, mean, np.array([deviation])) == pytest.approx([drawn], rel=0.05)


def test_of_three_objectives_a_point_that_dominates_all_gains_most():
    known = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.5], [0.5, 0.5, 0.0]])
    mean = np.array([[-0.5, -0.5, -0.5], [0.4, 0.4, 0.1], [2.0, 2.0, 2.0]])
    gains = scalar_gain(known, mean, np.zeros((3, 3)), [1.0, 1.0, 1.0], np.zeros((4, 3)))
    assert gains[0] > gains[1] > gains[2] == 0


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_values_that_are_drawn_in_keep_their_order_and_the_better_half_its_place(values):
    values = np.array(values)
    drawn = drawn_in(values)
    order = np.argsort(values)
    assert (np.diff(drawn[order]) >= -1e-9).all()
    better = values <= np.median(values)
    assert drawn[better].tolist() == values[better].tolist()
    assert (drawn <= values + 1e-9).all()
