"""Spaces and studies can be pickled and compared, and have a readable repr."""

import pickle

import fgspace
import pytest
from fgspace import Study

TABLE = {"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 9]}, "b": {"choice": [1, 2, 3]}}}
NETWORK = {
    "type": "FineGrainedSpace",
    "modules": ["stem", "act"],
    "stem": {"type": "Conv2d", "out_channels": {"int": [4, 16]}, "kernel_size": 3},
    "act": {"choice": [{"type": "ReLU"}, {"type": "LeakyReLU", "negative_slope": {"float": [0.01, 0.3]}}]},
}


def loss(description):
    return {"loss": (description["a"] - 3) ** 2 + description["b"]}


@pytest.mark.parametrize("described", [TABLE, NETWORK])
def test_two_spaces_of_one_description_are_equal_and_a_pickled_one_is_too(described):
    space, again = fgspace.space(described), fgspace.space(described)
    assert space == again == pickle.loads(pickle.dumps(space))
    assert len({space, again}) == 1
    assert pickle.loads(pickle.dumps(space)).cost() == space.cost()


def test_spaces_that_differ_in_a_domain_are_not_equal():
    other = {**TABLE, "hyper_parameters": {**TABLE["hyper_parameters"], "a": {"int": [0, 8]}}}
    assert fgspace.space(TABLE) != fgspace.space(other)
    assert fgspace.space(TABLE) != TABLE


@pytest.mark.parametrize("algorithm", ["GridSearch", "RandomSearch"])
@pytest.mark.parametrize("deterministic", [None, 2])
def test_a_pickled_study_goes_on_as_the_study_itself(algorithm, deterministic):
    study = Study(fgspace.space(TABLE), algorithm, {"loss": "min"}, seed=3, deterministic=deterministic)
    study.run(loss, 8)
    running = study.ask()
    again = pickle.loads(pickle.dumps(study))
    assert list(again.trials) == list(study.trials)
    study.tell(running, loss(study.space.at(running.point)))
    study.run(loss, 14)
    again.run(loss, 14)
    assert [(one.point, one.metrics) for one in again.trials] == [(one.point, one.metrics) for one in study.trials]


def test_a_pickled_study_on_disk_opens_its_store_again(tmp_path):
    study = Study(fgspace.space(TABLE), "RandomSearch", {"loss": "min"}, store=tmp_path)
    study.run(loss, 5)
    pickled = pickle.dumps(study)
    study.close()
    again = pickle.loads(pickled)
    assert list(again.trials) == list(study.open(tmp_path).trials)
    again.close()


def test_spaces_studies_and_results_say_what_they_are(tmp_path):
    space = fgspace.space(TABLE)
    assert repr(space) == f"<Space {space.digest}: 2 hyper-parameters, 30 points>"
    study = Study(space, "GridSearch", {"loss": "min"}, store=tmp_path)
    study.run(loss, 5)
    assert repr(study) == f"<Study of space {space.digest}: GridSearch, loss min; 5 trials, 1 on the front>"
    study.close()
    assert repr(Study.open(tmp_path)) == f"<Results of {str(tmp_path)!r}: 5 trials, 1 on the front>"


def test_a_continuous_space_says_that_it_is_without_end():
    space = fgspace.space(NETWORK)
    assert repr(space) == f"<Space {space.digest}: 3 hyper-parameters, inf points>"
