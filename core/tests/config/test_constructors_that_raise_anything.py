"""Whatever the constructor of an evaluator, an algorithm or a space raises is an error of its section."""

import re
from pathlib import Path

import fgspace
import pytest
from fgspace.config.loading import load
from fgspace.errors import FgspaceError
from fgspace.plugins.registry import load_registry


class Forgetful:
    """An evaluator that raises when it is made, or when it is prepared."""

    metrics = ("score",)

    def __init__(self, when: str = "made"):
        self.when = when
        if when == "made":
            raise KeyError("when")

    def prepare(self):
        return {}[self.when]

    def __call__(self, description):
        return {"score": 1.0}


class Divider(fgspace.Algorithm):
    """An algorithm that divides by one of its options."""

    def __init__(self, space, objectives, *, seed=0, parts: int = 0):
        self.share = 1 / parts

    def propose(self, *_):
        return {}


class Halting(fgspace.EarlyStopping):
    """A rule that looks for what is not there."""

    def __init__(self, objectives, name: str = "x"):
        getattr(self, name)

    def check(self, trial):
        return None

    def learn(self, trial):
        return None


@fgspace.register(kind="search_space")
class Listless(fgspace.DescribedSpace):
    """A space whose description fails."""

    def description(self):
        return [][3]

    def hyper_parameters(self):
        return {}


@pytest.fixture
def registry():
    fgspace.register(Forgetful, kind="evaluator")
    fgspace.register(Divider, kind="algorithm")
    return load_registry()


def lineless(error):
    return re.sub(r"\.py:\d+", ".py:LINE", str(error))


def test_an_evaluator_that_raises_is_said_at_its_section(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "search_space: {a: {int: [1, 4]}}\nevaluator: {type: Forgetful, when: %s}\n"
    Path("made.yaml").write_text(text % "made")
    with pytest.raises(FgspaceError) as caught:
        load("made.yaml", registry=registry)
    here = "(test_constructors_that_raise_anything.py:LINE)"
    assert lineless(caught.value) == f"made.yaml:2:12: evaluator: KeyError: 'when' {here}"
    Path("prepared.yaml").write_text(text % "prepared")
    with pytest.raises(FgspaceError) as caught:
        load("prepared.yaml", registry=registry).make_evaluator()
    assert lineless(caught.value) == f"prepared.yaml:2:12: evaluator: KeyError: 'prepared' {here}"


def test_an_algorithm_or_a_rule_that_raises_is_said_by_its_name():
    space = fgspace.space({"a": {"int": [1, 4]}})
    here = "(test_constructors_that_raise_anything.py:LINE)"
    with pytest.raises(FgspaceError) as caught:
        fgspace.Study(space, Divider, {"score": "max"}).run(lambda description: {"score": 1.0}, trials=1)
    assert lineless(caught.value) == f"Divider: ZeroDivisionError: division by zero {here}"
    with pytest.raises(FgspaceError) as caught:
        fgspace.Study(space, "RandomSearch", {"score": "max"}, early_stopping={"type": Halting}).run(
            lambda description, report: {"score": 1.0}, trials=1
        )
    assert lineless(caught.value) == f"Halting: AttributeError: 'Halting' object has no attribute 'x' {here}"


def test_a_space_whose_description_fails_is_said_at_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("space.yaml").write_text("search_space:\n  type: Listless\n")
    with pytest.raises(FgspaceError) as caught:
        load("space.yaml", registry=load_registry())
    assert lineless(caught.value) == (
        "space.yaml:2:3: Listless: IndexError: list index out of range (test_constructors_that_raise_anything.py:LINE)"
    )
