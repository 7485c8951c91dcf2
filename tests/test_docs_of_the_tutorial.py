"""The tutorial is followed from its first line to its last, and prints what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(python|yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.soak
def test_the_tutorial_works_step_by_step(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
    for language, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if language != "console":  # shorter, so that it takes a minute
            (tmp_path / text.partition("\n")[0].removeprefix("# ")).write_text(text.replace("trials: 12", "trials: 2"))
            continue
        for command, lines in steps(text):
            trained = next((tmp_path / "runs" / "digits").glob("trained/*"), tmp_path / "1").name
            run = re.sub(r"trained/\d+/", f"trained/{trained}/", command).replace("--epochs 20", "--epochs 2")
            done = subprocess.run(
                ["bash", "-c", run], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            assert [line for line in lines if line not in done.stdout + done.stderr] == [], command


def steps(text: str) -> list[tuple[str, list[str]]]:
    """Return the commands of a block, each with the lines that are shown of what it prints."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found
