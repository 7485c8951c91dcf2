"""A file that has changed since its study began: what has, in which line, and how to go on."""

import shlex
from pathlib import Path

import pytest

MINE = ("-p", "./my_blocks.py")
TO_RESUME = "out: to resume it, make the file as it was; to begin a new study"


@pytest.fixture
def said(fgspace, folder):
    """Return what is said where a search of hill.yaml is resumed after its text was replaced; it has a front."""
    (folder / "data.txt").write_text("1")
    assert fgspace("search", "hill.yaml", "--out", "out", "--trials", "2", *MINE).returncode == 0

    def said(*edits):
        text = (folder / "hill.yaml").read_text()
        for before, after in edits:
            assert text.count(before) == 1
            text = text.replace(before, after)
        (folder / "hill.yaml").write_text(text)
        done = fgspace("search", "hill.yaml", "--out", "out", "--resume", *MINE)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr.splitlines()

    return said


WITH_FRONT = f"{TO_RESUME} with its front: fgspace search hill.yaml --from out -p ./my_blocks.py"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "{int: [1, 9]}",
            "{int: [1, 12]}",
            "hill.yaml:4:12: depth is int [1, 9] in the study, and int [1, 12] here"
            " (write {int: [1, 9]} to go on with it)",
        ),
        ("mask: {bits: 4}", "", "hill.yaml:2:3: hyper-parameter 'mask' is searched in the study, and not here"),
        (
            "evaluator.rate: [0.1, 0.2]",
            "evaluator.rate: [0.1, 0.2]\n    width: [3, 4]",
            "hill.yaml:7:12: hyper-parameter 'width' is searched here, and not in the study",
        ),
        ("top: 7", "top: 6", "hill.yaml:7:30: evaluator.top is 7 in the study, and 6 here"),
        (
            "{score: max, size: min}",
            "{score: max}",
            "hill.yaml:8:13: objectives are"
            """ {"score": "max", "size": "min"} in the study, and {"score": "max"} here""",
        ),
        ("seed: 3", "seed: 4", "hill.yaml:10:7: seed is 3 in the study, and 4 here"),
        (
            "budget:",
            "constraints: {size: {max: 50}}\nbudget:",
            """hill.yaml:9:14: constraints are {} in the study, and {"size": {"max": 50}} here""",
        ),
        (
            "seed: 3",
            "seed: 3\ndeterministic: 2",
            "hill.yaml:11:16: look-back (deterministic) is absent in the study, and 2 here",
        ),
        (
            "seed: 3",
            "seed: 3\ninitial_points: [{depth: 2}]",
            "hill.yaml:11:18: initial_points[0] is not in the study",
        ),
        (
            "type: FineGrainedSpace",
            "type: FineGrainedSpace\n  kept: 3",
            "hill.yaml:3:9: kept is absent in the study, and 3 here",
        ),
    ],
)
def test_what_has_changed_is_told_with_its_line(said, before, after, message):
    assert said((before, after)) == [message, WITH_FRONT]


def test_several_changes_are_told_in_the_order_of_the_file(said):
    assert said(("seed: 3", "seed: 4"), ("top: 7", "top: 6"), ("[0.1, 0.2]", "[0.1, 0.3]")) == [
        "hill.yaml:6:21: evaluator.rate is choice of 0.1, 0.2 in the study, and choice of 0.1, 0.3 here"
        " (write {choice: [0.1, 0.2]} to go on with it)",
        "hill.yaml:7:30: evaluator.top is 7 in the study, and 6 here",
        "hill.yaml:10:7: seed is 3 in the study, and 4 here",
        WITH_FRONT,
    ]


def test_data_that_have_changed_are_told_at_the_evaluator(said, folder):
    (folder / "data.txt").write_text("2")
    first, *_ = said()
    assert first.startswith("hill.yaml:7:12: data's digest is ")


def test_the_command_that_is_offered_works(fgspace, said, folder):
    *_, offered = said(("{int: [1, 9]}", "{int: [1, 12]}"))
    assert offered == WITH_FRONT
    _, *words = shlex.split(offered.rpartition(": ")[2])
    done = fgspace(*words, "--trials", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(folder, "runs", "hill", "study.db").exists()


def test_a_front_of_which_nothing_fits_is_not_offered(said):
    text = "depth: {int: [1, 9]}\n    mask: {bits: 4}\n    evaluator.rate: [0.1, 0.2]"
    *changes, offered = said((text, "deepness: {int: [1, 9]}"))
    assert len(changes) == 4, changes
    assert offered == f"{TO_RESUME}, leave --resume out"
