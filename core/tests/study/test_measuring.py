"""Measurements of trials: taken while nothing else runs, kept in the store, and free of the machine's drift."""

import multiprocessing
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fgspace
import pytest
from fgspace import DescriptionError, FgspaceError, Measurement, Sample

SPACE = {"type": "FineGrainedSpace", "modules": ["body"], "body": {"type": "Conv2d", "kernel_size": 1}}
SPACE["body"]["out_channels"] = {"int": [1, 64]}


class Tallying:
    """An evaluator and a measurement that write when they begin and end into one file."""

    def __init__(self, file):
        self.file = str(file)

    def note(self, what):
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{what} {time.monotonic()}\n".encode())
        os.close(descriptor)


class Evaluating(Tallying):
    metrics = ("score",)

    def __call__(self, description):
        self.note("evaluates")
        sum(range(300_000))
        self.note("evaluated")
        return {"score": float(description["body"]["out_channels"])}


class Measuring(Tallying, Measurement):
    def __call__(self, description, input_shape):
        self.note("measures")
        width = description["body"]["out_channels"]
        self.note("measured")
        return Sample(width * 2.0, 0.5, 4.0)


class Slowing(Measurement):
    """A machine that is slower with every measurement, its reference too."""

    def __init__(self):
        self.factor = 1.0

    def __call__(self, description, input_shape):
        self.factor *= 1.25
        return Sample(8.0 * self.factor, 1.0 * self.factor, 2.0 * self.factor)


class Failing(Measurement):
    def __call__(self, description, input_shape):
        if description["body"]["out_channels"] > 32:
            raise ValueError("too wide for the device")
        return Sample(1.0)


def study(objectives=None, **options):
    return fgspace.Study(fgspace.space(SPACE), "RandomSearch", objectives or {"ms": "min", "score": "max"}, **options)


def lone(file: Path) -> tuple[int, int]:
    """Return how many measurements there were, and how many trials ran while one was taken."""
    events = sorted((line.split() for line in file.read_text().splitlines()), key=lambda one: float(one[1]))
    running = measured = beside = 0
    for what, _ in events:
        running += {"evaluates": 1, "evaluated": -1}.get(what, 0)
        measured += what == "measures"
        beside += what in ("measures", "measured") and running > 0
    return measured, beside


@pytest.mark.parametrize("make", [fgspace.ProcessExecutor, ThreadPoolExecutor], ids=["processes", "threads"])
def test_no_trial_runs_while_one_is_measured(tmp_path, make):
    file = tmp_path / "events"
    searched = study()
    with make(2) as executor:
        executor.workers = 2
        searched.run(Evaluating(file), 5, executor, measurements={"ms": Measuring(file)})
    assert lone(file) == (5, 0)
    assert all(trial.metrics["ms"] == 2.0 * trial.metrics["score"] for trial in searched.trials)


def test_trials_run_beside_each_other_between_the_measurements(tmp_path):
    searched, met, meeting = study(), multiprocessing.Value("i", 0), threading.Barrier(2)
    with ThreadPoolExecutor(2) as executor:
        executor.workers = 2

        def evaluate(description):
            meeting.wait(30)  # two trials at a time, or this breaks
            met.value += 1
            return {"score": 1.0}

        searched.run(evaluate, 4, executor, measurements={"ms": Slowing()})
    assert met.value == 4


def test_median_spread_and_drift_are_kept_and_the_drift_is_divided_out(tmp_path):
    searched = study(store=tmp_path)
    searched.run(lambda _: {"score": 1.0}, 4, measurements={"ms": Slowing()})
    kept = [(t.metrics["ms"], t.metrics["ms_spread"], t.metrics["ms_reference"]) for t in searched.trials]
    assert kept == [(pytest.approx(10.0), pytest.approx(1.25), 2.5)] * 4
    assert [trial.metrics["ms_drift"] for trial in searched.trials] == pytest.approx([1.0, 1.25, 1.5625, 1.953125])


def test_a_study_that_goes_on_keeps_the_reference_of_its_first_trial(tmp_path):
    first = study(store=tmp_path)
    first.run(lambda _: {"score": 1.0}, 2, measurements={"ms": Slowing()})
    first.close()
    again, slowing = study(store=tmp_path), Slowing()
    slowing.factor = 3.0
    again.run(lambda _: {"score": 1.0}, 4, measurements={"ms": slowing})
    assert [trial.metrics["ms"] for trial in again.trials] == pytest.approx([10.0] * 4)
    assert [trial.metrics["ms_reference"] for trial in again.trials] == [2.5] * 4
    kept = [trial.metrics for trial in again.trials]
    again.close()
    assert [trial.metrics for trial in study(store=tmp_path).trials] == kept


def test_what_cannot_be_measured_fails_and_is_not_evaluated():
    searched, evaluated = study(), []
    searched.run(lambda one: {"score": evaluated.append(one) or 1.0}, 12, measurements={"ms": Failing()})
    failed = [trial for trial in searched.trials if trial.state == "failed"]
    assert failed
    assert {trial.error for trial in failed} == {"ms: ValueError: too wide for the device"}
    assert len(evaluated) == 12 - len(failed)


def test_what_is_no_sample_is_said():
    searched = study()
    searched.run(lambda _: {"score": 1.0}, 1, warn=False, measurements={"ms": lambda *_: 3.0})
    assert [trial.error for trial in searched.trials] == ["ms: expected an fgspace.Sample, got float"]


def test_early_stopping_knows_what_was_measured_before_the_first_epoch():
    def evaluate(description, report):
        for epoch in (1, 2, 3, 4):
            report(epoch, {"score": description["body"]["out_channels"] + epoch}, of=4)
        return {"score": description["body"]["out_channels"] + 4.0}

    searched = study(early_stopping={"type": "MedianStop", "min_trials": 2})
    searched.run(evaluate, 12, measurements={"ms": Failing()})
    assert {trial.state for trial in searched.trials} <= {"complete", "stopped", "failed"}
    assert all(trial.metrics["ms"] == 1.0 for trial in searched.trials if trial.state == "stopped")


def test_a_trial_that_is_interrupted_while_it_is_measured_runs_again(tmp_path):
    class Interrupted(Measurement):
        def __call__(self, description, input_shape):
            raise KeyboardInterrupt

    searched = study(store=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        searched.run(lambda _: {"score": 1.0}, 3, measurements={"ms": Interrupted()})
    searched.run(lambda _: {"score": 1.0}, 3, measurements={"ms": Slowing()})
    assert [trial.state for trial in searched.trials] == ["complete"] * 3


def test_a_store_of_other_measurements_is_refused(tmp_path):
    study(store=tmp_path, measure={"ms": {"type": "Latency", "threads": 1}}).close()
    with pytest.raises(FgspaceError) as caught:
        study(store=tmp_path, measure={"ms": {"type": "Latency", "threads": 2}})
    assert str(caught.value) == (
        f"'{tmp_path / 'study.db'}' is another study: its measure.ms.threads is 1, not 2; name another folder"
    )


def test_a_study_without_measurements_is_stored_as_before():
    assert "measure" not in study().identity.to_json()


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (
            [1],
            "measure: expected names with measurements, for instance latency_ms: {type: Latency}; got [1]",
        ),
        ({"ms": {"type": "Latensy"}}, "measure.ms.type: unknown measurement 'Latensy'; did you mean 'Latency'?"),
        ({"macs": {"type": "Latency"}}, "measure.macs: there is a cost of this name; choose another name"),
        (
            {"ms": {"type": "Latency", "runtime": "torch", "threads": 0}},
            "measure.ms: threads: expected at least 1, got 0",
        ),
    ],
)
def test_what_is_no_measurement_is_said(measure, message):
    with pytest.raises(DescriptionError) as caught:
        fgspace.space({"search_space": SPACE, "measure": measure})
    assert str(caught.value) == message
