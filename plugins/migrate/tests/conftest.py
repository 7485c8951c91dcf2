"""Runs commands of fgspace in this process, and converts files into a folder of the test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fgspace.cli import main

FILES = Path(__file__).parent / "files"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command, and returns its status, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def converted(command: Any, tmp_path: Path) -> Callable[[str], tuple[Path, str]]:
    """Return a function that converts one of the files, and returns the new file and the notes."""

    def convert(name: str) -> tuple[Path, str]:
        new = tmp_path / "new.yaml"
        status, _, notes = command("convert", FILES / name, "--out", new, "--force")
        assert status == 0
        return new, notes.replace(f"{FILES / name}:", "")

    return convert
