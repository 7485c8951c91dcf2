"""Names, paths and error texts that hold escapes or half a character: kept, and shown so that none is obeyed."""
# ruff: noqa: E501 - a line is one line, as the user sees it

import csv
import json
import os
import pty
import re
import subprocess
import sys

import pytest

TYPES = r'''
"""An evaluator and a block whose every name and text would command a terminal."""

import fgspace


@fgspace.register(kind="evaluator")
class Odd:
    "Odd \x1b[31m \u202e \x1b]8;;http://x\x07link\x1b]8;;\x07 summary"

    metrics = ("a\x1b[31m\ud800b", "c\nd\x9b31m")

    def __init__(self, name: str = "x"):
        self.name = name

    def __call__(self, description):
        if description["k"] == 3:
            raise ValueError("bad \udcff \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b31m \u202e\tend\nsecond line")
        return {"a\x1b[31m\ud800b": float(description["k"]), "c\nd\x9b31m": 2.0}


@fgspace.register
class Wide(fgspace.FineGrainedSpace):
    "Wide \x1b[31m block"

    def constructor(self, inchannel: fgspace.InWidth, mode: str = "\x1b[31m"):
        self.conv = fgspace.nn.Conv2d(inchannel, 3, 1)
'''
FILE = r"""
search_space:
  k: {int: [1, 4]}
  "n\e[31m\ud800": {choice: ["\ud800x", "\e[31m"]}
  "fixed\e": "\udcff"
evaluator: {type: Odd, name: "\udcff\e"}
objectives: {"a\e[31m\ud800b": max}
search_algorithm: {type: GridSearch}
budget: {trials: 8}
"""
MINE = ("-p", "./odd.py")
OBEYED = re.compile(b"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xed[\xa0-\xbf]")
"""What a terminal obeys, or what is no text, in UTF-8."""


@pytest.fixture
def folder(folder):
    (folder / "odd.py").write_text(TYPES)
    (folder / "odd.yaml").write_text(FILE)
    return folder


@pytest.fixture
def run(folder, environment):
    """Return what runs a command, and returns its status and both outputs, in which nothing may command a terminal."""

    def run(*arguments, **environ):
        done = subprocess.run(
            [sys.executable, "-m", "fgspace", *arguments],
            cwd=folder,
            env=environment | environ,
            capture_output=True,
            timeout=120,
        )
        for output in (done.stdout, done.stderr):
            assert OBEYED.search(output) is None, output
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


FAILED = r"failed: ValueError: bad \udcff \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b31m \u202e\tend"


def test_a_search_goes_on_and_shows_all_of_it_escaped(run, folder):
    status, out, err = run("search", "odd.yaml", "--out", "out", *MINE)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == r"trial    0  a\x1b[31m\ud800b 1  on the front"
    assert lines[4] == f"trial    4  {FAILED}"
    assert lines[10].split("  ")[0:3] == ["TRIAL", r"A\x1b[31M\ud800B", r"C\nD\x9b31M"]
    with (folder / "out" / "trials.csv").open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    assert rows[0][2:4] == ["k", "n\x1b[31m\\ud800"]
    assert rows[5][-1].startswith("ValueError: bad \\udcff \x1b]8;;")
    metrics = json.loads((folder / "out" / "front" / "6" / "metrics.json").read_text())
    assert metrics["a\x1b[31m\ud800b"] == 4


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("why", "out", "4"), rf"because    {FAILED.removeprefix('failed: ')}"),
        (("why", "out", "0"), r"           c\nd\x9b31m 2"),
        (("show", "odd.yaml", *MINE), r"""{type: FineGrainedSpace, k: 1, "n\e[31m\uD800": "\uD800x", "fixed\e": "\uDCFF"}"""),
        (("sample", "odd.yaml", "--seed", "1", *MINE), r"  n\x1b[31m\ud800: "),
        (("list", "evaluator", *MINE), r"Odd \x1b[31m \u202e \x1b]8;;http://x\x07link\x1b]8;;\x07 summary"),
        (("show", "Wide", *MINE), r"Wide \x1b[31m block"),
        (("check", "odd.yaml", *MINE), "odd.yaml: in order; 8 of 8 points checked"),
    ],
)  # fmt: skip
def test_commands_that_look_show_it_escaped(run, arguments, shown):
    assert run("search", "odd.yaml", "--out", "out", *MINE)[0] == 0
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert shown in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "no\x1b[31m.yaml"), r"no\x1b[31m.yaml: no such file or directory"),
        (("check", b"no\xff\xc2\x9b.yaml"), r"no\udcff\x9b.yaml: no such file or directory"),
        (("search", "odd.yaml", "-p", "./no\x1b[31m.py"), r"-p ./no\x1b[31m.py: there is no such file"),
        (("show", "\x1b[31m"), r"unknown type '\x1b[31m'; fgspace list shows what there is, and -p MODULE imports types of your own"),
        (("why", "no\x1b\u202e", "0"), r"there is no study at 'no\x1b\u202e/study.db'; name the folder of one"),
        (("export", "odd.yaml", "--format", "\x1b"), r"unknown exporter '\x1b'"),
    ],
)  # fmt: skip
def test_paths_and_names_on_the_command_line_are_shown_escaped(run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith(message)


def test_a_folder_and_a_file_whose_names_are_not_utf_8_are_used(run, folder):
    (folder / os.fsdecode(b"odd\xff.yaml")).write_text(FILE)
    status, out, err = run("search", b"odd\xff.yaml", "--out", b"out\xff\x1b", *MINE)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == r"next: fgspace show $'out\xff\x1b/front/6/description.yaml' -p ./odd.py"
    assert (folder / os.fsdecode(b"out\xff\x1b") / "study.db").exists()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_the_output_cannot_encode_are_escaped(run, folder, encoding):
    (folder / "net.yaml").write_text("search_space: {modules: [a], a: {type: Conv2d, out_channels: 4, kernel_size: 1}}")
    done = subprocess.run(
        [sys.executable, "-m", "fgspace", "build", "net.yaml"],
        cwd=folder,
        env=os.environ | {"PYTHONIOENCODING": encoding, "FGSPACE_PLUGINS": ""},
        capture_output=True,
        timeout=120,
    )
    shape = "3×32×32".encode(encoding, "backslashreplace")
    assert (done.returncode, done.stderr, shape in done.stdout) == (0, b"", True)


def test_the_display_on_a_terminal_shows_it_escaped(folder, environment):
    ours, theirs = pty.openpty()
    arguments = ["search", "odd.yaml", "--out", "out", *MINE]
    with subprocess.Popen(
        [sys.executable, "-m", "fgspace", *arguments],
        cwd=folder,
        env=environment | {"TERM": "xterm", "COLUMNS": "200"},
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b"".join(read(ours))
    os.close(ours)
    assert process.returncode == 0
    assert FAILED.encode() in shown
    for command in (b"\x1b[31m", b"\x1b]8;;", b"\x07", "\u202e".encode(), "\x9b".encode(), b"\xed"):
        assert command not in shown


def read(terminal):
    """Yield what is written to a terminal until it closes."""
    while True:
        try:
            content = os.read(terminal, 65536)
        except OSError:  # Linux says so where the other side has closed
            return
        if not content:
            return
        yield content
