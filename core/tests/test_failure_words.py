"""The error of a trial is kept as text that every file can hold."""

from fgspace.study.failure import TrialError, words


def test_half_a_character_is_kept_as_its_escape():
    assert words(FileNotFoundError("b\udcff.png")) == r"FileNotFoundError: b\udcff.png"
    assert words(TrialError("\ud800 and ü")) == r"\ud800 and ü"
