"""Words of commands that are printed: a shell reads them back as they were."""

import shlex
import subprocess
from pathlib import Path

import pytest
from fgspace.documents.shell import command, quoted


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("search", "search"),
        (Path("runs/a/study.db"), "runs/a/study.db"),
        (Path("my runs"), "'my runs'"),
        (Path('it\'s $HOME; `x` "y" *'), "'it'\"'\"'s $HOME; `x` \"y\" *'"),
        (Path("-x.yaml"), "./-x.yaml"),
        (Path("- x"), "'./- x'"),
        ("--out", "--out"),
        ("", "''"),
        (Path("層/ü"), "'層/ü'"),
        (Path("two\nlines\x1b[31m"), r"$'two\x0alines\x1b[31m'"),
        (Path("half\udcff'\\"), r"$'half\xff\'\\'"),
        (Path("turned\u202e"), r"$'turned\xe2\x80\xae'"),
    ],
)
def test_a_word_is_quoted_where_it_needs_that(word, written):
    assert quoted(word) == written


@pytest.mark.parametrize("name", ["a b", "it's", "-n", "$HOME", "a\nb", "\x1b[31m", "ü", "half\udcff", "\\", "\u202e"])
def test_a_shell_reads_back_what_was_written(name):
    script = f"printf %s {command(Path(name))}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert Path(done.stdout.decode("utf-8", "surrogateescape")) == Path(name)


def test_words_stand_apart_in_one_line():
    told = command("fgspace", "build", Path("a b"), "-p", "./my blocks.py")
    assert told == "fgspace build 'a b' -p './my blocks.py'"
    assert shlex.split(told)[2:] == ["a b", "-p", "./my blocks.py"]
