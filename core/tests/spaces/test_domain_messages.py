"""The messages about domains whose values are of the wrong type."""

import re

import pytest
from fgspace.spaces.domains.syntax import read_domain


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"bits": "8"}, "bits: expected a whole number as length, got '8'"),
        ({"bits": True}, "bits: expected a whole number as length, got True"),
        ({"bits": 8, "ones": 2.5}, "bits: expected a whole number as ones, got 2.5"),
        ({"bits": 8, "at_least": "1"}, "bits: expected a whole number as at_least, got '1'"),
        ({"vector": {"int": [1, 4]}}, "vector: expected a whole number as length, got None"),
        ({"vector": {"int": [1, 4]}, "length": "3"}, "vector: expected a whole number as length, got '3'"),
        ({"tokens": 4}, "tokens: expected the number of values of each token, got 4"),
        ({"tokens": [4, 2.0]}, "tokens: expected the number of values of each token, got [4, 2.0]"),
        ({"bits": 8, "values": 2}, "bits: takes no 'values'; it also takes at_least, ones"),
        ({"float": [0, 1], "base": 2}, "float: takes no 'base'; it also takes log"),
    ],
    ids=str,
)
def test_a_domain_with_a_wrong_value_says_what_it_expects(written, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_domain(written)
