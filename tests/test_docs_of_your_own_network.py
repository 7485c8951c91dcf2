"""The page on networks of a user's own is followed from its first line to its last, and prints what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "your_own_network.md"
BLOCK = re.compile(r"^```(python|yaml|console|)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the page, each named in its first line."""
    folder = tmp_path_factory.mktemp("own")
    for language, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if language in ("python", "yaml"):
            name = text.partition("\n")[0].removeprefix("# ")
            (folder / name).write_text(text.replace("trials: 24", "trials: 2"))  # so that it takes seconds
    return folder


def commands() -> list[tuple[str, list[str]]]:
    """Return the commands of the page in their order, each with the lines that are shown of what it prints."""
    found: list[tuple[str, list[str]]] = []
    for language, text in BLOCK.findall(PAGE.read_text("utf-8")):
        for line in text.splitlines() if language == "console" else ():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.soak
def test_the_commands_of_the_page_work_one_after_the_other(folder: Path) -> None:
    for command, lines in commands():
        kept = sorted((folder / "runs" / "small" / "front").glob("*")) or [folder / "0"]
        done = run(re.sub(r"front/\d+/", f"front/{kept[0].name}/", command), folder)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        printed = done.stdout + done.stderr
        for line in lines:
            assert re.sub(r"front/\d+/", f"front/{kept[0].name}/", line) in printed, command
    _shows_its_error(folder)


def _shows_its_error(folder: Path) -> None:
    """Check that the error of the page is what is printed."""
    (shown,) = (text for language, text in BLOCK.findall(PAGE.read_text("utf-8")) if not language)
    code = (
        'import torch; net = torch.load("mynet.pth"); net["head.weight"] = net["head.weight"][:7];'
        ' net["head.bias"] = net["head.bias"][:7]; torch.save(net, "mynet.pth")'
    )
    whole = (folder / "mynet.pth").read_bytes()
    assert run(f"python -c '{code}'", folder).returncode == 0
    done = run("fgspace build small.yaml -p ./mynet.py", folder)
    (folder / "mynet.pth").write_bytes(whole)
    assert (done.returncode, done.stderr) == (2, shown)
