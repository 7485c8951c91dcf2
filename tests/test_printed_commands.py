"""Every command that a command prints works as it stands: for each example and each kind of space, in a shell."""
# ruff: noqa: E501 - a file in one line

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRINTED = re.compile(r": (fgspace [a-z]+ .+)$", re.MULTILINE)
"""What a line offers: the command after its last colon."""
FOLDER = "my runs, $1's"
Ran = "subprocess.CompletedProcess[str]"

TRAINED = "evaluator: {type: ImageClassification, epochs: 1}\nobjectives: {accuracy: max}\n"
PRUNED = "evaluator: {type: CompressedClassification, epochs: 1}\nobjectives: {accuracy: max}\n"
COUNTED = "evaluator: {type: Size}\nobjectives: {size: min}\n"
SIZE = '''
"""An evaluator that trains nothing, a block and a token space of a user's own."""

import fgspace
import torch
from fgspace import FineGrainedSpace, InWidth, nn


@fgspace.register(kind="evaluator")
class Size:
    """Counts the values that a description names."""

    metrics = ("size",)

    def __init__(self, *, folder=None):
        self.folder = folder

    def __call__(self, description):
        network = {name: value for name, value in description.items() if name != "evaluator"}
        if self.folder is not None and "modules" in network:
            self.folder.mkdir(exist_ok=True)
            model = fgspace.build(network, input_shape=(3, 32, 32))
            torch.save(model.state_dict(), self.folder / f"{fgspace.digest(description)}.pt")
        return {"size": len(str(description))}


@fgspace.register
class Wide(FineGrainedSpace):
    """One convolution."""

    def constructor(self, inchannel: InWidth, width: int):
        self.conv = nn.Conv2d(inchannel, width, 1)


@fgspace.register
class Widths(fgspace.TokenSpace):
    """Convolutions in a row."""

    def __init__(self, depth: int = 2):
        self.depth = depth

    def init_tokens(self):
        return [0] * self.depth

    def range_table(self):
        return [3] * self.depth

    def token2arch(self, tokens):
        parts = {f"part{index}": {"type": "Wide", "width": 4 + 2 * token} for index, token in enumerate(tokens)}
        return {"type": "FineGrainedSpace", "modules": list(parts), **parts}
'''
KINDS = {
    "token space": "search_space: {type: Widths}\n" + COUNTED,
    "token space of a plugin": "search_space: {type: MobileNetV2BlockSpace, block_mask: [0, 1], num_class: 10}\n" + TRAINED,
    "chain": "search_space: [{type: Widths}, {type: Widths, depth: 1}]\n" + COUNTED,
    "modules": "search_space: {modules: [a], a: {type: Wide, width: {choice: [4, 8]}}}\n" + COUNTED,
    "parts in parts": (
        "search_space: {modules: [a, b], a: {type: Widths}, b: {choice: [{type: ReLU}, {type: Wide, width: 3}]}}\n"
        + COUNTED
    ),
    "space without modules": "search_space: {depth: {int: [1, 9]}, mask: {bits: 4}}\n" + COUNTED,
    "process parts": (
        "search_space: {modules: [net, prune, quant], net: {type: Sequential, modules: [c, f, l], c: {type: Conv2d,"
        " out_channels: 4, kernel_size: 5}, f: {type: Flatten}, l: {type: Linear, out_features: 10}},"
        " prune: {type: Prune, ratios: {choice: [0.25, 0.5]}}, quant: {type: Quant}}\n" + PRUNED
    ),
    "another input": (
        "search_space: {input_shape: [1, 6, 6], modules: [a], a: {type: Conv2d, out_channels: {choice: [4, 8]},"
        " kernel_size: 3}}\nevaluator: {type: Size}\nobjectives: {macs: min}\n"
    ),
}  # fmt: skip
MINE = ("-p", "./my types.py")


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Ran]:
    """Return what runs a command in a shell in a folder of files whose names need quoting."""
    (tmp_path / "my types.py").write_text(SIZE)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}

    def run(command: str) -> Ran:
        return subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )

    return run


@pytest.fixture
def fgspace(shell, tmp_path: Path) -> Callable[..., Ran]:
    """Return what runs `fgspace` with these arguments, and fails where it does not exit as expected."""
    from fgspace.documents.shell import command

    def run(*arguments: str | Path, status: int = 0) -> Ran:
        done = shell(command("fgspace", *arguments))
        assert done.returncode == status, done.stderr
        return done

    return run


def offered(done: Ran) -> list[str]:
    """Return the commands that a command printed."""
    return PRINTED.findall(done.stdout) + PRINTED.findall(done.stderr)


def works(shell: Callable[..., Ran], command: str) -> None:
    done = shell(command)
    assert done.returncode == 0, f"{command}\n{done.stderr}"


def small(text: str) -> str:
    """Return an example with one pass over the data, so that it takes seconds."""
    return re.sub(r"epochs: \d+", "epochs: 1", re.sub(r"min_epochs: \d+ .*", "", text))


EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.yaml"))


LONG = {*KINDS} - {"modules"}
"""The kinds of space that are only searched where there is time."""


@pytest.mark.soak
@pytest.mark.parametrize("name", EXAMPLES)
def test_what_a_search_of_an_example_prints_works(fgspace, shell, tmp_path, name):
    text = (ROOT / "examples" / name).read_text()
    if "file: ../shared" in text:
        cells = "arch,cifar10_valid,cifar10_test\n" + "".join(f"{cell},1,1\n" for cell in all_cells())
        (tmp_path / "table.csv").write_text(cells)
        text = re.sub(r"file: \S+", "file: table.csv", text)
    if "poems.txt" in text:
        subprocess.run([sys.executable, ROOT / "examples" / "poems.py"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / name).write_text(small(text))
    done = fgspace("search", name, "--trials", "1", "--out", Path(FOLDER))
    (command,) = offered(done)
    assert command.startswith(f"fgspace build '{FOLDER.split(chr(39))[0]}")
    works(shell, command)


def all_cells() -> list[str]:
    kinds = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
    cell = "|{}~0|+|{}~0|{}~1|+|{}~0|{}~1|{}~2|"
    return [cell.format(*edges) for edges in product(kinds, repeat=6)]


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=kind, marks=[pytest.mark.soak] if kind in LONG else []) for kind, text in KINDS.items()],
)
def test_what_a_search_of_each_kind_of_space_prints_works(fgspace, shell, tmp_path, text):
    (tmp_path / "- a b.yaml").write_text(text)
    done = fgspace("search", Path("- a b.yaml"), "--trials", "2", *MINE)
    (command,) = offered(done)
    assert "'runs/- a b/front/" in command
    assert command.endswith("-p './my types.py'")
    works(shell, command)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["modules", "space without modules", "chain"])
def test_what_is_offered_for_a_changed_file_works(fgspace, shell, tmp_path, kind):
    (tmp_path / "a b.yaml").write_text(KINDS[kind])
    fgspace("search", "a b.yaml", "--trials", "2", "--out", Path("-o"), *MINE)
    (tmp_path / "a b.yaml").write_text(KINDS[kind] + "seed: 7\nbudget: {trials: 1}\n")
    done = fgspace("search", "a b.yaml", "--out", Path("-o"), "--resume", *MINE, status=2)
    (command,) = offered(done)
    assert command == "fgspace search 'a b.yaml' --from ./-o -p './my types.py'"
    works(shell, command)


@pytest.mark.soak
def test_what_is_offered_for_a_damaged_study_works_to_its_end(fgspace, shell, tmp_path):
    (tmp_path / "a b.yaml").write_text(KINDS["modules"] + "budget: {trials: 2}\n")
    folder = tmp_path / FOLDER
    fgspace("search", "a b.yaml", "--out", Path(FOLDER), *MINE)
    with closing(sqlite3.connect(folder / "study.db", isolation_level=None)) as connection:
        connection.execute("UPDATE trials SET seconds = seconds + 1 WHERE number = 0")  # its checksum stays
    done = fgspace("why", Path(FOLDER), "0", status=2)
    (repair,) = offered(done)
    assert repair.startswith("fgspace repair ")
    again = shell(f"{repair} -p './my types.py'")
    assert again.returncode == 0, again.stderr
    (resume,) = offered(again)
    works(shell, resume)


@pytest.mark.soak
def test_what_is_offered_for_a_copy_without_its_log_works(fgspace, shell, tmp_path):
    (tmp_path / "a b.yaml").write_text(KINDS["modules"])
    fgspace("search", "a b.yaml", "--trials", "2", "--out", Path(FOLDER), *MINE)
    store = tmp_path / FOLDER / "study.db"
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("UPDATE study SET trials = NULL, told = NULL")  # as while a search runs
        connection.execute("PRAGMA journal_mode = WAL")
        content = store.read_bytes()
    store.write_bytes(content)
    done = fgspace("why", Path(FOLDER), "0", status=2)
    (repair,) = offered(done)
    assert repair.startswith("fgspace repair ")
    works(shell, repair)


@pytest.mark.parametrize("command", ["build", pytest.param("export", marks=pytest.mark.soak)])
def test_what_is_offered_where_there_is_no_network_works(fgspace, shell, tmp_path, command):
    (tmp_path / "a b.yaml").write_text(KINDS["space without modules"])
    done = fgspace(command, "a b.yaml", *MINE, status=2)
    (show,) = offered(done)
    assert show == "fgspace show 'a b.yaml' -p './my types.py'"
    works(shell, show)


@pytest.mark.soak
def test_what_converting_prints_works(fgspace, shell, tmp_path):
    (tmp_path / "old one.json").write_text('[["MobileNetV2BlockSpace", {"block_mask": [0, 1]}]]')
    done = fgspace("show", "old one.json", status=2)
    for command in offered(done):
        works(shell, command)
    done = fgspace("convert", "old one.json", "--out", Path("-new one.yaml"))
    (check,) = offered(done)
    assert check == "fgspace check './-new one.yaml'"
    works(shell, check)
    done = fgspace("convert", Path("-new one.yaml"), status=2)
    (check,) = offered(done)
    works(shell, check)
