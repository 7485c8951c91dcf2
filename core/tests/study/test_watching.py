"""What observers and listeners are told of a study while it runs, and what is left of it in files."""

import json
import warnings
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fgspace
import pytest
from fgspace import Observer, Report, Study, Trial
from fgspace.cli.display.captured import Captured
from fgspace.cli.display.panel import in_time, panel
from fgspace.cli.display.widths import cut, flowed, width
from fgspace.runs.watching.reading import Reading
from fgspace.runs.watching.status import AtWork, Best, Failure, Status
from fgspace.runs.watching.tally import Tally
from fgspace.runs.watching.watching import Watching
from fgspace.study.observers.observers import ObserverWarning
from fgspace.study.progress.progress import Progress, heard_by
from fgspace.study.storage.lock import is_locked

SPACE = fgspace.space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, 5]}}})


def study(**options: Any) -> Study:
    return Study(SPACE, "GridSearch", {"loss": "min"}, **options)


def reports(description: Any, report: Any = None) -> dict[str, float]:
    for epoch in (1, 2):
        if report is not None:
            report(epoch, {"loss": description["a"] / epoch}, of=2)
    if description["a"] == 4:
        raise ValueError("4 is too many")
    return {"loss": description["a"]}


@dataclass
class Notes(Observer):
    """Notes what it is told."""

    reports = True
    told: list[Any] = field(default_factory=list)

    def study_began(self, study: fgspace.StudyFacts) -> None:
        self.told.append(("study began", study.name, study.trials, study.told, dict(study.objectives)))

    def trial_began(self, trial: Trial) -> None:
        self.told.append(("began", trial.number))

    def reported(self, trial: Trial, report: Report) -> None:
        self.told.append(("reported", trial.number, report.epoch, report.metrics["loss"]))

    def trial_ended(self, trial: Trial) -> None:
        self.told.append(("ended", trial.number, trial.state))

    def study_ended(self, front: Any, outputs: Any) -> None:
        self.told.append(("study ended", [trial.number for trial in front], outputs))


def whole(numbers: range) -> list[tuple[Any, ...]]:
    told: list[tuple[Any, ...]] = []
    for a in numbers:
        told += [("began", a), ("reported", a, 1, float(a)), ("reported", a, 2, a / 2)]
        told.append(("ended", a, "failed" if a == 4 else "complete"))
    return told


@pytest.mark.parametrize("executor", [None, "processes"])
def test_an_observer_is_told_of_everything_in_order(executor: str | None, tmp_path: Path) -> None:
    notes = Notes()
    made = fgspace.ProcessExecutor(1) if executor else fgspace.SerialExecutor()
    with closing(study(store=tmp_path / "out")) as one, made as running:
        one.run(reports, 6, running, observers=[notes], progress=tmp_path)
    assert notes.told == [
        ("study began", "out", 6, 0, {"loss": "min"}),
        *whole(range(6)),
        ("study ended", [0], None),
    ]


def test_who_wants_no_reports_gets_none_and_costs_none() -> None:
    class Quiet(Notes):
        reports = False

    notes = Quiet()
    asked = []

    def evaluate(description: Any, report: Any = None) -> dict[str, float]:
        asked.append(report)
        return {"loss": description["a"]}

    study().run(evaluate, 2, observers=[notes])
    assert asked == [None, None]
    assert [event[0] for event in notes.told] == ["study began", *["began", "ended"] * 2, "study ended"]


def test_reports_for_an_observer_change_nothing_of_the_study() -> None:
    watched, alone = study(), study()
    watched.run(reports, 6, observers=[Notes()], warn=False)
    alone.run(reports, 6, warn=False)
    assert [(trial.point, trial.state, trial.metrics, trial.curve) for trial in watched.trials] == [
        (trial.point, trial.state, trial.metrics, trial.curve) for trial in alone.trials
    ]


def test_an_observer_that_raises_loses_only_itself_and_that_is_said_once() -> None:
    class Breaks(Observer):
        def trial_ended(self, trial: Trial) -> None:
            if trial.number == 1:
                raise OSError("the server is away")

    notes = Notes()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study().run(lambda description: {"loss": 1.0}, 4, observers=[Breaks(), notes])
    assert [(one.category, str(one.message)) for one in caught] == [
        (
            ObserverWarning,
            "observer 'Breaks' is left out from here on, the search goes on: trial_ended: OSError: the server is away",
        )
    ]
    assert [event[1] for event in notes.told if event[0] == "ended"] == [0, 1, 2, 3]


def test_progress_is_heard_inside_and_by_those_outside_too() -> None:
    inner: list[Progress] = []
    outer: list[Progress] = []
    fgspace.progress("nobody hears this")
    with heard_by(outer.append):
        fgspace.progress("reading", 3)
        with heard_by(inner.append):
            fgspace.progress("epoch", 2, of=5)
    assert [str(one) for one in outer] == ["reading 3", "epoch 2 of 5"]
    assert inner == [Progress("epoch", 2, 5)]


def test_progress_counts_in_whole_numbers() -> None:
    with pytest.raises(TypeError, match=r"^'float' object cannot be interpreted as an integer$"):
        fgspace.progress("epoch", 1.5)  # type: ignore[arg-type]


def test_a_status_is_written_while_a_study_runs_and_read_elsewhere(tmp_path: Path) -> None:
    seen = []

    with closing(study(store=tmp_path / "out")) as one:
        watching = Watching(one, tmp_path / "out", 6)

        def evaluate(description: Any) -> dict[str, float]:
            fgspace.progress("epoch", 1, of=2)
            watching._look("running")
            watching._written = 0.0
            seen.append(Reading(tmp_path / "out").look()[0])
            return reports(description)

        with watching:
            one.run(evaluate, 6, observers=[watching], progress=watching.progress, warn=False)
        assert Reading(tmp_path / "out").look()[0].state == "running"
    third = seen[3]
    assert (third.state, third.trials, third.evaluated, third.front) == ("running", 6, 3, 1)
    assert (third.counts, third.best) == ({"complete": 3, "running": 1}, {"loss": Best(0, 0)})
    assert [(one.trial, one.what, one.done, one.of) for one in third.workers] == [(3, "epoch", 1, 2)]
    last = Reading(tmp_path / "out").look()[0]
    assert (last.state, last.evaluated, last.workers) == ("finished", 6, ())
    assert last.failures == (Failure("ValueError: 4 is too many", 1, 4),)
    written = json.loads((tmp_path / "out" / "status.json").read_text())
    assert (written["schema"], written["state"]) == ("status-file/1", "finished")
    assert not (tmp_path / "out" / "progress").exists()


def test_a_study_of_a_program_is_known_to_run_by_its_lock(tmp_path: Path) -> None:
    with closing(study(store=tmp_path)) as one:
        one.run(lambda description: {"loss": 1.0}, 2)
        assert is_locked(tmp_path / "study.db") is True
        status, news, front = Reading(tmp_path).look()
        assert (status.state, status.trials, len(news), list(front)) == ("running", None, 2, [0, 1])
    assert is_locked(tmp_path / "study.db") is False
    assert Reading(tmp_path).look()[0].state == "finished"


def test_a_reading_gives_each_trial_once(tmp_path: Path) -> None:
    with closing(study(store=tmp_path)) as one:
        reading = Reading(tmp_path)
        assert reading.look()[1] == []
        for number in range(3):
            one.tell(one.ask(), {"loss": 1.0 * number})
            assert [trial.number for trial in reading.look()[1]] == [number]


def test_reasons_that_differ_in_numbers_are_one_reason() -> None:
    tally = Tally()
    for number in range(3):
        tally.add(Trial(number, {}, "failed", error=f"OSError: {number} files"))
    tally.add(Trial(3, {}, "failed", error="ValueError: no\nmore"))
    tally.add(Trial(4, {}, "complete"))
    assert tally.failures() == (Failure("ValueError: no", 1, 3), Failure("OSError: 2 files", 3, 2))
    assert tally.counts == {"failed": 4, "complete": 1}


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("精度 0.9", 8, "精度 0.9"),
        ("精度 0.9", 7, "精度 0…"),
        ("e\u0301cole", 5, "e\u0301cole"),
    ],
)
def test_a_text_is_cut_by_the_columns_that_it_takes(text: str, most: int, shown: str) -> None:
    assert cut(text, most) == shown
    assert width(cut(text, most)) <= most


def test_texts_flow_into_lines() -> None:
    assert flowed(["front 2", "best 1", "a text that is long"], 16) == ["front 2   best 1", "a text that is…"]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (3723, "1:02:03"), (90_000, "1 day 1:00:00")]
)
def test_a_time_is_short(seconds: float, shown: str) -> None:
    assert in_time(seconds) == shown


def test_many_workers_are_shown_as_far_as_there_is_room() -> None:
    workers = (*(AtWork(number, 65.0) for number in range(11)), AtWork(None, 2.0, "reading", 5))
    status = Status("running", 1000, 0, {}, 0, {}, None, None, None, workers, (), {})
    assert panel(status, 80, 7) == [
        "0 of 1,000 trials  ────────────────────────────────────────",
        "front 0",
        *(f"trial {number}: 1:05" for number in range(4)),
        "and 8 more",
    ]


def test_what_is_printed_meanwhile_is_taken_in_whole_lines() -> None:
    captured = Captured()
    captured._pieces, captured._rest = deque([b"10 %\r20 %\nhalf"]), b""
    assert captured.taken() == "20 %\n"
    captured._pieces.append(b" a line\xff\n\nrest")
    assert captured.taken() == "half a line\\xff\n\n"
    assert captured.taken(all_of_it=True) == "rest\n"
