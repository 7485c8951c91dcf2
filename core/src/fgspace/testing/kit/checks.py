"""The checks of a suite, one by one: what each says, how it is run, and why it does not apply."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from itertools import product
from pathlib import Path
from typing import Any, TypeVar, cast
from warnings import catch_warnings, simplefilter

import pytest

_Test = TypeVar("_Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Check:
    """One check of one type: `of` says of what, `says` what holds, `skipped` why it does not apply (else empty)."""

    of: str
    says: str
    run: Callable[[Path], None]
    skipped: str = ""

    def __str__(self) -> str:
        return f"{self.of}: {self.says}"


def only_if(attribute: str, otherwise: str) -> Callable[[_Test], _Test]:
    """Mark a test of a suite that applies only where an attribute of the suite is true; `otherwise` says why not."""

    def mark(test: _Test) -> _Test:
        @wraps(test)
        def run(self: Any, *args: Any, **kwargs: Any) -> None:
            if not getattr(self, attribute):
                pytest.skip(otherwise)
            test(self, *args, **kwargs)

        run.only_if = (attribute, otherwise)  # type: ignore[attr-defined]
        return cast(_Test, run)

    return mark


def checks_of(suite: Any, of: str) -> Iterator[Check]:
    """Yield the checks of a suite that is made for one type.

    A test gets its arguments from its `pytest.mark.parametrize`, a folder as `tmp_path`, and all others by the method
    `given(name)` of the suite.
    """
    for name, test in _tests(type(suite)).items():
        skipped = _why_not(suite, test)
        for label, arguments in _cases(test):
            sentence = name.removeprefix("test_").replace("_", " ")
            yield Check(of, f"{sentence}{label}", _Run(suite, name, arguments), skipped)


@dataclass(frozen=True)
class _Run:
    suite: Any
    name: str
    arguments: Mapping[str, Any]

    def __call__(self, folder: Path) -> None:
        __tracebackhide__ = True  # pytest shows the test, and not how it was called
        test = getattr(self.suite, self.name)
        others = [name for name in signature(test).parameters if name not in self.arguments]
        given = {name: folder if name == "tmp_path" else self.suite.given(name) for name in others}
        with catch_warnings():
            simplefilter("default", UserWarning)  # a type may warn its users, whatever pytest makes of warnings
            test(**self.arguments, **given)


def _tests(suite: type) -> dict[str, Callable[..., None]]:
    """Return the tests of a suite by name, in the order in which they are written, inherited ones first."""
    named = dict.fromkeys(name for one in reversed(suite.__mro__) for name in vars(one) if name.startswith("test_"))
    return {name: getattr(suite, name) for name in named}


def _why_not(suite: Any, test: Callable[..., None]) -> str:
    """Return why a test does not apply; where the suite cannot tell, the test runs and says what is wrong."""
    attribute, otherwise = getattr(test, "only_if", ("", ""))
    try:
        return "" if not attribute or getattr(suite, attribute) else otherwise
    except Exception:  # of the plugin's code
        return ""


def _cases(test: Callable[..., None]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield label and arguments of every case of a parametrized test; of another test, one case without."""
    marks = [mark.args for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    for values in product(*(of for _, of in marks)):
        arguments = {name: value for (name, _), value in zip(marks, values, strict=True)}
        yield f" [{', '.join(map(str, values))}]" if values else "", arguments
