"""The display of a search on terminals of several widths, as a user sees it, and from another terminal."""

import json
import os
import re
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from terminals import Terminal

HOLDS = '''
"""An evaluator that says what it is at and waits at the trials that it is told to wait at, until a file is there."""

import os
import sys
import time
from pathlib import Path

import fgspace


@fgspace.register(kind="evaluator")
class Holds:
    metrics = ("score", "size")
    input_shape = None

    def __init__(self, seed: int = 0):
        pass

    def prepare(self):
        fgspace.progress("reading images", 1000, of=5000)

    def __call__(self, description):
        depth = description["depth"]
        for epoch in range(1, 4):
            fgspace.progress("epoch", epoch, of=10)
        print(f"depth {depth}")
        os.system(f"echo so says a program of depth {depth}")
        while str(depth) in os.environ.get("HOLD", "") and not Path("go").exists():
            time.sleep(0.01)
        if depth in (2, 3):
            raise ValueError(f"depth {depth} does not converge, since the learning rate is far too large for it")
        return {"score": -abs(depth - 5), "size": depth**2}
'''
FILE = """\
search_space: {type: FineGrainedSpace, hyper_parameters: {depth: {int: [1, 6]}}}
search_algorithm: {type: GridSearch}
evaluator: {type: Holds}
objectives: {score: max, size: min}
budget: {trials: 6}
"""
SEARCH = ("search", "holds.yaml", "--out", "out", "-p", "./holds.py")


@pytest.fixture
def terminal(folder, environment):
    """Return a function that runs a command on a terminal of a width."""
    (folder / "holds.py").write_text(HOLDS)
    (folder / "holds.yaml").write_text(FILE)

    def start(*arguments, columns=80, lines=30, outlives_terminal=False, **environ):
        env = environment | {"TERM": "xterm"} | environ
        env = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}  # it has a size itself
        return Terminal(
            *arguments, columns=columns, lines=lines, cwd=folder, env=env, outlives_terminal=outlives_terminal
        )

    return start


def timeless(lines):
    """Return lines with what depends on time replaced, and which of the two trials that fail has ended last."""
    lines = (re.sub(r"last trial 1(.*depth) 2", r"last trial 2\1 3", line) for line in lines)
    lines = (line.replace("last trial 1)", "last trial 2)") for line in lines)
    plain = (re.sub(r"\b\d+:\d\d(:\d\d)?\b", "0:00", line) for line in lines)
    return [re.sub(r", \d+ s$", ", 0 s", re.sub(r"[\d.e+-]+ trials/(s|min)", "9 trials/s", line)) for line in plain]


def block(lines):
    """Return the lines of the display, from its count of trials on."""
    first = max(index for index, line in enumerate(lines) if " of 6 trials" in line)
    return timeless(lines[first:])


WIDE = {
    42: [
        "4 of 6 trials  ━━━━━━━━━━━━━━━━━━─────────",
        "front 2   best score -1 (trial 3)",
        "best size 1 (trial 0)   2 failed",
        "elapsed 0:00   9 trials/s",
        "left about 0:00",
        "failed (2 times, last trial 2): ValueErro…",
        "trial 4: epoch 3 of 10, 0 s",
    ],
    80: [
        "4 of 6 trials  ━━━━━━━━━━━━━━━━━━━━━━━━━━──────────────",
        "front 2   best score -1 (trial 3)   best size 1 (trial 0)   2 failed",
        "elapsed 0:00   9 trials/s   left about 0:00",
        "failed (2 times, last trial 2): ValueError: depth 3 does not converge, since th…",
        "trial 4: epoch 3 of 10, 0 s",
    ],
    200: [
        "4 of 6 trials  ━━━━━━━━━━━━━━━━━━━━━━━━━━──────────────",
        "front 2   best score -1 (trial 3)   best size 1 (trial 0)   2 failed",
        "elapsed 0:00   9 trials/s   left about 0:00",
        "failed (2 times, last trial 2): ValueError: depth 3 does not converge, since the learning rate is far too"
        " large for it",
        "trial 4: epoch 3 of 10, 0 s",
    ],
}


FILES = {
    42: [
        "out/study.db",
        "    every trial",
        "out/experiment.yaml",
        "    the search as it was run, names and",
        "    versions in full",
    ],
    80: [
        "out/study.db          every trial",
        "out/experiment.yaml   the search as it was run, names and versions in full",
    ],
    200: [
        "out/study.db          every trial",
        "out/experiment.yaml   the search as it was run, names and versions in full",
    ],
}


@pytest.mark.parametrize("columns", [42, 80, 200])
def test_a_running_search_is_shown_as_wide_as_the_terminal_is(terminal, folder, columns):
    shown = terminal(*SEARCH, columns=columns, lines=60, HOLD="5", NO_COLOR="1" if columns == 42 else "")
    lines = shown.until(lambda lines: any("trial 4: epoch 3" in line for line in lines))
    assert block(lines) == WIDE[columns]
    assert max(map(len, lines)) <= columns
    (folder / "go").touch()
    assert shown.to_the_end() == 0
    lines = shown.lines()
    assert [line for line in lines if " of 6 trials" in line and "front" not in line] == [
        "6 of 6 trials  " + "━" * min(40, columns - 15)
    ]
    assert "finished" in lines
    assert lines.count("depth 5") == lines.count("so says a program of depth 5") == 1
    first = lines.index(FILES[columns][0])
    assert lines[first : first + len(FILES[columns])] == FILES[columns]
    assert not shown.screen.cursor.hidden
    assert b"\r\x1b[Kreading images 1000 of 5000\r\x1b[K" in shown.raw
    assert bool(re.search(rb"\x1b\[[\d;]*m", shown.raw)) == (columns != 42)  # with NO_COLOR nothing is bold or dim


@pytest.mark.parametrize("workers", [1, 2])
def test_after_ctrl_c_the_display_is_there_once(terminal, workers):
    shown = terminal(*SEARCH, "--workers", str(workers), HOLD="4,5,6")
    shown.until(lambda lines: any("trial 3: epoch 3" in line for line in lines))
    shown.press(b"\x03")
    assert shown.to_the_end() == 130
    lines = shown.lines()
    assert sum(" of 6 trials" in line for line in lines) == 1
    assert lines.count("stopping; once more to stop at once") == 1
    assert lines.count("stopped before its end") == 1
    assert not any("^C" in line for line in lines)
    assert not shown.screen.cursor.hidden


def test_the_second_ctrl_c_leaves_the_terminal_in_order(terminal):
    shown = terminal(*SEARCH, "--workers", "2", HOLD="4,5,6")
    shown.until(lambda lines: any("trial 3: epoch 3" in line for line in lines))
    os.kill(shown.process.pid, signal.SIGINT)
    os.kill(shown.process.pid, signal.SIGINT)
    assert shown.to_the_end() == 130
    assert sum(" of 6 trials" in line for line in shown.lines()) == 1
    assert not shown.screen.cursor.hidden


def test_a_dumb_terminal_gets_a_line_for_each_trial(terminal):
    shown = terminal(*SEARCH, TERM="dumb")
    assert shown.to_the_end() == 0
    assert "trial    0  score -4  size 1  on the front" in shown.lines()
    assert not re.search(rb"\x1b\[\d*[AJ]", shown.raw)


def test_a_search_whose_terminal_goes_away_goes_on(terminal, folder):
    shown = terminal(*SEARCH, HOLD="5", outlives_terminal=True)
    shown.until(lambda lines: any("trial 4: epoch 3" in line for line in lines))
    shown.hang_up()
    (folder / "go").touch()
    assert shown.process.wait(100) == 0
    assert json.loads((folder / "out" / "status.json").read_text())["evaluated"] == 6
    assert (folder / "out" / "pareto_front.csv").exists()


def test_in_a_pipe_nothing_commands_a_terminal(terminal, fgspace):
    done = fgspace(*SEARCH)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "trial    0  score -4  size 1  on the front\n" in done.stdout


def test_another_terminal_shows_a_running_search_and_its_end(terminal, folder, fgspace):
    search = terminal(*SEARCH, "--workers", "2", HOLD="5,6")
    search.until(lambda lines: any("trial 5: epoch 3" in line for line in lines))
    watch = terminal("watch", "out", "--every", "0.1", columns=60)
    lines = watch.until(lambda lines: any("left about" in one for one in lines) and "trial 5: epoch 3" in lines[-1])
    assert block(lines) == [
        "4 of 6 trials  ━━━━━━━━━━━━━━━━━━━━━━━━━━──────────────",
        "front 2   best score -1 (trial 3)   best size 1 (trial 0)",
        "2 failed",
        "elapsed 0:00   9 trials/s   left about 0:00",
        "failed (2 times, last trial 2): ValueError: depth 3 does not"[:59] + "…",
        "trial 4: epoch 3 of 10, 0 s",
        "trial 5: epoch 3 of 10, 0 s",
    ]
    assert "trial 4: epoch 3 of 10, " in fgspace("status", "out").stdout
    (folder / "go").touch()
    assert (search.to_the_end(), watch.to_the_end()) == (0, 0)
    lines = watch.lines()
    assert "finished" in lines
    assert "trial    4  score 0  size 25  on the front" in lines
    assert sum(" of 6 trials" in line for line in lines) == 1
    for depth in range(1, 7):  # in worker processes
        assert (
            search.lines().count(f"depth {depth}") == search.lines().count(f"so says a program of depth {depth}") == 1
        )
    assert not (folder / "out" / "progress").exists()
    assert sorted(path.name for path in (folder / "out").glob("study.db*")) == ["study.db"]


def test_a_killed_search_is_said_to_be_killed_and_how_it_goes_on(terminal, folder, fgspace):
    search = terminal(*SEARCH, HOLD="5")
    search.until(lambda lines: any("trial 4: epoch 3" in line for line in lines))
    watch = terminal("watch", "out", "--every", "0.1")
    watch.until(lambda lines: any("trial 4: epoch 3" in line for line in lines))
    search.process.kill()
    assert search.to_the_end() == -signal.SIGKILL
    assert watch.to_the_end() == 0
    assert "killed: its process is gone" in watch.lines()
    told = fgspace("status", "out").stdout.splitlines()
    assert told[1] == "killed: its process is gone"
    assert told[-1] == "go on: fgspace search out/experiment.yaml --out out --resume"
    assert fgspace(*told[-1].split()[3:], "-p", "./holds.py").returncode == 0
    assert fgspace("status", "out").stdout.splitlines()[1] == "finished"


def test_watching_changes_nothing_of_a_study(terminal, folder, fgspace):
    search = terminal(*SEARCH, HOLD="5")
    search.until(lambda lines: any("trial 4: epoch 3" in line for line in lines))
    for _ in range(3):
        assert fgspace("status", "out").returncode == 0
    (folder / "go").touch()
    assert search.to_the_end() == 0
    with closing(sqlite3.connect(folder / "out" / "study.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert json.loads((folder / "out" / "status.json").read_text())["state"] == "finished"


def test_where_there_is_no_study_watching_says_so(fgspace):
    for command in ("watch", "status"):
        done = fgspace(command, "nowhere")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "there is no study at 'nowhere/study.db'; name the folder of one\n"


def test_the_time_between_two_looks_is_above_nothing(fgspace):
    done = fgspace("watch", "out", "--every", "0")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "fgspace watch: error: argument --every: expected seconds above 0 and at most 1,000,000, got '0'"
    )
