"""The programs of docs/spaces.md run, one after the other, and print the output that the page shows."""

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "spaces.md"
BLOCKS = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


def test_the_programs_of_the_page_print_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    namespace: dict[str, object] = {"__name__": "page"}
    said, printed = [], []
    for program, output in BLOCKS.findall(PAGE.read_text(encoding="utf-8")):
        with contextlib.redirect_stdout(io.StringIO()) as written:
            exec(program, namespace)
        said.append(output)
        printed.append(written.getvalue())
    assert printed == said
    assert len(said) > 5
