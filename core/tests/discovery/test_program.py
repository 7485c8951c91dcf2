"""Types that a program registers, and modules that the command imports."""

import sys

import pytest
from fgspace import FgspaceError, register
from fgspace.plugins.registry import load_registry
from fgspace.study.algorithms.algorithm import Algorithm


def test_a_class_or_function_is_registered_under_its_own_name_or_a_given_one():
    @register
    class Squeeze:
        """Squeezes.

        More of it.
        """

    @register("Widen")
    def wide() -> None: ...

    register("Narrow", wide)
    registry = load_registry()
    squeeze = registry.get("module", "Squeeze")
    assert squeeze.load() is Squeeze
    assert (squeeze.name, str(squeeze.origin), squeeze.summary) == ("program/Squeeze", "this program", "Squeezes.")
    assert registry.get("module", "Widen").load() is registry.get("module", "program/Narrow").load() is wide


def test_the_kind_is_that_of_the_class_or_the_one_given():
    @register
    class Climb(Algorithm):
        pass

    @register(kind="search_space")
    class Tokens:
        pass

    registry = load_registry()
    assert registry.get("algorithm", "Climb").load() is Climb
    assert registry.get("search_space", "Tokens").load() is Tokens


def test_a_name_that_exists_already_is_refused_but_the_same_thing_again_is_not():
    def taken() -> None: ...

    def other() -> None: ...

    register("Taken", taken)
    assert register("Taken", taken) is taken
    with pytest.raises(FgspaceError) as raised:
        register("Taken", other)
    owner = "test_a_name_that_exists_already_is_refused_but_the_same_thing_again_is_not.<locals>.taken"
    assert str(raised.value) == (
        f"module type 'Taken' is registered already, by {__name__}.{owner}; choose another name"
    )
    assert load_registry().get("module", "Taken").load() is taken


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("Conv2d", None, "module type 'Conv2d' is registered already, by core; choose another name"),
        ("a/b", None, "'a/b' is no name for a module type: write a word without spaces and '/'"),
        ("A", "modul", "unknown kind 'modul'; did you mean 'module'?"),
    ],
)
def test_a_name_or_kind_that_cannot_be_is_refused(name, kind, message):
    with pytest.raises(FgspaceError) as raised:
        register(name, object, kind=kind)
    assert str(raised.value) == message


def test_a_thing_that_cannot_be_called_is_refused():
    with pytest.raises(FgspaceError) as raised:
        register("Seven", 7)
    assert str(raised.value) == "module type 'Seven' must be a class or a function, got 7"


@pytest.mark.parametrize("written", ["my_blocks", "./my_blocks.py", "my_blocks.py"])
def test_modules_are_imported_first_by_name_or_path(tmp_path, monkeypatch, written):
    unique = f"my_blocks_{abs(hash(written))}"
    (tmp_path / f"{unique}.py").write_text(f"import fgspace\n\n@fgspace.register\nclass {unique.title()}: ...\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    registry = load_registry(modules=[written.replace("my_blocks", unique)])
    assert registry.get("module", unique.title()).load().__module__ == unique


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("nonsuch", "-p nonsuch: No module named 'nonsuch'"),
        ("./nonsuch.py", "-p ./nonsuch.py: there is no such file"),
        ("wrong.py", "-p wrong.py: invalid syntax (wrong.py, line 1)"),
        ("json.py", "-p json.py: a module 'json' is imported already, from elsewhere; name the file otherwise"),
    ],
)
def test_a_module_that_cannot_be_imported_is_an_error(tmp_path, monkeypatch, written, message):
    (tmp_path / "wrong.py").write_text("def (:")
    (tmp_path / "json.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(FgspaceError) as raised:
        load_registry(modules=[written])
    assert str(raised.value) == message
