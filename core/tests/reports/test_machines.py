"""Where a search ran, in its folder."""

import json

from fgspace.runs.machines import machine, note_machine


def test_a_machine_is_noted_once_however_often_a_search_is_resumed_there(tmp_path):
    note_machine(tmp_path)
    note_machine(tmp_path)
    assert json.loads((tmp_path / "machines.json").read_text()) == [machine()]


def test_another_machine_is_noted_after_it(tmp_path):
    (tmp_path / "machines.json").write_text('[{"cores": 1000}]')
    note_machine(tmp_path)
    assert json.loads((tmp_path / "machines.json").read_text()) == [{"cores": 1000}, machine()]


def test_a_file_that_was_damaged_is_written_anew(tmp_path):
    (tmp_path / "machines.json").write_text("{")
    note_machine(tmp_path)
    assert [one["fgspace"] for one in json.loads((tmp_path / "machines.json").read_text())] == [machine()["fgspace"]]
