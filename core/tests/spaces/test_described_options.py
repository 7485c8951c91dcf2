"""A choice under hyper_parameters starts at the option that is described, with the values described."""

import fgspace
import pytest
from fgspace.spaces.differences import differences

LEAKY = {"type": "LeakyReLU", "negative_slope": {"float": [0.01, 0.3]}}
INNER = {"type": "Sequential", "modules": ["x"], "x": {"choice": [{"type": "Tanh"}, {"type": "SiLU"}]}}


def initial(described, domain, part="act"):
    return fgspace.space({"modules": [part], "hyper_parameters": {part: domain}, part: described}).initial


@pytest.mark.parametrize(
    ("described", "options", "start"),
    [
        ({"type": "SiLU"}, [{"type": "ReLU"}, {"type": "SiLU"}], {"act": "SiLU"}),
        ({"type": "ReLU"}, [{"type": "ReLU"}, {"type": "SiLU"}], {"act": "ReLU"}),
        ({"type": "Tanh"}, [{"type": "ReLU"}, {"type": "SiLU"}], {"act": "ReLU"}),
        (
            {"type": "LeakyReLU", "negative_slope": 0.2},
            [{"type": "ReLU"}, LEAKY],
            {"act": "LeakyReLU", "act.LeakyReLU.negative_slope": 0.2},
        ),
        ({"type": "LeakyReLU"}, [{"type": "ReLU"}, LEAKY], {"act": "LeakyReLU", "act.LeakyReLU.negative_slope": 0.01}),
        (
            {"type": "LeakyReLU", "negative_slope": 0.5},
            [{"type": "ReLU"}, LEAKY],
            {"act": "LeakyReLU", "act.LeakyReLU.negative_slope": 0.01},
        ),
        (
            {"type": "LeakyReLU", "negative_slope": 0.1},
            [{"type": "LeakyReLU"}, {"type": "LeakyReLU", "negative_slope": 0.1}],
            {"act": "LeakyReLU#1"},
        ),
        (
            {"type": "Sequential", "modules": ["x"], "x": {"type": "SiLU"}},
            [{"type": "ReLU"}, INNER],
            {"act": "Sequential", "act.Sequential.x": "SiLU"},
        ),
    ],
    ids=["second", "first", "none", "with a value", "without it", "out of range", "of one type", "in an option"],
)
@pytest.mark.parametrize("form", [list, lambda options: {"choice": options}], ids=["candidates", "choice"])
def test_a_choice_starts_at_the_option_that_is_described(described, options, start, form):
    assert initial(described, form(options)) == start


def test_each_element_of_a_vector_starts_at_its_option():
    acts = {"vector": {"choice": [{"type": "ReLU"}, LEAKY]}, "length": 2}
    described = {"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": 0.2}
    space = fgspace.space({"acts": list(described), "hyper_parameters": {"acts": acts}})
    assert space.initial == {"acts.0": "ReLU", "acts.1": "LeakyReLU", "acts.1.LeakyReLU.negative_slope": 0.2}


def test_a_mapping_of_the_evaluator_starts_at_what_is_described():
    sgd = {"type": "SGD", "lr": 0.1, "momentum": {"float": [0.0, 0.99]}}
    space = fgspace.space(
        {
            "search_space": {
                "modules": ["a"],
                "a": {"type": "Conv2d", "out_channels": 2, "kernel_size": 3},
                "hyper_parameters": {"evaluator.optimizer": [{"type": "Adam", "lr": 0.01}, sgd]},
            },
            "evaluator": {"type": "ImageClassification", "optimizer": {**sgd, "momentum": 0.9}},
        }
    )
    assert space.initial == {"evaluator.optimizer": "SGD", "evaluator.optimizer.SGD.momentum": 0.9}


def test_a_choice_in_place_starts_at_its_first_option():
    assert fgspace.space({"k": {"choice": [3, None, 5]}}).initial == {"k": 3}


def test_a_study_that_started_elsewhere_is_told_in_words():
    here = fgspace.space(
        {"modules": ["act"], "hyper_parameters": {"act": [{"type": "ReLU"}, {"type": "SiLU"}]}, "act": {"type": "SiLU"}}
    ).to_json()
    there = {**here, "hyper_parameters": {"act": {**here["hyper_parameters"]["act"], "initial": "ReLU"}}}
    assert [str(one) for one in differences(here, there)] == ["its space's act starts at ReLU, not at SiLU"]
