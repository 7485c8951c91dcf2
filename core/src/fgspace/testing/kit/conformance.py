"""Makes the test of a plugin's conformance, which pytest runs check by check."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fgspace.plugins.registry import load_registry
from fgspace.testing.kit.checks import Check
from fgspace.testing.kit.plan import NOTHING, Plan, plan_of


def conformance(plugin: str, *, without: Mapping[str, str] = NOTHING) -> Callable[..., None]:
    """Return a test that checks everything that an installed plugin provides.

        from fgspace.testing import conformance

        test = conformance("acme")

    Each check is a test of its own. The last prints how many there were, and what was skipped and why; it fails where
    a type has fewer checks than its kind promises.

    Args:
        plugin: the name of its entry point.
        without: what is left out, each with the reason: the name of a type ("Squeeze"), or one check of it
            ("Squeeze: it can be exported").
    """
    plan = plan_of(plugin, load_registry(), without)
    checks = [*map(_parameter, plan.checks), pytest.param(_Summary(plan), id="summary")]

    @pytest.mark.parametrize("check", checks)
    def test(check: Check | _Summary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        __tracebackhide__ = True
        if isinstance(check, _Summary):
            with capsys.disabled():
                print(f"\n{check.plan.summary()}")
            return
        check.run(tmp_path)

    return test


class _Summary:
    """Stands for the last test, which prints what the plan holds; the plan's files are kept with it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def _parameter(check: Check) -> Any:
    marks = [pytest.mark.skip(reason=check.skipped)] if check.skipped else []
    return pytest.param(check, id=str(check), marks=marks)
