"""How every test of the workspace runs: the same examples each time, whatever the speed of the machine."""

import signal
from importlib.util import find_spec

import pytest
from hypothesis import settings

settings.register_profile("workspace", derandomize=True, deadline=None)
settings.load_profile("workspace")

# A command in the background, or under nohup, ignores Ctrl-C, and so would the searches that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests with types of plugins that are not installed, since each package is tested beside core alone, too."""
    for item in items:
        wanted = dict.fromkeys(name for mark in item.iter_markers("needs") for name in mark.args)
        if absent := [f"fgspace-plugin-{name}" for name in wanted if find_spec(f"fgspace_{name}") is None]:
            item.add_marker(pytest.mark.skip(reason=f"{' and '.join(absent)} is not installed"))
