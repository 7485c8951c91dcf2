"""What an evaluator may return or do, and what a study says that has nothing to show."""

import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest
from fgspace.api import space
from fgspace.study.algorithms.grid_search import GridSearch
from fgspace.study.early_stopping.rule import EarlyStopping
from fgspace.study.executors.processes import ProcessExecutor
from fgspace.study.study import Study
from fgspace.study.verdict import NothingFeasibleWarning

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
programs = import_module("search_programs")
EXPECTED = [
    "expected a mapping of metrics, such as {'accuracy': 0.5}, got None",
    f"metric 'loss': expected a number, got {'1' + '0' * 76}...",
    "metric 'loss': expected a number, got an object of type 'int' that cannot be shown",
    "metric 'loss': expected a number, got '0.5'",
    "expected a mapping of metrics, such as {'accuracy': 0.5}, got '0.5'",
    "metric 'other': expected a number, got [1]",
    "SystemExit: 5",
    "SystemExit: ",
    "metric 'loss' is nan",
    "ValueError: file \\udcff.png",
    "metric 'loss': expected a number, got None",
    "metric 'loss': expected a number, got (1+2j)",
    None,
]


class NeverStops(EarlyStopping):
    def check(self, trial):
        return programs.go_on

    def learn(self, trial):
        pass


def numbers(most):
    return space({"type": "FineGrainedSpace", "hyper_parameters": {"a": {"int": [0, most]}}})


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("rule", [None, NeverStops])
def test_what_is_no_metrics_fails_its_trial_alike_in_process_and_in_a_worker(tmp_path, workers, rule):
    most = len(EXPECTED) - 1
    study = Study(numbers(most), GridSearch, {"loss": "min"}, store=tmp_path, early_stopping=rule and {"type": rule})
    evaluate = programs.odd if rule is None else programs.odd_reporting
    if workers:
        with ProcessExecutor(workers) as executor:
            study.run(evaluate, most + 1, executor)
    else:
        study.run(evaluate, most + 1)
    assert [trial.error for trial in study.trials] == EXPECTED
    assert [trial.state for trial in study.trials] == ["failed"] * most + ["complete"]
    study.close()
    assert [trial.error for trial in Study.open(tmp_path).trials] == EXPECTED


def test_ctrl_c_is_no_trials_fault():
    def interrupt(description):
        raise KeyboardInterrupt

    study = Study(numbers(3), GridSearch, {"loss": "min"})
    with pytest.raises(KeyboardInterrupt):
        study.run(interrupt, 2)
    assert study.evaluated == 0


def fail(description):
    if description["a"] < 2:
        raise ValueError("another reason")
    raise OSError(f"no file {description['a']}.png")


@pytest.mark.parametrize(
    ("evaluate", "constraints", "message"),
    [
        (
            fail,
            {},
            "no trial is feasible: 6 failed of 6; most often (4 times): OSError: no file 2.png",
        ),
        (
            programs.loss_of_a,
            {"loss": {"max": -1}},
            "no trial is feasible: 6 infeasible of 6; most often (6 times): loss is 0, above the most allowed, -1",
        ),
    ],
)
def test_a_study_without_a_feasible_trial_says_so_with_the_most_frequent_reason(evaluate, constraints, message):
    study = Study(numbers(5), GridSearch, {"loss": "min"}, constraints)
    with pytest.warns(NothingFeasibleWarning) as caught:
        study.run(evaluate, 6)
    assert [str(warning.message) for warning in caught] == [message]
    assert study.nothing_feasible() == message


def test_a_study_with_a_feasible_trial_or_none_at_all_warns_of_nothing():
    study = Study(numbers(5), GridSearch, {"loss": "min"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study.run(programs.loss_of_a, 0)
        study.run(lambda description: {"loss": 1 / description["a"]}, 3)
    assert study.nothing_feasible() is None


def test_sys_exit_in_a_program_s_evaluator_does_not_end_the_program(tmp_path):
    program = (
        "import sys; from search_programs import *; s = study(None);"
        " s.run(lambda d: sys.exit('no data') if d['a'] > 10 else {'loss': 1}, 20); print(s.evaluated)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=TESTS, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "20\n")
