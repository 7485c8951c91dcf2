"""`fgspace convert`: what it writes and prints, and what the other commands say of a file of another tool."""
# ruff: noqa: E501 - a message is one line, as the user sees it

import json

import pytest
from fgspace.config.foreign_files import lacks_converters
from fgspace.plugins.registry import Registry

CONVERTERS = '''
"""Converters of a user's own."""

import fgspace
from fgspace.errors import FgspaceError


@fgspace.register("toy", kind="converter")
class Toy:
    """Converts toys: a size, which is searched, and whatever else."""

    def recognises(self, file):
        return "a toy" if isinstance(file.data, dict) and "toy" in file.data else None

    def convert(self, file):
        if "broken" in file.data:
            raise FgspaceError(f"{file.path}: is broken; mend it")
        domain = {"int": [1, file.data["toy"]]}
        sections = {"search_space": {"big": {"size": domain}, "small": {"size": domain}}, "seed": 3}
        notes = [
            fgspace.ConversionNote(f"{key}: has no counterpart", file.line((key,)), ("search_space", "big", "size"))
            for key in file.data
            if key != "toy"
        ]
        return fgspace.Converted(sections, tuple(notes))


@fgspace.register("game", kind="converter")
class Game:
    """Converts games, some of which are toys."""

    def recognises(self, file):
        return "a game" if isinstance(file.data, dict) and "game" in file.data else None

    def convert(self, file):
        return fgspace.Converted({"search_space": {"players": {"choice": [2, 4]}}})

'''
MINE = ("-p", "./converters.py")
ODD = '''
"""A converter that falls over anything."""

import fgspace


@fgspace.register("odd", kind="converter")
class Odd:
    """Falls over anything."""

    def recognises(self, file):
        raise TypeError("odd file")
'''
TOY = "toy: 9\ncolour: red   # is lost\nweight: 1\n"
WRITTEN = """\
# Converted from toy.yml, a toy; comments name its lines that are not carried over as written.
search_space:
  # line 2: colour: has no counterpart
  # line 3: weight: has no counterpart
  big: {size: &size {int: [1, 9]}}
  small: {size: *size}
seed: 3
"""
NOTES = "toy.yml:2: colour: has no counterpart\ntoy.yml:3: weight: has no counterpart\n"


@pytest.fixture
def convert(fgspace, folder):
    """Return what runs `fgspace convert` with the converters above, and returns its status, stdout and stderr."""
    (folder / "converters.py").write_text(CONVERTERS)
    (folder / "toy.yml").write_text(TOY)

    def run(*arguments):
        done = fgspace("convert", *arguments, *MINE)
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_experiment_goes_to_stdout_with_notes_at_their_places_and_on_stderr(convert):
    assert convert("toy.yml") == (0, WRITTEN, NOTES)


def test_the_experiment_is_written_to_a_file_that_the_next_command_reads(convert, fgspace, folder):
    assert convert("toy.yml", "--out", "new file.yaml") == (
        0,
        "new file.yaml\nnext: fgspace check 'new file.yaml' -p ./converters.py\n",
        NOTES,
    )
    assert (folder / "new file.yaml").read_text() == WRITTEN
    done = fgspace("check", "new file.yaml")
    assert (done.returncode, done.stdout) == (0, "new file.yaml: in order; 9 of 9 points checked\n")


def test_an_experiment_without_notes_has_only_its_head(convert, folder):
    (folder / "game.json").write_text('{"game":\t"chess"}')
    written = "# Converted from game.json, a game.\nsearch_space:\n  players: {choice: [2, 4]}\n"
    assert convert("game.json") == (0, written, "")


def test_an_existing_file_is_replaced_only_by_force(convert, folder):
    (folder / "new.yaml").write_text("mine")
    assert convert("toy.yml", "--out", "new.yaml") == (
        2,
        "",
        "--out new.yaml: exists already; name another, or replace it by --force\n",
    )
    assert (folder / "new.yaml").read_text() == "mine"
    assert convert("toy.yml", "--out", "new.yaml", "--force")[0] == 0
    assert (folder / "new.yaml").read_text() == WRITTEN


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("toy.yml", "--out toy.yml: is the file that is converted; name another\n"),
        ("./toy.yml", "--out toy.yml: is the file that is converted; name another\n"),
        (".", "--out .: is a folder; name a file in it\n"),
        ("toy.yml/new.yaml", "--out toy.yml/new.yaml: toy.yml is a file, not a folder\n"),
    ],
)
def test_an_output_that_cannot_be_is_refused_even_by_force(convert, folder, out, message):
    status, stdout, stderr = convert("toy.yml", "--out", out, "--force")
    assert (status, stdout, stderr.removeprefix(NOTES)) == (2, "", message)
    assert (folder / "toy.yml").read_text() == TOY


def test_strict_writes_nothing_where_something_is_not_carried_over(convert, folder):
    told = "toy.yml: 2 lines are not carried over as written; --strict writes nothing then\n"
    assert convert("toy.yml", "--strict", "--out", "new.yaml") == (2, "", NOTES + told)
    assert not (folder / "new.yaml").exists()
    (folder / "plain.yml").write_text("toy: 2\n")
    assert convert("plain.yml", "--strict", "--out", "new.yaml")[0] == 0


def test_one_line_is_counted_as_one(convert, folder):
    (folder / "one.yml").write_text("toy: 2\ncolour: red\n")
    told = "one.yml: 1 line is not carried over as written; --strict writes nothing then\n"
    assert convert("one.yml", "--strict") == (2, "", f"one.yml:2: colour: has no counterpart\n{told}")


BOTH = "toy: 2\ngame: chess\n"


@pytest.mark.parametrize(
    ("name", "data", "arguments", "message"),
    [
        ("both.yml", BOTH, (), "both.yml: is a game (game) and a toy (toy); choose by --format game or --format toy"),
        ("game.yml", "game: go", ("--format", "toy"), "game.yml: toy does not recognise it; it is a game (game)"),
        ("no.yml", "a: 1", ("--format", "toy"), "no.yml: toy does not recognise it"),
        ("game.yml", "game: go", ("--format", "toi"), "unknown converter 'toi'; did you mean 'toy'?"),
        ("broken.yml", "toy: 1\nbroken: 1", (), "broken.yml: is broken; mend it"),
        ("ours.yaml", "search_space: {}", (), "ours.yaml: is an experiment of fgspace already; see: fgspace check ours.yaml"),
        ("binary.db", b"SQLite\x00\xff", (), "binary.db: expected text in UTF-8"),
        ("binary.db", b"SQLite\x00\xff", ("--format", "toy"), "binary.db: expected text in UTF-8"),
        ("cut.json", '{"toy": [1', (), "cut.json:1:11: expected ',' or ']', but got '<stream end>', while parsing a flow sequence that begins in line 1"),
        ("tag.yml", "a: !!python/name:os.system x\n", (), "tag.yml:1:4: a: tag '!!python/name:os.system' is not read; only plain YAML and !!python/tuple are"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_converted_is_answered_in_a_sentence(convert, folder, name, data, arguments, message):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    assert convert(name, *arguments) == (2, "", f"{message}\n")


LEFT_OUT = "left out by FGSPACE_PLUGINS, which does not name it"


@pytest.mark.parametrize("text", ["", "text", "[1, 2]", '{"a": 1}', "a: {b: 1}"])
def test_a_file_that_none_recognises_is_answered_with_what_there_is(convert, folder, text):
    (folder / "some.yml").write_text(text)
    status, stdout, stderr = convert("some.yml")
    head, _, tail = stderr.partition(": plugin 'migrate' ")
    assert (status, stdout) == (2, "")
    assert head == ("some.yml: no converter recognises it; there are game, toy; there are more, once a plugin works")
    assert tail.endswith(f"{LEFT_OUT}\n")


@pytest.mark.parametrize(
    ("name", "message"), [("nothing.yml", "nothing.yml: no such file or directory\n"), (".", ".: is a directory\n")]
)
def test_what_is_no_file_is_named(convert, name, message):
    assert convert(name) == (2, "", message)


def test_a_note_that_others_wrote_cannot_break_the_file_nor_command_the_terminal(convert, folder):
    (folder / "toy.yml").write_text(json.dumps({"toy": 2, "seed: 9\n\u001b[31m": 1}))
    status, stdout, stderr = convert("toy.yml")
    assert (status, stderr) == (0, "toy.yml:1: seed: 9\n\\x1b[31m: has no counterpart\n")
    assert r"# line 1: seed: 9\n\x1b[31m: has no counterpart" in stdout
    assert stdout.endswith("\nseed: 3\n")


@pytest.mark.parametrize("command", ["check", "show", "sample", "build", "search"])
def test_another_command_says_how_to_convert_the_file(convert, fgspace, command):
    done = fgspace(command, "toy.yml", *MINE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "toy.yml: is a toy; convert it by: fgspace convert toy.yml\n"


def test_a_converter_that_fails_loses_only_itself(convert, fgspace, folder):
    (folder / "odd.py").write_text(ODD)
    warning = "warning: converter 'program/odd' (this program) failed: odd file\n"
    done = fgspace("check", "toy.yml", *MINE, "-p", "./odd.py", PYTHONWARNINGS="")
    assert done.stderr == f"{warning}toy.yml: is a toy; convert it by: fgspace convert toy.yml\n"
    done = fgspace("convert", "toy.yml", *MINE, "-p", "./odd.py", PYTHONWARNINGS="")
    assert (done.returncode, done.stdout, done.stderr) == (0, WRITTEN, warning + NOTES)


def test_the_command_that_is_named_is_quoted(convert, fgspace, folder):
    (folder / "my toy.json").write_text('{"toy": 1}')
    done = fgspace("check", "my toy.json", *MINE)
    assert done.stderr == "my toy.json: is a toy; convert it by: fgspace convert 'my toy.json'\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pipeline: [nas]\n", "old.yml:1:1: expected a section search_space\n"),
        ("[[1]]\n", "old.yml:1:1: expected a mapping, for instance search_space: ...\n"),
    ],
)
def test_without_the_converters_of_this_project_other_files_are_answered_with_how_to_get_them(
    fgspace, folder, text, problem
):
    (folder / "old.yml").write_text(text)
    done = fgspace("check", "old.yml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(problem)
    assert (
        "old.yml:1:1: a file of another tool is converted by fgspace convert old.yml, once a plugin works:"
        " plugin 'migrate' (fgspace-plugin-migrate "
    ) in done.stderr
    assert done.stderr.count("fgspace convert") == 1


@pytest.mark.parametrize("text", ["serach_space: {}\n", "objectives: {a: max}\n", "search_space: {}\ntrainer: {}\n"])
def test_an_experiment_with_a_mistake_is_not_taken_for_a_file_of_another_tool(fgspace, folder, text):
    (folder / "mine.yml").write_text(text)
    assert "convert" not in fgspace("check", "mine.yml").stderr


def test_where_the_plugin_is_not_installed_the_user_is_told_what_to_install():
    assert lacks_converters(Registry(())) == "after pip install fgspace-plugin-migrate"


def test_a_converter_is_listed_and_shown_like_other_types(convert, fgspace):
    assert "converter  toy   this program           Converts toys: a size, which is searched" in (
        fgspace("list", "converter", *MINE).stdout
    )
    assert fgspace("show", "toy", *MINE).stdout.startswith("program/toy: converter of this program\n")
