"""The surrogate model and the acquisition functions, each compared with its formula by brute force."""

from dataclasses import replace
from itertools import pairwise
from math import exp, log, sqrt
from random import Random

import fgspace
import numpy as np
import pytest
from fgspace_predictor.acquisition import below, hypervolume_gain, scalar_gain, shortfall
from fgspace_predictor.coordinates import Coordinates, squared_distances
from fgspace_predictor.descent import descended
from fgspace_predictor.fitting import DOUBT, NOISE, NUMBERS, OPTIONS, likeliest
from fgspace_predictor.gaussian_process import Mixture, condition, conditioned, factored, log_likelihood, noisy
from fgspace_predictor.kernel import Places, Setting, Squares
from fgspace_predictor.relevance import _likelihood, relevant
from fgspace_predictor.values import drawn_in
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

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
    """Return places whose two sums are of two columns each, and values at them."""
    rng = np.random.default_rng(seed)
    rows = rng.random((count, width))
    places = Places(rows, np.stack([rows[:, :2].sum(1), rows[:, 2:].sum(1)], 1) / sqrt(2))
    return places, np.sin(3 * rows).sum(1) + 0.1 * rng.standard_normal(count)


def mixed(first, second, setting):
    """Return the covariance of a setting, entry by entry."""
    local = matern(first.rows, second.rows, setting.length)
    return (1 - setting.share) * local + setting.share * matern(first.sums, second.sums, setting.reach)


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


def space_of(**domains):
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": domains})


def test_in_order_options_that_are_numbers_and_tokens_are_as_far_apart_as_their_places():
    space = space_of(
        kernel={"choice": [5, 1, 3]},
        rate={"choice": [0.1, 0.2, 0.4, 0.9, 1]},
        name={"choice": ["a", "b", "c"]},
        depths={"vector": {"choice": [2, 4, 8]}, "length": 2},
        code={"tokens": [5, 2]},
    )
    one = {"kernel": 5, "rate": 0.1, "name": "a", "depths": [2, 2], "code": [0, 0]}
    other = {"kernel": 3, "rate": 0.9, "name": "c", "depths": [8, 4], "code": [3, 1]}
    coordinates = Coordinates(space).ordered()
    rows = coordinates.rows([one, other])
    apart = 1 / 4 + (3 / 4) ** 2 + 1 + 1 + 1 / 4 + (3 / 4) ** 2 + 1
    assert squared_distances(rows, rows)[0, 1] == pytest.approx(apart)
    assert coordinates.dimensions == Coordinates(space).dimensions == 7


@pytest.mark.parametrize(
    "domain",
    [{"choice": ["a", "b", "c"]}, {"choice": [16, 32]}, {"choice": [1, 2, "auto"]}, {"int": [1, 9]}, {"bits": 4}],
)
def test_where_no_options_have_an_order_that_tells_more_there_is_no_second_reading(domain):
    assert Coordinates(space_of(one=domain)).ordered() is None


def test_in_order_what_is_not_active_stands_in_the_middle():
    space = space_of(net={"choice": [{"type": "ResNet", "depth": {"choice": [20, 32, 44]}}, {"type": "Identity"}]})
    rows = Coordinates(space).ordered().rows(list(space.enumerate()))
    assert sorted(set(rows[:, -1])) == [0, 0.5, 1]
    assert len({tuple(row) for row in rows.tolist()}) == 4


@pytest.mark.parametrize("in_order", [True, False])
def test_options_are_taken_in_their_order_where_values_follow_it(in_order):
    space, rng = space_of(**{f"x{index}": {"choice": list(range(8))} for index in range(4)}), Random(0)
    points = [space.sample(rng) for _ in range(40)]
    worth = [number / 7 if in_order else rng.random() for number in range(8)]
    coordinates = Coordinates(space)

    def read(one):
        rows = one.rows(points)
        return Places(rows, one.sums(rows))

    places = replace(read(coordinates), ordered=read(coordinates.ordered()))
    values = np.array([sum(worth[value] for value in point.values()) for point in points])
    fits = likeliest(places, values, coordinates.dimensions, 1)
    assert sum(fit.share for fit in fits if fit.setting.ordered == in_order) > 0.9


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


def test_what_points_are_in_sum_is_how_often_each_group_has_each_value():
    described = {
        **{f"edge{index}": {"choice": ["conv", "pool", "none"]} for index in range(4)},
        "mask": {"bits": 9},
        "other": {"bits": 9},
        "depths": {"vector": {"choice": [1, 2]}, "length": 4},
        "alone": {"int": [0, 5]},
    }
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": described})
    coordinates = Coordinates(space)
    one, other = (space.sample(Random(seed)) for seed in range(2))
    sums = coordinates.sums(coordinates.rows([one, other]))

    def counts(point):
        edges = [point[f"edge{index}"] for index in range(4)]
        options = [edges.count(option) / sqrt(8) for option in ("conv", "pool", "none")]
        depths = [point["depths"].count(depth) / sqrt(8) for depth in (1, 2)]
        return [*options, *depths, sum(point["mask"]) / 3, sum(point["other"]) / 3]

    assert len(coordinates.groups) == 4
    assert sorted(sums[0]) == pytest.approx(sorted(counts(one)))
    assert ((sums[0] - sums[1]) ** 2).sum() == pytest.approx(
        sum((a - b) ** 2 for a, b in zip(counts(one), counts(other), strict=True))
    )


def test_points_that_differ_in_order_alone_are_one_in_sum():
    space = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"mask": {"bits": 6}}})
    coordinates = Coordinates(space)
    rows = coordinates.rows([{"mask": [1, 1, 0, 0, 1, 0]}, {"mask": [0, 1, 0, 1, 0, 1]}])
    first, second = coordinates.sums(rows)
    assert first == pytest.approx(second)


@pytest.mark.parametrize("setting", [Setting(0.5, 1e-4), Setting(2.0, 0.3), Setting(0.5, 0.01, 0.7, 0.4)])
def test_predictions_are_those_of_the_textbook(setting):
    places, values = data(12)
    at, _ = data(5, seed=1)
    inverse = np.linalg.inv(mixed(places, places, setting) + (setting.noise + 1e-9) * np.eye(12))
    mean = (np.ones(12) @ inverse @ values) / (np.ones(12) @ inverse @ np.ones(12))
    variance = (values - mean) @ inverse @ (values - mean) / 12
    near = mixed(at, places, setting)
    process = condition(places, values, setting)
    predicted, spread = process.predict(Squares(at, places))
    assert predicted == pytest.approx(mean + near @ inverse @ (values - mean))
    assert process.expect(Squares(at, places)) == pytest.approx(predicted)
    assert spread == pytest.approx(variance * (1 - np.diag(near @ inverse @ near.T)), rel=1e-4)


@pytest.mark.parametrize("length", [0.4, 1.5])
def test_predictions_are_those_of_scikit_learn(length):
    places, values = data(25)
    at, _ = data(6, seed=1)
    process = condition(places, values, Setting(length, 0.01))
    kernel = ConstantKernel(process.variance, "fixed") * Matern(length, "fixed", nu=2.5)
    peer = GaussianProcessRegressor(kernel, alpha=process.variance * (0.01 + 1e-9), optimizer=None)
    peer.fit(places.rows, values - process.mean)
    mean, deviation = peer.predict(at.rows, return_std=True)
    ours, variance = process.predict(Squares(at, places))
    assert ours == pytest.approx(mean + process.mean)
    assert np.sqrt(variance) == pytest.approx(deviation)


def test_a_factor_that_grew_is_that_of_all_places():
    setting = Setting(0.6, 0.01, 0.3, 0.7)
    places, values = data(14)
    grown = factored(Squares(places[:9], places[:9]), setting)
    for start, end in ((9, 10), (10, 14)):
        new, old = places[start:end], places[:start]
        grown = grown.extended(Squares(new, old), Squares(new, new))
    at, _ = data(5, seed=1)
    whole = condition(places, values, setting).predict(Squares(at, places))
    assert np.array(conditioned(grown, values).predict(Squares(at, places))) == pytest.approx(np.array(whole))


def test_a_mixture_scatters_as_draws_from_its_processes_do():
    places, values = data(10)
    at, _ = data(3, seed=1)
    processes = [condition(places, values, Setting(length, 0.01)) for length in (0.3, 2.0)]
    mean, deviation = Mixture(places, processes, [0.25, 0.75]).predict(at)
    rng = np.random.default_rng(0)
    drawn = []
    for process, count in zip(processes, (25_000, 75_000), strict=True):
        center, variance = process.predict(Squares(at, places))
        drawn.append(center + np.sqrt(variance) * rng.standard_normal((count, 3)))
    assert mean == pytest.approx(np.vstack(drawn).mean(0), abs=0.02)
    assert deviation == pytest.approx(np.vstack(drawn).std(0), rel=0.02)


def test_the_likelihood_is_the_density_of_the_values():
    places, values = data(8)
    setting = Setting(0.7, 0.1, 0.3, 1.0)
    matrix = mixed(places, places, setting) + (0.1 + 1e-9) * np.eye(8)
    process = condition(places, values, setting)
    left, scaled = values - process.mean, process.variance * matrix
    _, logarithm = np.linalg.slogdet(scaled)
    density = -0.5 * (left @ np.linalg.solve(scaled, left) + logarithm + 8 * np.log(2 * np.pi))
    assert log_likelihood(noisy(Squares(places, places), setting), values) == pytest.approx(density)


def test_the_settings_found_are_believed_in_by_their_likelihood_under_the_priors():
    places, values = data(40)
    fits = likeliest(places, values, 4, 2, NUMBERS)
    among = Squares(places, places)
    scores = [
        log_likelihood(noisy(among, fit.setting), values)
        - DOUBT * (fit.setting.share > 0)
        - 0.5 * ((log(fit.setting.length / 2) - NUMBERS.length.mean) / NUMBERS.length.deviation) ** 2
        - 0.5 * ((log(fit.setting.noise) - NOISE.mean) / NOISE.deviation) ** 2
        for fit in fits
    ]
    assert scores == sorted(scores, reverse=True)
    assert sum(fit.share for fit in fits) == pytest.approx(1)
    assert [fit.share / fits[0].share for fit in fits] == pytest.approx(np.exp(np.array(scores) - scores[0]))


def test_pure_noise_is_told_from_a_smooth_function():
    places, _ = data(60)
    assert likeliest(places, places.rows.sum(1), 4, 2)[0].setting.noise <= 1e-3
    assert likeliest(places, np.random.default_rng(0).standard_normal(60), 4, 2)[0].setting.noise >= 0.1


def test_a_function_of_sums_is_told_from_one_of_places():
    rng = np.random.default_rng(0)
    rows = np.hstack([np.zeros((40, 1)), rng.integers(0, 2, (40, 12))])
    places = Places(rows, rows.sum(1)[:, None] / sqrt(12))
    assert likeliest(places, places.sums[:, 0] ** 2, 12, 1)[0].setting.share > 0
    assert likeliest(places, rows @ rng.choice([-1.0, 1.0], 13), 12, 1)[0].setting.share == 0


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 2))
def test_the_shortfall_is_the_mean_of_draws(bound, mean, deviation):
    draws = mean + deviation * np.random.default_rng(0).standard_normal(20_000)
    found = shortfall(bound, np.array([mean]), np.array([deviation]))
    # Six standard errors of the mean of the draws.
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


def test_the_gain_of_three_objectives_is_the_mean_improvement_of_the_sum_over_draws():
    rng = np.random.default_rng(0)
    known, mean = rng.random((5, 3)) * [1, 20, 300], 0.4 * rng.random((8, 3)) * [1, 20, 300]
    draws = rng.normal(size=(6, 3))
    deviation, weights = mean.std(0) * rng.random((8, 3)), [0.5, 1.0, 2.0]

    def summed(row):
        low, high = known.min(0), known.max(0)
        parts = [weight * (one - a) / (b - a) for weight, one, a, b in zip(weights, row, low, high, strict=True)]
        return max(parts) + 0.05 * sum(parts)

    best = min(map(summed, known))
    expected = [
        np.mean([max(best - summed(center + spread * draw), 0) for draw in draws])
        for center, spread in zip(mean, deviation, strict=True)
    ]
    assert sum(gain > 0 for gain in expected) > 1
    assert scalar_gain(known, mean, deviation, weights, draws) == pytest.approx(expected)


def test_an_objective_in_which_all_known_values_are_equal_still_counts_in_the_sum():
    known, mean = np.array([[1.0, 5.0, 3.0], [2.0, 5.0, 1.0]]), np.array([[0.5, 4.0, 0.5], [0.5, 5.0, 0.5]])
    # The sum of both known values is 1.05; an objective without a range is divided by nothing.
    gains = scalar_gain(known, mean, np.zeros((2, 3)), [1.0, 1.0, 1.0], np.zeros((1, 3)))
    assert gains == pytest.approx([1.05 + 0.25 + 0.05 * 1.75, 1.05 + 0.05 * 0.75])


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_values_that_are_drawn_in_keep_their_order_and_the_better_half_its_place(values):
    values = np.array(values)
    drawn = drawn_in(values)
    order = np.argsort(values)
    assert (np.diff(drawn[order]) >= -1e-9).all()
    better = values <= np.median(values)
    assert drawn[better].tolist() == values[better].tolist()
    assert (drawn <= values + 1e-9).all()


def test_the_gradient_of_the_likelihood_by_the_scales_is_that_of_differences():
    places, values = data(20)
    places = replace(places, owners=np.arange(4))
    start = Setting(0.9, 0.05, 0.3, 1.0)
    summed = np.array(matern(places.sums, places.sums, start.reach))
    at = np.array([0.3, -0.5, 0.8, 0.1, 0.2, -3.0])

    def likelihood(at):
        return _likelihood(at, places.apart(), summed, values, start)[0]

    steps = 1e-5 * np.eye(6)
    differences = [(likelihood(at + step) - likelihood(at - step)) / 2e-5 for step in steps]
    assert _likelihood(at, places.apart(), summed, values, start)[1] == pytest.approx(np.array(differences), rel=1e-5)
    scaled = replace(start, length=0.9 * exp(0.2), noise=exp(-3), scales=tuple(np.exp(at[:4])))
    whole = log_likelihood(noisy(Squares(places, places), scaled), values)
    assert likelihood(at) == pytest.approx(whole + 10 * (np.log(2 * np.pi) + 1))


def test_a_hyper_parameter_that_decides_has_a_larger_scale_than_the_others():
    places, _ = data(60)
    places = replace(places, owners=np.arange(4))
    setting, prior = relevant(places, np.sin(9 * places.rows[:, 1]), Setting(1.0, 0.01), OPTIONS.scale, NOISE)
    assert np.argmax(setting.scales) == 1
    assert setting.scales[1] > 2 * max(setting.scales[0], *setting.scales[2:])
    assert prior == pytest.approx(-0.5 * sum((log(scale) / 0.6) ** 2 for scale in setting.scales))


@pytest.mark.parametrize("start", [[3.0, -2.0], [0.0, 0.0], [-1.2, 1.0]])
def test_a_descent_ends_near_the_lowest_place_and_never_higher_than_it_began(start):
    def slope(at):
        return float((at[0] - 1) ** 2 + 5 * (at[1] - at[0]) ** 2), np.array(
            [2 * (at[0] - 1) - 10 * (at[1] - at[0]), 10 * (at[1] - at[0])]
        )

    end = descended(slope, np.array(start))
    assert slope(end)[0] <= min(slope(np.array(start))[0], 0.02)
