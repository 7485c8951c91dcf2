"""The origin of trials: what a study stores, and the output of `fgspace why`."""

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from fgspace import FgspaceError
from fgspace.api import space
from fgspace.cli import main
from fgspace.runs.lineage import account, ancestry, changes
from fgspace.study.algorithms.algorithm import Algorithm
from fgspace.study.algorithms.random_search import RandomSearch
from fgspace.study.study import Study

sys.path.insert(0, str(Path(__file__).parent))
programs = import_module("search_programs")

SPACE = space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 99]}, "mask": {"bits": 8}}})


class Mates(Algorithm):
    """Draws three points, then combines values of the last two trials; every fourth time it repeats the last."""

    def __init__(self, space, objectives, *, seed=0, size: int = 3):
        super().__init__(space, objectives, seed=seed)
        self.size, self.told = size, []

    def propose(self, rng):
        if len(self.told) < self.size:
            self.because("sample")
            return self.space.sample(rng)
        mother, father = self.told[-2:]
        if len(self.told) % 4 == 0:
            self.because("repeat", [father])
            return dict(father.point)
        self.because("cross over", [mother, father])
        return {
            "a": mother.point["a"],
            "mask": [1 - bit for bit in father.point["mask"][:4]] + father.point["mask"][4:],
        }

    def learn(self, trial, rng):
        self.told.append(trial)


def loss(description):
    if description["a"] == 13:
        raise ValueError("unlucky")
    return {"loss": description["a"] + sum(description["mask"])}


@pytest.fixture
def mated(tmp_path):
    """Return the folder of a study with trials of every origin: given, drawn, crossed, and repeated."""
    given = [{"a": 13}, {"a": 40, "mask": [1, 1, 1, 1, 0, 0, 0, 0]}]
    study = Study(
        SPACE,
        Mates,
        {"loss": "min"},
        store=tmp_path / "study",
        evaluator={"type": "acme/Loss", "dataset": {"type": "acme/Numbers", "upto": 9}, "epochs": 2},
        origins={"acme/Loss": "acme 1.2", "acme/Numbers": "acme 1.2"},
        data="0123456789abcdef",
        initial_points=given,
    )
    for _ in range(5):
        trial = study.ask()
        try:
            study.tell(trial, loss(study.space.at(trial.point)), seconds=0.25)
        except ValueError as error:
            study.tell(trial, failed=f"ValueError: {error}", seconds=0.5)
    study.close()
    return tmp_path / "study"


def test_the_ancestors_of_a_trial_are_those_it_was_made_of_and_theirs_to_the_roots(mated):
    results = Study.open(mated)
    assert [trial.number for trial in ancestry(results.trials, 5)] == [4, 3, 2, 1]
    assert [trial.number for trial in ancestry(results.trials, 3)] == [2, 1]
    assert ancestry(results.trials, 0) == []
    results.close()


def test_the_changes_between_two_points_are_what_differs_with_what_is_active_in_one_only():
    before, after = {"a": 1, "b": 2, "b.c": 3}, {"a": 1, "b": 4, "b.d": None, "e": [0]}
    assert changes(before, after) == {"b": [2, 4], "e": [None, [0]], "b.c": [3, None]}


def test_an_account_is_plain_json_and_names_what_proposed_the_trial_and_on_what_it_was_measured(mated):
    results = Study.open(mated)
    told = account(results, 3)
    assert json.loads(json.dumps(told)) == told
    assert (told["operator"], told["parents"], told["source"]) == ("cross over", [1, 2], None)
    assert told["changes"]["1"] == {"mask": [results.trials[1].point["mask"], results.trials[3].point["mask"]]}
    assert told["ancestors"][1] == {
        **{"trial": 1, "operator": "given", "parents": [], "state": "complete"},
        "metrics": {"loss": 44},
    }
    assert told["study"]["options"] == {"size": 3}
    assert told["study"]["data"] == "0123456789abcdef"
    assert account(results, 1)["source"] == "initial_points[1]"
    results.close()


def why(capsys, folder, number, *arguments):
    assert main(["why", str(folder), str(number), *arguments]) == 0
    return capsys.readouterr().out


def test_why_tells_of_a_trial_its_parents_its_point_and_what_all_trials_have_in_common(mated, capsys):
    results = Study.open(mated)
    third, second = results.trials[3].point["mask"], results.trials[2]
    front = ", on the front" if results.trials[3] in results.front() else ""
    results.close()
    flips = ", ".join(f"[{place}] {1 - third[place]} → {third[place]}" for place in range(4))
    assert third[4:] == second.point["mask"][4:]
    unlike = [
        f"[{place}] {old} → {new}"
        for place, (old, new) in enumerate(zip([1, 1, 1, 1, 0, 0, 0, 0], third, strict=True))
        if old != new
    ]
    assert why(capsys, mated, 3) == (
        f"""\
trial         3, complete{front}
proposed      cross over of 1 and 2
unlike 1      mask: {", ".join(unlike)}
unlike 2      a: {second.point["a"]} → 40
              mask: {flips}
ancestors     2, sample: loss {second.metrics["loss"]}
              1, given: loss 44
point         a: 40
              mask: {third}
metrics       loss {40 + sum(third)}
seconds       0.25
same network  proposed again as trial 4
algorithm     Mates, seed 0, size 3
evaluator     acme/Loss, dataset acme/Numbers (upto: 9), epochs 2
data          digest 0123456789abcdef
space         digest {SPACE.digest}
types         acme/Loss from acme 1.2
              acme/Numbers from acme 1.2
"""
    )


def test_why_tells_of_a_trial_that_was_given_that_failed_and_that_repeats_another(mated, capsys):
    given = why(capsys, mated, 0).splitlines()
    assert given[:3] == [
        "trial      0, failed",
        "because    ValueError: unlucky",
        "proposed   not by the algorithm: initial_points[0]",
    ]
    again = why(capsys, mated, 4).splitlines()
    assert again[1:3] == ["proposed      repeat of 3", "changed       nothing"]
    assert "same network  as trial 3, which was evaluated; this one was not" in again
    assert json.loads(why(capsys, mated, 4, "--json"))["duplicate_of"] == 3


def test_why_counts_the_middle_of_a_long_line_of_ancestors(tmp_path, capsys):
    study = programs.study(tmp_path)
    study.run(programs.loss, trials=200)
    longest = max(study.trials, key=lambda trial: len(ancestry(study.trials, trial.number)))
    line = [trial.number for trial in ancestry(study.trials, longest.number)]
    study.close()
    assert len(line) > 13
    text = why(capsys, tmp_path, longest.number).splitlines()
    start = next(index for index, told in enumerate(text) if told.startswith("ancestors"))
    shown = [told.removeprefix("ancestors").strip() for told in text[start : start + 14]]
    assert [int(told.split(",")[0]) for told in shown if "," in told and told[0].isdigit()] == [*line[:12], line[-1]]
    assert shown[12] == f"... {len(line) - 13} more, the oldest of all:"


@pytest.mark.parametrize(
    ("folder", "number", "message"),
    [
        ("lost", 0, "there is no study at '{}/lost/study.db'; name the folder of one\n"),
        ("study", 9, "'{}/study' has no trial 9; its trials are 0 to 5\n"),
        ("empty", 0, "'{}/empty' has no trial 0; it has none yet\n"),
    ],
)
def test_why_says_that_there_is_no_such_study_or_trial(mated, tmp_path, capsys, folder, number, message):
    Study(SPACE, RandomSearch, {"loss": "min"}, store=tmp_path / "empty").close()
    assert main(["why", str(tmp_path / folder), str(number)]) == 2
    assert capsys.readouterr() == ("", message.format(tmp_path))


def test_a_study_on_other_data_is_refused(tmp_path):
    Study(SPACE, RandomSearch, {"loss": "min"}, store=tmp_path, data="0123").close()
    for data, shown in (("4567", "4567"), (None, "absent")):
        with pytest.raises(FgspaceError) as error:
            Study(SPACE, RandomSearch, {"loss": "min"}, store=tmp_path, data=data)
        place = repr(str(tmp_path / "study.db"))
        assert str(error.value) == (
            f"{place} is another study: its data's digest is 0123, not {shown}; name another folder"
        )


def test_lineage_comes_back_from_the_file_whatever_an_operator_is_called(tmp_path):
    class Wordy(RandomSearch):
        told = ()

        def propose(self, rng):
            self.because("3,4 of a kind", self.told)
            return self.space.sample(rng)

        def learn(self, trial, rng):
            self.told = (*self.told, trial)[-2:]

    study, heard = Study(SPACE, Wordy, {"loss": "min"}, store=tmp_path), []
    study.run(lambda description: {"loss": 1}, trials=4, on_trial=heard.append)
    study.close()
    results = Study.open(tmp_path)
    assert [trial.lineage for trial in results.trials] == [trial.lineage for trial in heard]
    assert results.trials[3].lineage == {"operator": "3,4 of a kind", "parents": [1, 2]}
    results.close()
