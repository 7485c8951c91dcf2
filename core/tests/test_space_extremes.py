"""Domains that hold what a parameter does not take: found at both ends, in every option, in lists within values."""

from typing import Any, Literal

import fgspace
import pytest
from fgspace import DescriptionError, FineGrainedSpace, InWidth, nn


class Picky(FineGrainedSpace):
    """Takes few values."""

    def constructor(
        self,
        inchannel: InWidth,
        one: Literal[1, 2, 3] = 1,
        two: list[Literal[0, 1, 2]] | None = None,
        three: dict[str, int] | None = None,
        four: float = 0.5,
    ) -> None:
        """Set the child."""
        self.conv = nn.Conv2d(inchannel, one, 1)


@pytest.fixture(autouse=True)
def _a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    fgspace.register(Picky)


def make(parameter: str, value: Any) -> fgspace.Space:
    part = {"type": "Picky", parameter: value}
    return fgspace.space({"type": "FineGrainedSpace", "modules": ["part"], "part": part})


def said(parameter: str, value: Any) -> str:
    with pytest.raises(DescriptionError) as raised:
        make(parameter, value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("parameter", "right", "wrong", "shown"),
    [
        ("one", {"int": [1, 3]}, {"int": [1, 4]}, "4"),
        ("one", {"int": [1, 3]}, {"int": [0, 3]}, "0"),
        ("one", {"int": [1, 3, 2]}, {"int": [1, 5, 2]}, "5"),
        ("one", {"choice": [1, 3, 2]}, {"choice": [1, 4, 2]}, "4"),
        ("one", {"choice": [1, 2]}, {"choice": [1, "x"]}, "'x'"),
        ("two", {"vector": {"int": [0, 2]}, "length": 2}, {"vector": {"int": [0, 3]}, "length": 2}, "[3, 3]"),
        ("two", {"vector": {"int": [0, 2]}, "length": 2}, {"vector": {"int": [-1, 2]}, "length": 2}, "[-1, -1]"),
        ("two", {"vector": {"choice": [1, 2]}, "length": 1}, {"vector": {"choice": [1, 5]}, "length": 1}, "[5]"),
        ("two", {"tokens": [3, 2]}, {"tokens": [3, 4]}, "[2, 3]"),
        ("four", {"float": [0, 1]}, {"choice": [0.5, "x"]}, "'x'"),
    ],
)
def test_a_domain_is_refused_with_the_end_or_option_that_the_parameter_does_not_take(parameter, right, wrong, shown):
    assert make(parameter, right).size > 1
    assert said(parameter, wrong).startswith(f"part.{parameter}: expected ")
    assert said(parameter, wrong).endswith(f", but the domain holds {shown}")


@pytest.mark.parametrize(
    ("parameter", "right", "wrong", "shown"),
    [
        ("two", [1, {"int": [0, 2]}], [1, {"int": [0, 3]}], "[1, 3]"),
        ("two", [{"choice": [1, 2]}, {"int": [1, 2]}], [{"choice": [1, 2]}, {"int": [1, 5]}], "[1, 5]"),
        ("two", [{"choice": [1, 2]}, {"int": [1, 2]}], [{"choice": [1, 7]}, {"int": [1, 2]}], "[7, 1]"),
        ("two", [{"choice": [1, {"int": [0, 2]}]}], [{"choice": [1, {"int": [4, 6]}]}], "[4]"),
        ("three", {"x": {"int": [1, 9]}, "y": 2}, {"x": {"choice": [1, "a"]}, "y": 2}, "{'x': 'a', 'y': 2}"),
        ("three", {"x": {"int": [1, 9]}}, {"x": {"float": [1.5, 2]}}, "{'x': 1.5}"),
    ],
)
def test_a_list_or_mapping_that_holds_domains_is_refused_as_it_would_be_filled(parameter, right, wrong, shown):
    assert make(parameter, right).size > 1
    assert said(parameter, wrong).startswith(f"part.{parameter}: expected ")
    assert said(parameter, wrong).endswith(f", got {shown}")
