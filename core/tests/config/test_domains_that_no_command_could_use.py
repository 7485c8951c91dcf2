"""Domains that are too large, or whose form holds what it cannot: one located error, whatever the command."""

from random import Random

import pytest
from fgspace import DescriptionError
from fgspace.config.loading import load
from fgspace.documents.reader import read_text


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("{bits: 1000000000}", "bits: expected a length of at most 100,000, got 1,000,000,000"),
        (
            "{vector: {float: [0, 1]}, length: 1000000000}",
            "vector: expected a length of at most 100,000, got 1,000,000,000",
        ),
        (
            "{int: [-9223372036854775808, 9223372036854775807]}",
            "int: expected at most 4,611,686,018,427,387,904 integers, got 18,446,744,073,709,551,616; "
            "bring low and high closer",
        ),
        ("{int: [4, 9, 2]}", "int: 9 is not reached from 4 in steps of 2; write 8 as high"),
    ],
)
def test_a_domain_that_no_command_could_use_is_an_error(domain, message):
    with pytest.raises(DescriptionError) as raised:
        load(read_text(f"search_space:\n  k: {domain}\n", "a.yaml"))
    assert str(raised.value) == f"a.yaml:2:6: k: {message}"


def test_a_list_may_stand_beside_a_list_that_holds_a_domain():
    space = load(read_text("search_space:\n  k: {choice: [[{choice: [0, 1]}, 2], [3, 4]]}\n", "a.yaml")).space
    assert [space.at(point)["k"] for point in space.enumerate()] == [[0, 2], [1, 2], [3, 4]]


def test_the_largest_range_is_counted_and_sampled():
    space = load(read_text("search_space:\n  k: {int: [1, 4611686018427387904]}\n", "a.yaml")).space
    assert space.size == 2**62
    assert 1 <= space.sample(Random(0))["k"] <= 2**62
