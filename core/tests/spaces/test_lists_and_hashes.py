"""Points whose keys share a hash, lists among the options of a choice, and options that are domains."""

from random import Random

import fgspace
import pytest
from fgspace import DescriptionError
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.study import Study


def values(hyper_parameters, **described):
    return fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": hyper_parameters, **described})


@pytest.mark.parametrize("algorithm", [RandomSearch, GridSearch])
def test_every_point_is_proposed_though_two_keys_share_a_hash(algorithm):
    study = Study(values({"a": {"int": [-2, 1]}}), algorithm, {"loss": "min"})
    study.run(lambda description: {"loss": description["a"]}, trials=100)
    assert {trial.point["a"] for trial in study.trials} == {-2, -1, 0, 1}


def test_a_point_whose_key_shares_its_hash_with_an_earlier_one_is_evaluated_once_too():
    space = values({"a": {"int": [-2, 9]}})
    study = Study(space, RandomSearch, {"loss": "min"}, initial_points=[{"a": -1}, {"a": -2}, {"a": -2}])
    study.run(lambda description: {"loss": description["a"]}, trials=3)
    assert [trial.duplicate_of for trial in study.trials][:3] == [None, None, 1]


@pytest.mark.parametrize(
    "domain",
    [
        {"choice": [[[1, 2], [3, 4]], [[5]]]},
        {"vector": {"choice": [[1, 2], [3, 4]]}, "length": 2},
        {"vector": {"bits": 2}, "length": 2},
    ],
)
def test_a_space_of_lists_of_lists_can_be_searched(domain):
    study = Study(values({"v": domain}), RandomSearch, {"loss": "min"})
    study.run(lambda description: {"loss": 1.0}, trials=2)
    assert study.evaluated == 2


def test_a_list_may_stand_beside_a_module_among_the_options_of_a_choice():
    for options in ([{"type": "ReLU"}, [2, 3]], [[2, 3], {"type": "ReLU"}]):
        space = values({"a": {"choice": options}})
        assert space.size == 2
        assert space.at({"a": [2, 3]})["a"] == [2, 3]


def test_a_list_among_the_modules_of_a_part_is_refused():
    with pytest.raises(DescriptionError) as raised:
        values({}, modules=["c"], c={"choice": [{"type": "ReLU"}, [1, 2]]})
    assert str(raised.value) == "c: expected every option to be a mapping with type, got [1, 2]"


def test_an_option_of_a_parameters_choice_may_be_a_domain():
    conv = {"type": "Conv2d", "out_channels": 4, "kernel_size": {"choice": [1, {"int": [2, 3]}]}}
    space = values({}, modules=["conv"], conv=conv)
    assert space.size == 3
    assert {space.at(space.sample(Random(seed)))["conv"]["kernel_size"] for seed in range(20)} == {1, 2, 3}
