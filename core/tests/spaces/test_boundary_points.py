"""The points of boundary values of a space."""

import fgspace
import pytest
from fgspace.spaces.boundary_points import boundary_points, ends
from fgspace.spaces.domains import Choice, Float, Int, Tokens, Vector, bits

ENDS = [
    (Int(2, 64, 2), 8, [2, 64, 2, 64]),
    (Int(2, 4), 3, [2, 4, 2, 3, 4]),
    (Float(-1, 2), 0.5, [-1, 2, -1, 2]),
    (Choice(tuple("abcdefghijk")), "c", ["a", "k", *"abcdefghijk"]),
    (bits(3), [0, 1, 0], [[0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 1]]),
    (bits(3, ones=1), [0, 1, 0], [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0]]),
    (Tokens((2, 20)), [1, 7], [[0, 0], [1, 19], [0, 7], [1, 7], [1, 0], [1, 19]]),
    (Vector(Int(8, 8), 2), [8, 8], [[8, 8], [8, 8], [8, 8], [8, 8]]),
]


@pytest.mark.parametrize(("domain", "start", "expected"), ENDS, ids=repr)
def test_the_ends_of_a_domain_come_first_and_then_one_token_at_a_time(domain, start, expected):
    found = ends(domain, start, 100)
    assert found == expected
    assert all(map(domain.contains, found))
    assert ends(domain, start, 2) == expected[:2]


def test_a_long_vector_has_only_its_ends():
    found = ends(bits(100_001), [0, 1] * 50_000 + [0], 500)
    assert found == [[0] * 100_001, [1] * 100_001]


def test_single_changes_take_turns_before_the_extremes():
    space = fgspace.space({"a": {"int": [1, 9]}, "b": {"choice": [5, 7]}})
    assert boundary_points(space, 100) == [
        {"a": 1, "b": 5},
        {"a": 9, "b": 5},
        {"a": 1, "b": 7},
        {"a": 9, "b": 7},
    ]
    assert boundary_points(space, 1) == [{"a": 1, "b": 5}]


def test_the_extremes_are_kept_where_there_are_too_many_points():
    space = fgspace.space({f"a{index}": {"int": [1, 100]} for index in range(50)})
    found = boundary_points(space, 10)
    assert len(found) == 9  # all first values are the initial point
    assert found[-1] == dict.fromkeys(space.initial, 100)


def test_what_belongs_to_an_option_is_changed_with_the_option():
    inner = {
        "type": "Repeat",
        "times": {"int": [1, 3]},
        "deep": {"choice": [{"type": "A"}, {"type": "B", "x": [1, 2]}]},
    }
    space = fgspace.space({"a": {"choice": [{"type": "Plain"}, inner]}})
    found = boundary_points(space, 100)
    assert all(map(space.contains, found))
    assert {"a": "Repeat", "a.Repeat.deep": "B", "a.Repeat.times": 1} in found
    assert {"a": "Repeat", "a.Repeat.deep": "A", "a.Repeat.times": 3} in found


def test_forbidden_points_are_left_out():
    space = fgspace.space({"a": {"int": [1, 9]}, "b": {"choice": [5, 7]}, "forbidden": [{"a": 9}]})
    assert boundary_points(space, 100) == [{"a": 1, "b": 5}, {"a": 1, "b": 7}]
