"""The identity of a stored study: moved types count as the same, and differences are reported."""

from dataclasses import replace

import pytest
from fgspace.documents.digest import digest
from fgspace.study.identity import Identity

SPACE = {"description": {"type": "acme/Block", "width": {"hyper_parameter": "width"}}, "input_shape": [3, 8, 8]}
STORED = Identity(
    space=SPACE,
    digest=digest(SPACE),
    paths=("width",),
    algorithm="Walk",
    target="acme.walk:Walk",
    options={"steps": 3},
    objectives={"loss": "min", "macs": "min"},
    seed=1,
    origins={"acme/Block": "acme 1.0", "acme/Depth": "acme 1.0", "other/Data": "other 1.0"},
    evaluator={"type": "acme/Depth", "dataset": {"type": "other/Data", "root": "here"}},
    early_stopping={"type": "acme.rules:Ahead", "metric": None},
)
RENAMED = {
    "acme/Block": "beta/Block",
    "acme/Depth": "beta/Depth",
    "acme.walk:Walk": "beta.algorithms:Walk",
    "acme.rules:Ahead": "beta.rules:Ahead",
}
MOVED_SPACE = {**SPACE, "description": {**SPACE["description"], "type": "beta/Block"}}
MOVED = replace(
    STORED,
    space=MOVED_SPACE,
    digest=digest(MOVED_SPACE),
    target="beta.algorithms:Walk",
    origins={"beta/Block": "beta 2.0", "beta/Depth": "beta 2.0", "other/Data": "other 1.0"},
    evaluator={"type": "beta/Depth", "dataset": {"type": "other/Data", "root": "here"}},
    early_stopping={"type": "beta.rules:Ahead", "metric": None},
    renamed=RENAMED,
)


def told(differences):
    """Return differences in words."""
    return [str(difference) for difference in differences]


def test_a_study_whose_types_have_moved_is_the_same():
    assert told(MOVED.differences(STORED)) == []


def test_a_study_that_was_begun_after_the_move_is_the_same():
    assert told(MOVED.differences(replace(MOVED, renamed={}))) == []


def test_which_names_were_given_up_is_not_stored_and_makes_no_other_study():
    assert "renamed" not in MOVED.to_json()
    assert Identity.from_json(MOVED.to_json()) == MOVED


def test_without_a_word_of_the_move_everything_that_moved_differs():
    assert told(replace(MOVED, renamed={}).differences(STORED)) == [
        f"its space has digest {STORED.digest}, not {MOVED.digest}",
        "its space's type is acme/Block, not beta/Block",
        "its algorithm is acme.walk:Walk, not beta.algorithms:Walk",
        "its evaluator is acme/Depth, not beta/Depth",
        "its early_stopping is acme.rules:Ahead, not beta.rules:Ahead",
        "its acme/Block came from acme 1.0, not absent",
        "its acme/Depth came from acme 1.0, not absent",
        "its beta/Block came from absent, not beta 2.0",
        "its beta/Depth came from absent, not beta 2.0",
    ]


WIDER = {**MOVED_SPACE, "input_shape": [3, 9, 9]}


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            {"space": WIDER, "digest": digest(WIDER)},
            [
                f"its space has digest {STORED.digest}, not {digest(WIDER)}",
                "its space's input_shape is [3, 8, 8], not [3, 9, 9]",
            ],
        ),
        ({"target": "beta.algorithms:Run"}, "its algorithm is beta.algorithms:Walk, not beta.algorithms:Run"),
        ({"options": {"steps": 4}}, "its search_algorithm.steps is 3, not 4"),
        (
            {"objectives": {"macs": "min", "loss": "min"}},
            'its objectives are {"loss": "min", "macs": "min"}, not {"macs": "min", "loss": "min"}',
        ),
        ({"constraints": {"macs": {"max": 9}}}, 'its constraints are {}, not {"macs": {"max": 9}}'),
        ({"seed": 2}, "its seed is 1, not 2"),
        (
            {"evaluator": {"type": "beta/Depth"}},
            'its evaluator.dataset is {"type": "other/Data", "root": "here"}, not absent',
        ),
        ({"early_stopping": {}}, "its early_stopping is beta.rules:Ahead, not absent"),
        ({"deterministic": 3}, "its look-back (deterministic) is absent, not 3"),
        ({"data": "0f"}, "its data's digest is absent, not 0f"),
        (
            {"origins": {**MOVED.origins, "other/Data": "other 1.1"}},
            "its other/Data came from other 1.0, not other 1.1",
        ),
    ],
)
def test_what_differs_besides_a_move_is_told_by_its_present_name(change, difference):
    expected = difference if isinstance(difference, list) else [difference]
    assert told(replace(MOVED, **change).differences(STORED)) == expected


def test_a_later_version_of_what_moved_long_ago_is_told():
    later = replace(MOVED, origins={**MOVED.origins, "beta/Depth": "beta 3.0"})
    assert told(later.differences(replace(MOVED, renamed={}))) == ["its beta/Depth came from beta 2.0, not beta 3.0"]


def test_a_study_of_the_former_types_goes_on_with_them_while_they_are_there():
    assert told(replace(STORED, renamed=RENAMED).differences(STORED)) == []
    later = replace(STORED, renamed=RENAMED, origins={**STORED.origins, "acme/Depth": "acme 1.1"})
    assert told(later.differences(STORED)) == ["its acme/Depth came from acme 1.0, not acme 1.1"]
