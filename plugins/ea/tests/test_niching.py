"""The parts of NSGA-III, compared with their definitions, pymoo and DEAP on the same populations."""

import math
from collections import Counter
from random import Random

import pytest
from fgspace_ea.directions import associate, das_dennis, directions, fitting_divisions
from fgspace_ea.normalisation import Scale, extreme_points, intercepts, solved
from fgspace_ea.nsga3 import niched
from hypothesis import assume, given
from hypothesis import strategies as st

sizes = st.integers(2, 5)
shares = st.integers(0, 40).map(lambda number: number / 40)
positions = st.integers(1, 97).map(lambda number: number / 97)


def populations(element=shares, least=1, most=20):
    """Return a strategy of populations of two to five objectives, all different."""
    return sizes.flatmap(
        lambda size: st.lists(st.tuples(*[element] * size), min_size=least, max_size=most, unique=True)
    )


@pytest.mark.parametrize(("objectives", "divisions"), [(1, 1), (2, 19), (3, 12), (5, 4), (8, 3), (10, 2)])
def test_das_dennis_points_are_all_combinations_of_steps_that_sum_to_one(objectives, divisions):
    points = das_dennis(objectives, divisions)
    assert len(set(points)) == len(points) == math.comb(objectives + divisions - 1, divisions)
    assert all(sum(point) == pytest.approx(1) for point in points)


@pytest.mark.parametrize(("objectives", "divisions"), [(2, 10), (3, 4), (3, 12), (5, 3)])
def test_das_dennis_points_are_those_of_pymoo_and_deap(objectives, divisions):
    ours = sorted(das_dennis(objectives, divisions))
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    from pymoo.util.ref_dirs import get_reference_directions

    theirs = get_reference_directions("das-dennis", objectives, n_partitions=divisions)
    assert ours == [pytest.approx(point) for point in sorted(theirs.tolist())]
    tools = pytest.importorskip("deap.tools", reason="DEAP is not installed")
    theirs = tools.uniform_reference_points(objectives, divisions).tolist()
    for point in ours:
        assert any(point == pytest.approx(other) for other in theirs)
    assert len(theirs) == len(ours)


def test_a_second_layer_lies_half_way_to_the_middle():
    assert directions(2, 1, 1) == [(0.0, 1.0), (1.0, 0.0), (0.25, 0.75), (0.75, 0.25)]
    assert directions(2, 1) == [(0.0, 1.0), (1.0, 0.0)]


@pytest.mark.parametrize(
    ("objectives", "most", "divisions"), [(1, 20, 1), (2, 20, 19), (3, 20, 4), (3, 91, 12), (9, 2, 1)]
)
def test_as_many_divisions_as_fit_make_no_more_directions_than_there_are_members(objectives, most, divisions):
    assert fitting_divisions(objectives, most) == divisions
    assert len(das_dennis(objectives, divisions)) <= most or divisions == 1


@given(populations(positions), st.integers(1, 6))
def test_the_closest_direction_is_the_one_of_least_perpendicular_distance(values, divisions):
    points = das_dennis(len(values[0]), divisions)
    for value, (index, distance) in zip(values, associate(values, points), strict=True):
        assert distance == pytest.approx(from_line(value, points[index]), abs=1e-9)
        assert distance == pytest.approx(min(from_line(value, point) for point in points), abs=1e-9)


@given(populations(positions), st.integers(1, 6))
def test_distances_to_directions_are_those_of_pymoo(values, divisions):
    nsga3 = pytest.importorskip("pymoo.algorithms.moo.nsga3", reason="pymoo is not installed")
    import numpy as np

    points = das_dennis(len(values[0]), divisions)
    size = len(values[0])
    _, theirs, table = nsga3.associate_to_niches(np.array(values), np.array(points), np.zeros(size), np.ones(size))
    ours = associate(values, points)
    assert [distance for _, distance in ours] == pytest.approx(list(theirs), abs=1e-9)
    for row, (index, _) in zip(table, ours, strict=True):
        assert row[index] == pytest.approx(row.min(), abs=1e-9)


@given(populations(positions), st.integers(1, 6))
def test_distances_to_directions_are_those_of_deap(values, divisions):
    emo = pytest.importorskip("deap.tools.emo", reason="DEAP is not installed")
    import numpy as np

    points = das_dennis(len(values[0]), divisions)
    size = len(values[0])
    _, theirs = emo.associate_to_niche(np.array(values), np.array(points), np.zeros(size), np.ones(size))
    assert [distance for _, distance in associate(values, points)] == pytest.approx(list(theirs), abs=1e-9)


@given(populations(least=2))
def test_extreme_points_are_those_of_pymoo_and_deap(values):
    # With ranges of 0 to 1, where a unit decides nothing for them either.
    size = len(values[0])
    values = [*values, *(tuple(float(at == axis) for at in range(size)) for axis in range(size))]
    values = list(dict.fromkeys(value for value in values if sum(value)))
    ours = extreme_points(values, (0.0,) * size)
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    import numpy as np
    from pymoo.algorithms.moo.nsga3 import get_extreme_points_c

    theirs = get_extreme_points_c(np.array(values), np.zeros(size))
    assert [scalarised(point, axis) for axis, point in enumerate(ours)] == pytest.approx(
        [scalarised(point, axis) for axis, point in enumerate(theirs.tolist())]
    )
    emo = pytest.importorskip("deap.tools.emo", reason="DEAP is not installed")
    theirs = emo.find_extreme_points(np.array(values), np.zeros(size))
    assert [scalarised(point, axis) for axis, point in enumerate(ours)] == pytest.approx(
        [scalarised(point, axis) for axis, point in enumerate(theirs.tolist())]
    )


@given(populations(st.integers(0, 40), least=3), st.integers(-90, 90))
def test_extreme_points_do_not_depend_on_the_origin_of_the_objectives(values, origin):
    ideal = tuple(map(min, zip(*values, strict=True)))
    moved = [tuple(one + origin for one in value) for value in values]
    expected = [tuple(one + origin for one in point) for point in extreme_points(values, ideal)]
    assert list(extreme_points(moved, tuple(low + origin for low in ideal))) == expected


@given(sizes.flatmap(lambda size: st.lists(st.tuples(*[positions] * size), min_size=size, max_size=size)))
def test_a_hyperplane_through_extreme_points_meets_the_axes_where_pymoo_says(extremes):
    nsga3 = pytest.importorskip("pymoo.algorithms.moo.nsga3", reason="pymoo is not installed")
    import numpy as np

    size = len(extremes)
    assume(abs(np.linalg.det(np.array(extremes))) > 1e-3)
    far = np.full(size, 1e9)
    theirs = nsga3.get_nadir_point(np.array(extremes), np.zeros(size), far, np.full(size, -1.0), far)
    ours = intercepts(extremes, (0.0,) * size)
    fell_back = bool((theirs >= 1e9).any())
    if ours is None:
        assert fell_back or max(theirs) > 1e4
    elif not fell_back:
        assert ours == pytest.approx(theirs.tolist(), rel=1e-4)


@given(st.lists(positions, min_size=2, max_size=5))
def test_a_hyperplane_through_the_axes_meets_them_there(ends):
    extremes = [tuple(end * (at == axis) for at in range(len(ends))) for axis, end in enumerate(ends)]
    assert intercepts(extremes, (0.0,) * len(ends)) == pytest.approx(ends)


@pytest.mark.parametrize(
    "extremes",
    [
        [(1.0, 1.0), (1.0, 1.0)],  # one point for both axes
        [(0.0, 1.0), (0.0, 2.0)],  # both on one axis
        [(1.0, 2.0), (2.0, 4.0)],  # a line through the ideal
        [(1.0, 1.0), (3.0, 2.0)],  # a line that meets an axis below the ideal
        [(0.0, 0.0), (0.0, 0.0)],
    ],
)
def test_extreme_points_without_a_hyperplane_fall_back_on_the_worst_of_the_front(extremes):
    assert intercepts(extremes, (0.0, 0.0)) is None
    front = [(0.0, 4.0), (2.0, 0.0)]
    assert Scale((0.0, 0.0), tuple(extremes)).normalised([(1.0, 1.0), (2.0, 4.0)], front) == [(0.5, 0.25), (1.0, 1.0)]


def test_a_hyperplane_that_meets_the_axes_beyond_all_values_gives_way_to_the_largest_values():
    # The line through the two extreme points meets both axes at 1.5.
    extremes = ((0.5, 1.0), (1.0, 0.5))
    scale = Scale((0.0, 0.0), extremes)
    assert scale.normalised(extremes, extremes) == [(0.5, 1.0), (1.0, 0.5)]
    beyond = scale.normalised([*extremes, (3.0, 3.0)], extremes)
    assert beyond == [pytest.approx(one) for one in [(1 / 3, 2 / 3), (2 / 3, 1 / 3), (2, 2)]]


def test_an_objective_in_which_all_are_equal_is_divided_by_nothing():
    front = [(1.0, 3.0), (1.0, 3.0)]
    assert Scale().seeing(front).normalised(front, front) == [(0.0, 0.0), (0.0, 0.0)]


@given(populations(least=3), st.sampled_from([1e-7, 1e-3, 1.0, 4e7]), st.integers(-9, 9))
def test_the_unit_and_the_origin_of_an_objective_change_nothing(values, unit, origin):
    scaled = [((value[0] + origin) * unit, *value[1:]) for value in values]
    before = Scale().seeing(values).normalised(values, values)
    after = Scale().seeing(scaled).normalised(scaled, scaled)
    assert [pytest.approx(one, abs=1e-6) for one in before] == after


@given(populations(least=2), populations(least=2))
def test_the_ideal_is_never_lost(first, later):
    later = [(value * len(first[0]))[: len(first[0])] for value in later]
    ideal = Scale().seeing(first).seeing(later).ideal
    assert ideal == tuple(map(min, zip(*first, *later, strict=True)))


@given(st.lists(st.lists(positions, min_size=3, max_size=3), min_size=3, max_size=3))
def test_a_solution_solves_its_equations(rows):
    if (solution := solved(rows)) is not None and max(map(abs, solution)) < 1e4:
        for row in rows:
            assert sum(one * its for one, its in zip(row, solution, strict=True)) == pytest.approx(1, abs=1e-6)


niches = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 999).map(lambda number: number / 999)), max_size=20)


@given(niches, niches, st.integers(0, 2**32), st.data())
def test_each_member_taken_fills_one_of_the_emptiest_directions_that_have_any(kept, among, seed, data):
    missing = data.draw(st.integers(0, len(among)))
    taken = niched(kept, among, missing, Random(seed))
    assert len(set(taken)) == len(taken) == missing
    counts, left = Counter(direction for direction, _ in kept), dict(enumerate(among))
    for index in taken:
        direction, distance = among[index]
        assert counts[direction] == min(counts[one] for one, _ in left.values())
        if not counts[direction]:
            assert distance == min(far for one, far in left.values() if one == direction)
        counts[direction] += 1
        del left[index]


def test_of_a_direction_that_has_a_member_any_other_is_taken_and_not_only_the_closest():
    among = [(0, 0.1), (0, 0.2), (0, 0.3)]
    assert {niched([(0, 0.0)], among, 1, Random(seed))[0] for seed in range(50)} == {0, 1, 2}
    assert {niched([], among, 1, Random(seed))[0] for seed in range(50)} == {0}


def test_of_directions_that_are_equally_empty_any_is_filled():
    assert {niched([], [(0, 0.1), (1, 0.1), (2, 0.1)], 1, Random(seed))[0] for seed in range(50)} == {0, 1, 2}


@given(niches, niches, st.integers(0, 2**32), st.data())
def test_directions_are_filled_as_evenly_as_pymoo_and_deap_fill_them(kept, among, seed, data):
    missing = data.draw(st.integers(0, len(among)))
    counts = Counter(direction for direction, _ in kept)
    ours = sorted((counts + Counter(among[index][0] for index in niched(kept, among, missing, Random(seed)))).values())
    pytest.importorskip("pymoo", reason="pymoo is not installed")
    import numpy as np
    from pymoo.algorithms.moo import nsga3

    names, far = np.array([one for one, _ in among], int), np.array([one for _, one in among], float)
    filled = np.array([counts[direction] for direction in range(6)])
    taken = nsga3.niching(range(len(among)), missing, filled, names, far, random_state=np.random.RandomState(0))
    assert len(taken) == missing
    assert sorted(int(count) for count in filled if count) == ours
    emo = pytest.importorskip("deap.tools.emo", reason="DEAP is not installed")
    filled = np.array([counts[direction] for direction in range(6)])
    emo.niching(list(range(len(among))), missing, names, far, filled)
    assert sorted(int(count) for count in filled if count) == ours


def from_line(value, point):
    """Return how far a tuple lies from the line through the origin and a point."""
    along = sum(one * its for one, its in zip(value, point, strict=True)) / sum(its * its for its in point)
    return math.dist(value, [along * its for its in point])


def scalarised(point, axis):
    """Return the achievement scalarising function of an axis."""
    return max(one * (1 if at == axis else 1e6) for at, one in enumerate(point))
