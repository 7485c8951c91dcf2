"""The files of a study while it is written: its lock, and that they are still there."""

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from fgspace import FgspaceError
from fgspace.study.study import Study

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
programs = import_module("search_programs")


def refused(path):
    return f"{str(path)!r} is being written by another search; wait until that ends or close it, or name another folder"


def gone(path):
    return (
        f"{str(path)!r} was removed or replaced while its search ran, and its trials are in the old one;"
        " put that back and resume, or start anew"
    )


def message(call, *arguments):
    with pytest.raises(FgspaceError) as error:
        call(*arguments)
    return str(error.value)


def remove_and_search(place):
    """Return the message that another process gets which searches in this place, after removing what it can."""
    program = f"""
from search_programs import *
place = Path({str(place)!r})
for file in place.parent.rglob("*"):
    if file.name != "study.db" and not file.name.startswith("study.db-") and file.is_file():
        file.unlink()
try:
    study(place)
except Exception as error:
    print(error, end="")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=TESTS, capture_output=True, text=True, check=True)
    return done.stdout


def test_no_file_that_is_removed_lets_a_second_search_in(tmp_path):
    study = programs.study(tmp_path)
    study.run(programs.loss, 3)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".lock"] == []
    assert remove_and_search(tmp_path) == refused(tmp_path / "study.db")
    assert message(programs.study, tmp_path) == refused(tmp_path / "study.db")
    study.run(programs.loss, 5)
    study.close()
    programs.study(tmp_path).close()


def test_studies_of_other_names_share_a_folder_and_each_has_its_lock(tmp_path):
    first, second = programs.study(tmp_path / "a.db"), programs.study(tmp_path / "b.db")
    first.run(programs.loss, 3)
    second.run(programs.loss, 3)
    assert message(programs.study, tmp_path / "a.db") == refused(tmp_path / "a.db")
    (tmp_path / "a.lock").unlink()
    assert message(first.run, programs.loss, 5) == gone(tmp_path / "a.lock")
    second.run(programs.loss, 5)


def test_a_process_that_a_search_forked_does_not_hold_its_lock(tmp_path):
    study = programs.study(tmp_path)
    end, mine = os.pipe()
    child = os.fork()
    if not child:
        os.close(mine)
        os.read(end, 1)  # until the test closes the other end
        os._exit(0)
    study.close()
    programs.study(tmp_path).close()
    os.close(mine)
    os.waitpid(child, 0)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_folder_that_is_removed_is_noticed_at_the_next_event(tmp_path, replaced):
    folder, evaluated = tmp_path / "out", []

    def evaluate(description):
        evaluated.append(description)
        if len(evaluated) == 3:
            shutil.rmtree(folder)
            if replaced:
                programs.study(folder).close()
        return {"loss": 1}

    study = programs.study(folder)
    assert message(study.run, evaluate, 100) == gone(folder / "study.db")
    assert len(evaluated) == 3
    study.close()
    assert folder.exists() == replaced


def test_a_file_that_is_replaced_is_noticed_and_stays_as_it_is(tmp_path):
    study = programs.study(tmp_path)
    study.run(programs.loss, 3)
    other = programs.study(tmp_path / "other")
    other.run(programs.loss, 7)
    other.close()
    (tmp_path / "other" / "study.db").replace(tmp_path / "study.db")
    content = (tmp_path / "study.db").read_bytes()
    assert message(study.run, programs.loss, 9) == gone(tmp_path / "study.db")
    assert (tmp_path / "study.db").read_bytes() == content


def test_a_folder_that_is_moved_back_goes_on(tmp_path):
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    study = programs.study(folder)
    study.run(programs.loss, 5)
    folder.rename(elsewhere)
    assert message(study.run, programs.loss, 9) == gone(folder / "study.db")
    study.close()
    elsewhere.rename(folder)
    again = programs.study(folder)
    again.run(programs.loss, 9)
    assert again.evaluated == 9
    assert len(Study.open(folder).trials) == len(again.trials)
