"""Text of others is printed escaped, and a mistyped word is answered with the nearest."""

import pytest
from fgspace.cli import main
from fgspace.cli.printing import escaped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m\x7f\r\b", r"\x9b31m\x7f\r\x08"),
        ("a\udcff\ud800", r"a\udcff\ud800"),
        ("\u202eabc\u2028", r"\u202eabc\u2028"),
        ("two\nlines\tand 3×32, ü, 層, 🙂", "two\nlines\tand 3×32, ü, 層, 🙂"),
    ],
)
def test_what_a_terminal_obeys_is_escaped(text, shown):
    assert escaped(text) == shown


def test_a_section_that_holds_escapes_is_named_without_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text('search_space:\n  type: "\\e[31mb\\ud800"\n')
    assert main(["check", "a.yaml"]) == 2
    assert capsys.readouterr().err == (
        r"a.yaml:2:9: type: unknown module type '\x1b[31mb\ud800'; "
        "fgspace list shows what there is, and -p MODULE imports types of your own\n"
    )


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["serach"], "fgspace: error: unknown command 'serach'; did you mean 'search'?"),
        (["list", "modules"], "fgspace list: error: unknown kind 'modules'; did you mean 'module'?"),
        (
            ["list", "xyz"],
            "fgspace list: error: unknown kind 'xyz'; there are module, search_space, algorithm, evaluator, "
            "dataset, executor, exporter, early_stopping, converter, cost, measurement, observer, cost_rule",
        ),
        (["list", "--strikt\x1b[0m"], r"fgspace: error: unrecognized arguments: --strikt\x1b[0m"),
    ],
)
def test_a_mistyped_word_is_answered_with_what_there_is(argv, message, capsys):
    with pytest.raises(SystemExit) as raised:
        main(argv)
    assert (raised.value.code, capsys.readouterr().err.splitlines()[-1]) == (2, message)
