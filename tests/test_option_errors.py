"""Values that an algorithm or a rule does not take: told by check and by search, with their place in the file."""

import pytest
from fgspace import FgspaceError, Study, space
from fgspace.cli import main

FILE = """\
search_space: {modules: [conv, head], conv: {type: Conv2d, out_channels: {choice: [4, 8]}, kernel_size: 8},
               head: {type: Sequential, modules: [f, l], f: {type: Flatten}, l: {type: Linear, out_features: 10}}}
search_algorithm: ALGORITHM
evaluator: {type: ImageClassification, epochs: 1}
early_stopping: RULE
objectives: {accuracy: max}
"""
RANDOM, HALVING = "{type: RandomSearch}", "{type: SuccessiveHalving}"


@pytest.mark.parametrize("command", ["check", "search"])
@pytest.mark.parametrize(
    ("algorithm", "rule", "message"),
    [
        (
            "{type: RegularizedEvolution, population_size: 4, sample_size: 9}",
            HALVING,
            "3:81: search_algorithm: sample_size must be between 1 and population_size, which is 4; got 9",
        ),
        ("{type: Predictor, candidates: 2}", HALVING, "3:49: search_algorithm: candidates must be at least 4, got 2"),
        ("{type: SANAS, steps: 0}", HALVING, "3:40: search_algorithm: steps must be at least 1, got 0"),
        (
            RANDOM,
            "{type: SuccessiveHalving, eta: 1}",
            "5:48: early_stopping: eta must be at least 2, got 1",
        ),
    ],
)
def test_a_value_that_is_not_taken_is_told_where_it_stands(
    tmp_path, monkeypatch, capsys, command, algorithm, rule, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(FILE.replace("ALGORITHM", algorithm).replace("RULE", rule))
    assert main([command, "a.yaml"]) == 2
    assert capsys.readouterr().err == f"a.yaml:{message}\n"


def test_what_is_taken_is_in_order(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(FILE.replace("ALGORITHM", RANDOM).replace("RULE", HALVING))
    assert main(["check", str(tmp_path / "a.yaml")]) == 0


def test_a_program_is_told_the_same_with_the_name_of_the_type():
    with pytest.raises(FgspaceError) as raised:
        Study(space({"k": {"int": [1, 9]}}), "Predictor", {"a": "max"}, candidates=2)
    assert str(raised.value) == "Predictor: candidates must be at least 4, got 2"
