"""Equal candidates of a list are one, and the user is told which."""

import warnings

import pytest
from fgspace.config.loading import load
from fgspace.documents.reader import read_text

CONV = """\
search_space:
  modules: [a]
  hyper_parameters:
    a.{}
  a: {{type: Conv2d, out_channels: 8, kernel_size: {}}}
"""


def told(path: str, candidates: str, described: str = "3"):
    """Return the domain that a list is read as, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        space = load(read_text(CONV.format(f"{path}: {candidates}", described), "a.yaml")).space
    return space.hyper_parameters[f"a.{path}"], [str(one.message) for one in caught]


@pytest.mark.parametrize(
    ("path", "candidates", "size", "warned"),
    [
        (
            "stride",
            "[1, 1.0, true]",
            1,
            [
                "a.yaml:4:19: a.stride: 1.0 is the same candidate as 1 before it; leave one out",
                "a.yaml:4:24: a.stride: True is the same candidate as 1 before it; leave one out",
            ],
        ),
        ("stride", "[3, 3, 5]", 2, ["a.yaml:4:19: a.stride: 3 is the same candidate as 3 before it; leave one out"]),
        ("bias", "[true, false]", 2, []),
    ],
)
def test_each_candidate_that_equals_one_before_is_told(path, candidates, size, warned):
    domain, said = told(path, candidates)
    assert (domain.size, said) == (size, warned)


def test_a_list_to_start_from_may_repeat_itself_but_not_in_another_type():
    assert told("kernel_size", "[3, 3]", "[1, 1]")[1] == []
    assert told("kernel_size", "[1, true]", "[1, 1]")[1] == [
        "a.yaml:4:24: a.kernel_size: True is the same candidate as 1 before it; leave one out"
    ]
