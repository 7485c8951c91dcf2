"""How a stored space differs from the present one, in words, with what to write."""

import fgspace
import pytest
from fgspace.spaces.differences import differences

CONV = {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}


def network(conv=CONV, **more):
    return {"modules": ["conv"], "conv": conv, **more}


def values(**hyper_parameters):
    return {"search_space": hyper_parameters}


@pytest.mark.parametrize(
    ("there", "here", "told"),
    [
        (values(a={"int": [0, 9]}), values(a={"int": [0, 9]}), []),
        (
            values(a={"int": [1, 9]}),
            values(a={"int": [1, 9], "log": True}),
            ["its space's a is int [1, 9], not int [1, 9] log (write {int: [1, 9]} to go on with it)"],
        ),
        (
            values(a={"bits": 4}, b={"float": [0, 1]}),
            values(a={"bits": 4, "at_least": 1}, b={"float": [0, 1, 0.25]}),
            [
                "its space's a is 4 bits, not 4 bits with at least 1 one (write {bits: 4} to go on with it)",
                "its space's b is float [0, 1], not float [0, 1] step 0.25 (write {float: [0.0, 1.0]} to go on with"
                " it)",
            ],
        ),
        (
            values(a={"vector": {"choice": ["x", "y"]}, "length": 2}),
            values(a={"vector": {"choice": ["x", "z"]}, "length": 2}),
            [
                "its space's a is vector of 2, each choice of x, y, not vector of 2, each choice of x, z"
                ' (write {vector: {choice: ["x", "y"]}, length: 2} to go on with it)'
            ],
        ),
        (
            values(a={"choice": [{"type": "A"}, {"type": "B"}]}),
            values(a={"choice": [{"type": "A"}, {"type": "C"}]}),
            ["its space's a is choice of A, B, not choice of A, C"],
        ),
        (
            values(a={"choice": [{"type": "A", "x": 1}, {"type": "B"}]}),
            values(a={"choice": [{"type": "A", "x": 2, "y": [3]}, {"type": "B"}]}),
            ["its space's a.A.x is 1, not 2", "its space's a.A.y is absent, not [3]"],
        ),
        (
            values(a=1, hyper_parameters={"a": [1, 2]}),
            values(a=2, hyper_parameters={"a": [1, 2]}),
            ["its space's a starts at 1, not at 2"],
        ),
        (
            values(a={"int": [0, 9]}, b=[1, 2]),
            values(c={"int": [0, 9]}, b=[1, 3]),
            [
                "its space has hyper-parameter 'a', which is not in this one",
                "its space lacks hyper-parameter 'c'",
                "its space's b is [1, 2], not [1, 3]",
            ],
        ),
        (
            network(),
            network({**CONV, "kernel_size": 3, "padding": 1}),
            ["its space's conv.kernel_size is 1, not 3", "its space's conv.padding is absent, not 1"],
        ),
        (
            network(input_shape=[3, 8, 8]),
            network(input_shape=[3, 16, 16]),
            ["its space's input_shape is [3, 8, 8], not [3, 16, 16]"],
        ),
        (
            values(a={"int": [0, 9]}, forbidden=[{"a": 3}]),
            values(a={"int": [0, 9]}),
            ['its space\'s forbidden is [{"a": 3}], not absent'],
        ),
        (
            values(**{f"x{index}": {"int": [0, 9]} for index in range(8)}),
            values(**{f"x{index}": {"int": [0, 8]} for index in range(8)}),
            [
                *(
                    f"its space's x{index} is int [0, 9], not int [0, 8] (write {{int: [0, 9]}} to go on with it)"
                    for index in range(5)
                ),
                "and 3 further values differ",
            ],
        ),
    ],
)
def test_what_differs_is_told_from_the_side_of_the_stored_space(there, here, told):
    spaces = [fgspace.space(one) for one in (here, there)]
    assert [str(one) for one in differences(*(space.to_json() for space in spaces))] == told
    assert (spaces[0].digest == spaces[1].digest) == (not told)


def test_a_domain_of_another_version_is_shown_as_it_is_stored():
    here = fgspace.space(values(a={"int": [0, 9]})).to_json()
    there = {**here, "hyper_parameters": {"a": {"domain": {"gauss": [0, 1]}, "initial": 0}}}
    assert [str(one) for one in differences(here, there)] == [
        "its space's a is {gauss: [0, 1]}, not int [0, 9] (write {gauss: [0, 1]} to go on with it)"
    ]
